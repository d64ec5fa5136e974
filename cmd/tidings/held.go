package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
)

// heldWords say that all bulk mail is held, and what ends that.
func heldWords(h tidings.Hold) string {
	mend := ""
	switch h.By {
	case tidings.HeldAsCopy:
		mend = "What would go out: tidings resume --dry-run. When no other instance sends any more, and this is to be the one and only: tidings resume"
	case tidings.HeldByDoctor:
		mend = "Mend it, see tidings doctor; or, when it is wrong about that: tidings doctor overrule CHECK --reason TEXT"
	case tidings.HeldByDesk, tidings.Cancelled:
		mend = "To go on: tidings run resume --all"
	}
	return fmt.Sprintf("all bulk mail is held since %s: %s. %s", h.Since.UTC().Format("2006-01-02 15:04 UTC"), h.Reason, mend)
}

// noteHeld tells a person that all bulk mail is held, or will be when somebody is about to send.
func (a *app) noteHeld(ctx context.Context, h *house) error {
	held, err := h.db.HeldNow(ctx, a.now())
	if held.Holds() {
		a.note("%s", heldWords(held))
	}
	return err
}

// waiting is what a hold keeps back.
type waiting struct {
	Deliveries int       `json:"deliveries"`       // that wait to be sent
	Runs       int       `json:"runs"`             // that are due and not made
	Oldest     time.Time `json:"oldest,omitzero"`  // since when the longest of those is due
	Letters    int       `json:"letters,omitzero"` // that a copy keeps back with all else
}

// keptBack says what would go out without the hold.
func (h *house) keptBack(ctx context.Context, held tidings.Hold, now time.Time) (w waiting, err error) {
	if w.Deliveries, w.Letters, err = h.db.Waiting(ctx, held); err != nil {
		return w, err
	}
	due, err := h.planner().DueNow(ctx, now)
	w.Runs = len(due)
	for _, r := range due {
		if w.Oldest.IsZero() || r.Due.Before(w.Oldest) {
			w.Oldest = r.Due
		}
	}
	return w, err
}

func (w waiting) String() string {
	text := fmt.Sprintf("%s and %s due", plural(w.Deliveries, "delivery waits", "deliveries wait"), plural(w.Runs, "run is", "runs are"))
	if !w.Oldest.IsZero() {
		text += ", the longest since " + w.Oldest.UTC().Format("2006-01-02 15:04 UTC")
	}
	if w.Letters > 0 {
		text += "; " + plural(w.Letters, "letter of before waits", "letters of before wait")
	}
	return text
}

// takeInstance is for the start of a sender that holds the lock: it warns when all bulk mail is held.
func (h *house) takeInstance(ctx context.Context, now time.Time) error {
	held, err := h.db.TakeInstance(ctx, now)
	if err != nil || !held.Holds() {
		return err
	}
	w, err := h.keptBack(ctx, held, now)
	if err != nil {
		return err
	}
	mend := "tidings resume"
	switch held.By {
	case tidings.HeldByDoctor:
		mend = "tidings doctor"
	case tidings.HeldByDesk:
		mend = "tidings run resume --all"
	case tidings.HeldAsCopy, tidings.Cancelled:
	}
	due := []any{"runs_due", w.Runs}
	if held.By == tidings.HeldAsCopy {
		r, journal, err := h.settleSent(ctx, "", false, now)
		if err != nil {
			return err
		}
		due = append(due, "sent_by_the_journal", r.Deliveries+r.Letters, "readers_of_lost_runs", r.Readers)
		if beyond := beyondWords(r); beyond != "" {
			h.log.Warn(beyond)
		}
		if unknown := unknownWords(journal); unknown != "" {
			h.log.Warn(unknown)
		}
	}
	if !w.Oldest.IsZero() {
		due = append(due, "oldest", w.Oldest)
	}
	h.log.With("why", held.Reason, "since", held.Since, "by", held.By, "deliveries", w.Deliveries).
		With(due...).Warn("all bulk mail is held", "letters", w.Letters, "mend", mend)
	return nil
}

func (a *app) resumeCommand() *cobra.Command {
	var sent string
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "resume",
		Short: "End the hold on all bulk mail, after a restore or a move: this is the one and only instance now",
		Long: "A database that was restored or copied starts held: no run is made, and of what it holds nothing is sent, because another\n" +
			"instance may have sent it, or may still. See to it that no other instance sends any more, then resume: this file becomes the\n" +
			"one and only instance, runs that are due are made, and what waits is sent. The daemon goes on within a minute.\n" +
			"A hold that the press office asked for (tidings run hold --all) stays: tidings run resume --all ends that.\n\n" +
			"What the journal of sent mail beside the database knows to have been sent is not sent again; nor does a reader get the\n" +
			"releases of a digest again that came by a run since the backup.\n\n" +
			"With --sent, what waits and whose Message-ID stands in the file (the relay's log perhaps, or one in a line) is taken\n" +
			"as sent first. With --dry-run nothing is changed: you are told what would go out, and what is known to have been sent.",
		Args: cobra.NoArgs,
		RunE: a.withHouse(func(ctx context.Context, h *house, _ []string) error {
			done, err := h.resume(ctx, sent, !dryRun, a.now())
			if err != nil {
				return err
			}
			return a.show(done, func(w io.Writer) {
				switch {
				case !done.Was.Holds() && done.Still != nil:
					fmt.Fprintln(w, done.Still)
					return
				case !done.Was.Holds():
					fmt.Fprintln(w, "nothing is held")
					return
				case dryRun:
					fmt.Fprintf(w, "would no longer be held: %s\n", done.Was.Reason)
				default:
					fmt.Fprintf(w, "no longer held: %s\n", done.Was.Reason)
				}
				if r := done.Sent; r != nil {
					fmt.Fprintf(w, "%s and %s had been sent\n", plural(r.Deliveries, "delivery", "deliveries"), plural(r.Letters, "letter", "letters"))
					if r.Readers > 0 {
						fmt.Fprintf(w, "%s had a digest of a run that this database does not know\n", plural(r.Readers, "reader", "readers"))
					}
				}
				if r := done.Sent; r != nil && r.Beyond > 0 {
					fmt.Fprintln(w, beyondWords(*r))
				}
				if done.Unknown != "" {
					fmt.Fprintln(w, done.Unknown)
				}
				fmt.Fprintln(w, done.waiting)
				switch {
				case done.Still != nil:
					fmt.Fprintln(w, done.Still)
				case !dryRun && done.waiting.Deliveries+done.waiting.Runs+done.waiting.Letters > 0:
					fmt.Fprintln(w, goesOn)
				}
			})
		}),
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say what would go out, and change nothing")
	cmd.Flags().StringVar(&sent, "sent", "", "a `file` in which the Message-IDs of what was sent stand")
	return cmd
}

// resumed is what came of it, as machines are told.
type resumed struct {
	Was   tidings.Hold      `json:"was,omitzero"`
	Sent  *store.Reconciled `json:"sent,omitempty"`
	Still *deskHold         `json:"still,omitempty"` // what holds all bulk mail nevertheless

	Unknown string `json:"unknown,omitempty"` // why it may be sent again
	waiting
}

// deskHold is the press office's hold over all digests, which is not ended with a copy's.
type deskHold struct {
	tidings.Hold

	Actor string `json:"actor,omitempty"` // who asked for it
}

func (d *deskHold) String() string {
	return fmt.Sprintf("all bulk mail is still held by the press office since %s (%s): %s. To go on: tidings run resume --all",
		d.Since.UTC().Format("2006-01-02 15:04 UTC"), dash(d.Actor), d.Reason)
}

// heldBesides tells the hold that resume ends, if there is one, from the desk's, which it does not.
func (h *house) heldBesides(ctx context.Context, held tidings.Hold) (ends tidings.Hold, still *deskHold, err error) {
	all, err := h.db.Holds(ctx)
	if err != nil {
		return ends, nil, err
	}
	if held.By != tidings.HeldByDesk {
		ends = held
	}
	for _, one := range all {
		switch {
		case one.Run != 0:
		case one.By == tidings.HeldByDesk:
			still = &deskHold{Hold: one}
			if still.Actor, err = h.db.WhoHeld(ctx, one); err != nil {
				return ends, nil, err
			}
		case !ends.Holds():
			ends = one
		}
	}
	return ends, still, nil
}

// resume ends the hold, if there is one that is not the desk's; what is known to have been sent is settled before. Or it says what would
// come of that.
func (h *house) resume(ctx context.Context, sent string, write bool, now time.Time) (done resumed, err error) {
	if done.Was, err = h.db.CheckInstance(ctx, now); err != nil || !done.Was.Holds() {
		return done, err
	}
	if done.Was, done.Still, err = h.heldBesides(ctx, done.Was); err != nil || !done.Was.Holds() {
		return done, err
	}
	var r store.Reconciled
	if done.Was.By == tidings.HeldAsCopy || sent != "" { // else the journal is that of who sends from here
		var journal *store.SentMail
		if r, journal, err = h.settleSent(ctx, sent, write, now); err != nil {
			return done, err
		}
		if sent == "" {
			done.Unknown = unknownWords(journal)
		}
	}
	if r.Deliveries+r.Letters+r.Readers+r.Beyond > 0 || sent != "" {
		done.Sent = &r
	}
	if done.waiting, err = h.keptBack(ctx, done.Was, now); err != nil {
		return done, err
	}
	if !write {
		done.waiting.Deliveries -= r.Due
		done.waiting.Letters = max(0, done.waiting.Letters-r.Letters)
		return done, nil
	}
	_, err = h.db.ResumeAll(ctx, now, actor(), tidings.HeldAsCopy, tidings.HeldByDoctor)
	return done, err
}

// settleSent settles what waits and is known to have been sent, or counts it: what the journal beside the database says, and a file that
// somebody names.
func (h *house) settleSent(ctx context.Context, file string, write bool, now time.Time) (r store.Reconciled, journal *store.SentMail, err error) {
	if journal, err = h.db.Sent(); err != nil {
		return r, nil, err
	}
	known := journal.Has
	if file != "" {
		inFile, err := sentIDs(file)
		if err != nil {
			return r, nil, err
		}
		known = func(id string) bool { return journal.Has(id) || inFile(id) }
	}
	r, err = h.db.Reconcile(ctx, now, known, write)
	return r, journal, err
}

// beyondWords say what was mailed that this database cannot know of; "": nothing was.
func beyondWords(r store.Reconciled) string {
	if r.Beyond == 0 {
		return ""
	}
	return fmt.Sprintf("%s of %s that this database does not know may have brought releases that are not public in it: whoever publishes these again "+
		"mails them again. To make them public without mail: tidings import --archived FILE",
		plural(r.Beyond, "mail", "mails"), plural(r.BeyondRuns, "run", "runs"))
}

// unknownWords say what of the journal is not there to be asked; "": all is.
func unknownWords(journal *store.SentMail) string {
	switch {
	case len(journal.Odd) > 0:
		return "no journal of sent mail, or a damaged one: " + strings.Join(journal.Odd, ", ") +
			"; what stands in it is not known, and would be sent again: name what was sent, with --sent FILE"
	case journal.Journals == 0:
		return "no journal of sent mail lies beside the database: if anything was sent since the state that it has, it would be sent again;" +
			" name it, with --sent FILE"
	}
	return ""
}
