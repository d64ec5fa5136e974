package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
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
			if errors.Is(err, tidings.ErrNotFound) {
				if _, unknown := h.standing(ctx, run, a.now()); unknown != nil {
					return unknown
				}
				return fmt.Errorf("%q in run %d: %w (see tidings run show %d)", r.Slug, run, tidings.ErrNotFound, run)
			}
			if err != nil {
				s, unknown := h.standing(ctx, run, a.now())
				if unknown != nil || s.cancelled() != nil {
					return err
				}
				return cmp.Or(s.over("drop it from"), err)
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
			}{run, r.Slug, editions, len(left.Releases)}
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

func (a *app) runGo() *cobra.Command {
	return &cobra.Command{
		Use:   "go RUN",
		Short: "Send a run that waits for the press office now, not at the end of its time",
		Long: "Send a run that waits for the press office (veto in the configuration) now, and not at the end of its time. It ends the desk's own\n" +
			"hold of the run too. A running daemon goes on within a minute. Who says nothing lets it go at its time.",
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
			went, err := h.db.Go(ctx, run, a.now(), actor())
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
				Run   int64      `json:"run"`
				Went  bool       `json:"went"`
				Holds []holdLine `json:"holds,omitempty"` // that keep it all the same
			}{run, went, holds}
			return a.show(done, func(w io.Writer) {
				fmt.Fprintf(w, "run %d goes now\n", run)
				h.printNext(w, holds)
			})
		}),
	}
}

// vetoWords tell until when the press office may still say something about a run.
func vetoWords(run int64, goes time.Time, zone *time.Location) string {
	return fmt.Sprintf("at %s, unless somebody says otherwise: tidings run drop %d RELEASE, hold %d, go %d", stamp(goes, zone), run, run, run)
}
