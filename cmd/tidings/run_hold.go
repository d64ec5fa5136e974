package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
)

// holdLine is a hold as machines are told of it.
type holdLine struct {
	Run    int64     `json:"run,omitempty"` // none: over all digests
	Kind   string    `json:"kind"`
	Reason string    `json:"reason"`
	Since  time.Time `json:"since"`
}

// holdsOver are those that keep a run's mails from being sent; of run 0, those over all.
func holdsOver(all []tidings.Hold, run int64) (lines []holdLine) {
	for _, h := range all {
		if h.Run == 0 || h.Run == run {
			lines = append(lines, holdLine{Run: h.Run, Kind: string(h.By), Reason: h.Reason, Since: h.Since})
		}
	}
	return lines
}

func (h holdLine) words(zone *time.Location) string {
	what := "all digests are held"
	switch {
	case h.Kind == string(tidings.Cancelled):
		what = fmt.Sprintf("run %d is cancelled", h.Run)
	case h.Run != 0:
		what = fmt.Sprintf("run %d is held", h.Run)
	}
	by := ""
	switch tidings.HoldKind(h.Kind) {
	case tidings.HeldByDoctor:
		by = " by a check"
	case tidings.HeldAsCopy:
		by = " as a copy"
	case tidings.HeldByDesk, tidings.Cancelled:
	}
	return fmt.Sprintf("%s%s since %s: %s", what, by, stamp(h.Since, zone), h.Reason)
}

// heldMails are the mails of a run that wait for a person.
type heldMails struct {
	Mails  int    `json:"mails"`
	Reason string `json:"reason"` // of most of them
}

// heldMails is nil when there are none.
func (h *house) heldMails(ctx context.Context, run int64) (*heldMails, error) {
	held, err := h.db.HeldMails(ctx, run)
	if err != nil || held.Mails == 0 {
		return nil, err
	}
	return &heldMails{Mails: held.Mails, Reason: held.Reply}, nil
}

// heldRun are those of the run named.
type heldRun struct {
	Run int64 `json:"run"`
	heldMails
}

// heldRuns are the runs of which mails wait for a person, the newest first.
func (h *house) heldRuns(ctx context.Context) (runs []heldRun, err error) {
	all, err := h.db.HeldRuns(ctx)
	for _, one := range all {
		runs = append(runs, heldRun{one.Run, heldMails{Mails: one.Mails, Reason: one.Reply}})
	}
	return runs, err
}

// fewHeld is how many of them are named where they are not what was asked for.
const fewHeld = 5

func printHeld(w io.Writer, runs []heldRun) {
	for i := range runs[:min(len(runs), fewHeld)] {
		fmt.Fprintf(w, "run %d: %s\n", runs[i].Run, runs[i].words(runs[i].Run))
	}
	if more := len(runs) - fewHeld; more > 0 {
		fmt.Fprintf(w, "%s for a person too: tidings run list --limit 0\n", plural(more, "older run waits", "older runs wait"))
	}
}

func (m *heldMails) words(run int64) string {
	return fmt.Sprintf("%s for a person to look at: %s. When that is mended: tidings run retry %d",
		plural(m.Mails, "mail waits", "mails wait"), dash(m.Reason), run)
}

// runNumber reads the number of a run; 0 for --all, which stands in its place.
func runNumber(args []string, all bool) (int64, error) {
	switch {
	case all && len(args) == 0:
		return 0, nil
	case all:
		return 0, usagef("name a run, or say --all, not both")
	case len(args) == 0:
		return 0, usagef("name a run, or say --all: see tidings run list")
	}
	run, err := strconv.ParseInt(args[0], 10, 64)
	if err != nil || run < 1 {
		return 0, usagef("%q is no run's number: see tidings run list", args[0])
	}
	return run, nil
}

// runName names a run to people.
func runName(run int64) string {
	if run == 0 {
		return "all digests"
	}
	return fmt.Sprintf("run %d", run)
}

func (a *app) runHold() *cobra.Command {
	var reason string
	var all bool
	cmd := &cobra.Command{
		Use:   "hold RUN --reason TEXT",
		Short: "Keep a run, or all digests, from being sent until it is resumed; letters go on",
		Long: "Keep a run's mails, or with --all those of all runs, from being sent until it is resumed. A daemon that is sending heeds it\n" +
			"with its next claim: what it has claimed, about a second's worth, still goes. While all are held, no run is made: what comes due\n" +
			"meanwhile makes one run, as after downtime. Letters (confirmations and the like) are never held.",
		Example: "  tidings run hold 12 --reason 'a wrong figure in the lead'\n  tidings run hold --all --reason 'the relay moves'",
		Args:    cobra.MaximumNArgs(1),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			run, err := runNumber(args, all)
			switch {
			case err != nil:
				return err
			case strings.TrimSpace(reason) == "":
				return usagef("say why, for whoever finds it held: --reason TEXT")
			}
			if run != 0 {
				s, err := h.standing(ctx, run, a.now())
				if err == nil {
					err = cmp.Or(s.cancelled(), s.over("hold"))
				}
				if err != nil {
					return err
				}
			}
			hold := tidings.Hold{Run: run, By: tidings.HeldByDesk, Reason: reason, Since: a.now()}
			if err := h.db.Hold(ctx, hold, a.now(), actor()); err != nil {
				return err
			}
			return a.show(holdLine{Run: run, Kind: string(hold.By), Reason: reason, Since: hold.Since}, func(w io.Writer) {
				which := strconv.FormatInt(run, 10)
				if all {
					which = "--all"
				}
				fmt.Fprintf(w, "held: %s; to go on: tidings run resume %s\n", runName(run), which)
			})
		}),
	}
	reasonVar(cmd, &reason, "why, for whoever finds it held")
	cmd.Flags().BoolVar(&all, "all", false, "all digests, those of runs to come too")
	return cmd
}

func (a *app) runResume() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "resume RUN",
		Short: "End the hold of a run, or of all digests",
		Long: "End every hold of a run, or with --all every hold of all digests, whoever asked for it (`tidings resume` ends those of a\n" +
			"copy and of the doctor alone, and says first what will go out). A running daemon goes on within a minute. Runs\n" +
			"that are held by themselves stay so, and what was cancelled is not taken back.",
		Example: "  tidings run resume 12\n  tidings run resume --all",
		Args:    cobra.MaximumNArgs(1),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			run, err := runNumber(args, all)
			if err != nil {
				return err
			}
			lifted, err := h.lift(ctx, run, all, a.now())
			if err != nil {
				return err
			}
			if len(lifted) == 0 && run != 0 {
				s, err := h.standing(ctx, run, a.now())
				return cmp.Or(err, s.nothingTo("resume"))
			}
			done := runResumed{Lifted: append([]holdLine{}, holdsOver(lifted, run)...)}
			if done.Held, err = h.heldMails(ctx, run); err != nil {
				return err
			}
			if done.Holds, err = h.holds(ctx, run); err != nil {
				return err
			}
			return a.show(done, func(w io.Writer) { h.printResumed(w, run, &done) })
		}),
	}
	cmd.Flags().BoolVar(&all, "all", false, "all digests")
	return cmd
}

// runResumed is what came of run resume, as machines are told.
type runResumed struct {
	Lifted []holdLine `json:"lifted"`
	Held   *heldMails `json:"held_mails,omitempty"` // that wait all the same
	Holds  []holdLine `json:"holds,omitempty"`      // that keep it all the same
}

// lift ends the holds of a run; or all, and of a copy after what is known to have been sent is settled. Elsewhere that is left to who sends: the
// journal is ahead of the outbox while mails are on the wire.
func (h *house) lift(ctx context.Context, run int64, all bool, now time.Time) ([]tidings.Hold, error) {
	if !all {
		return h.db.Lift(ctx, run, "", now, actor())
	}
	held, err := h.db.CheckInstance(ctx, now) // a copy that nobody knows of yet
	if err != nil {
		return nil, err
	}
	if held.By != tidings.HeldAsCopy {
		return h.db.ResumeAll(ctx, now, actor())
	}
	_, journal, err := h.settleSent(ctx, "", true, now)
	if err != nil {
		return nil, err
	}
	lifted, err := h.db.ResumeAll(ctx, now, actor())
	unknown := unknownWords(journal)
	if unknown != "" && slices.ContainsFunc(lifted, func(was tidings.Hold) bool { return was.By == tidings.HeldAsCopy }) {
		h.log.Warn(unknown)
	}
	return lifted, err
}

func (h *house) printResumed(w io.Writer, run int64, done *runResumed) {
	if len(done.Lifted) == 0 {
		fmt.Fprintf(w, "nothing holds %s\n", runName(run))
	}
	printLifted(w, run, done.Lifted, h.site.Zone)
	if done.Held != nil {
		fmt.Fprintln(w, done.Held.words(run))
	}
	if len(done.Lifted) > 0 {
		h.printNext(w, done.Holds)
	}
}

// printLifted names the holds that ended: they may be another's.
func printLifted(w io.Writer, run int64, lifted []holdLine, zone *time.Location) {
	for _, l := range lifted {
		fmt.Fprintf(w, "resumed: %s, held since %s: %s\n", runName(run), stamp(l.Since, zone), l.Reason)
	}
}

// goesOn says who sends what may go from now on, and when: the daemon is not told of it, but looks.
const goesOn = "a running daemon sends within a minute; without one: tidings digest run"

// printNext says what keeps a run that somebody has let go all the same, or else who sends it.
func (h *house) printNext(w io.Writer, holds []holdLine) {
	for _, l := range holds {
		fmt.Fprintln(w, l.words(h.site.Zone))
	}
	if len(holds) == 0 {
		fmt.Fprintln(w, goesOn)
	}
}

// tellHeldSince tells which holds have come since these were all: errPartial, when there are any. A run that was cancelled meanwhile has ended.
func (a *app) tellHeldSince(ctx context.Context, h *house, before []tidings.Hold) error {
	all, err := h.db.Holds(ctx)
	for _, now := range all {
		if now.By == tidings.Cancelled || slices.Contains(before, now) {
			continue
		}
		for _, l := range holdsOver([]tidings.Hold{now}, now.Run) {
			fmt.Fprintf(a.errs, "tidings: %s\n", l.words(h.site.Zone))
		}
		err = errPartial
	}
	return err
}

// noteHolds tells a person what keeps digests from being sent.
func (h *house) noteHolds(ctx context.Context, a *app) error {
	all, err := h.holds(ctx, 0)
	for _, l := range all {
		a.note("%s", l.words(h.site.Zone))
	}
	return err
}
