package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
)

func (a *app) runDrop() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "drop RUN RELEASE",
		Short: "Take a release out of the mails of a run that has not begun to be sent",
		Long: "Take a release out of all mails of a run, as long as none of them has been sent: while it waits for the press office (veto in the\n" +
			"configuration), or is held from its beginning. The other releases go as they would. For the subscriptions of the run that is the\n" +
			"end of it: no later digest of theirs brings the release, which stays on the site and in the feeds. Runs of other cadences and\n" +
			"zones bring it, unless it is dropped there too; to stop it everywhere: tidings withdraw.",
		Example: "  tidings run drop 12 steel-talks --reason 'the talks moved'",
		Args:    cobra.ExactArgs(2),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			run, err := runNumber(args, false)
			if err != nil {
				return err
			}
			r, err := h.release(ctx, args[1])
			if err != nil {
				return err
			}
			editions, err := h.db.Drop(ctx, run, r.ID, reason, a.now(), actor())
			if err != nil {
				return h.notDropped(ctx, run, &r, a.now(), err)
			}
			left, err := h.db.RunContent(ctx, run)
			if err != nil {
				return err
			}
			done := struct {
				Run      int64  `json:"run"`
				Release  string `json:"release"`
				Editions int    `json:"editions"` // that had it
				Left     int    `json:"left"`     // releases in the run
			}{run, r.Slug, editions, 0}
			for _, l := range left.Releases {
				if !l.Gone {
					done.Left++
				}
			}
			return a.show(done, func(w io.Writer) {
				fmt.Fprintf(w, "dropped: %q is in no mail of run %d (it was in %s)\n", r.Title, run, plural(editions, "edition", "editions"))
				if done.Left == 0 {
					fmt.Fprintln(w, "it was all there was in that run: no mail of it will be sent")
				}
			})
		}),
	}
	reasonVar(cmd, &reason, "why, for whoever asks later: it stands in the audit log")
	return cmd
}

// notDropped says why a release could not be taken out of a run.
func (h *house) notDropped(ctx context.Context, run int64, r *tidings.Release, now time.Time, fault error) error {
	s, err := h.standing(ctx, run, now)
	if err != nil {
		return err
	}
	stuck, err := h.stuck(ctx, run, s.Cadence)
	if err != nil {
		return err
	}
	if !errors.Is(fault, tidings.ErrNotFound) {
		if stuck != "" && s.cancelled() == nil {
			return tidings.Invalidf("run", "nothing can be dropped from run %d: %s", run, stuck)
		}
		if s.cancelled() != nil {
			return fault
		}
		return cmp.Or(s.over("drop it from"), fault)
	}
	content, err := h.db.RunContent(ctx, run)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(content.Dropped, func(d store.RunRelease) bool { return d.Slug == r.Slug }) {
		return tidings.Invalidf("run", "%q is dropped from run %d already", r.Slug, run)
	}
	return fmt.Errorf("%q in run %d: %w (see tidings run show %d)", r.Slug, run, tidings.ErrNotFound, run)
}

func (a *app) runGo() *cobra.Command {
	return &cobra.Command{
		Use:   "go RUN",
		Short: "Send a run that waits for the press office now, not at the end of its time",
		Long: "Send a run that waits for the press office (veto in the configuration) now, and not at the end of its time. It ends the desk's own\n" +
			"hold of the run too; that of a run which waits no more is ended by tidings run resume. A running daemon\n" +
			"goes on within a minute. Who says nothing lets it go at its time.",
		Example: "  tidings run go 12",
		Args:    cobra.ExactArgs(1),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			run, err := runNumber(args, false)
			if err != nil {
				return err
			}
			s, err := h.standing(ctx, run, a.now())
			if err != nil {
				return err
			}
			if over := s.over("send"); over != nil {
				return cmp.Or(s.cancelled(), over)
			}
			went, lifted, err := h.db.Go(ctx, run, a.now(), actor())
			if err == nil && !went {
				err = s.nothingTo("let go")
			}
			if err != nil {
				return err
			}
			holds, err := h.holds(ctx, run)
			if err != nil {
				return err
			}
			done := struct {
				Run    int64      `json:"run"`
				Went   bool       `json:"went"`
				Lifted []holdLine `json:"lifted,omitempty"`
				Holds  []holdLine `json:"holds,omitempty"` // that keep it all the same
			}{run, went, holdsOver(lifted, run), holds}
			return a.show(done, func(w io.Writer) {
				printLifted(w, run, done.Lifted, h.site.Zone)
				fmt.Fprintf(w, "run %d goes now\n", run)
				h.printNext(w, holds)
			})
		}),
	}
}

// vetoWords tell until when the press office may still say something about a run.
func vetoWords(run int64, goes time.Time, zone *time.Location) string {
	return fmt.Sprintf("at %s, unless somebody says otherwise: tidings run drop %d RELEASE; tidings run hold %d --reason TEXT; tidings run go %d",
		stamp(goes, zone), run, run, run)
}

// goesWords tell when a run that waits for the press office goes; while it is held, what lets it go.
func (l *runLine) goesWords(zone *time.Location) string {
	var over []string
	for _, h := range l.Holds {
		switch {
		case h.Kind == string(tidings.Cancelled):
			return "not at all: it is cancelled"
		case h.Run == 0:
			over = append(over, "tidings run resume --all")
		case h.Kind == string(tidings.HeldByDesk):
			over = append(over, fmt.Sprintf("tidings run resume %d (or at once: tidings run go %d)", l.ID, l.ID))
		default:
			over = append(over, fmt.Sprintf("tidings run resume %d", l.ID))
		}
	}
	slices.Sort(over)
	if over = slices.Compact(over); len(over) == 0 {
		return vetoWords(l.ID, *l.Goes, zone)
	}
	return fmt.Sprintf("not while it is held, and not before %s. To go on: %s", stamp(*l.Goes, zone), strings.Join(over, "; "))
}
