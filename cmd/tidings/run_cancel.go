package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// runChanged says how many deliveries of a run a command has changed.
type runChanged struct {
	Run        int64 `json:"run"`
	Deliveries int64 `json:"deliveries"`
}

func (a *app) runCancel() *cobra.Command {
	var reason string
	var yes bool
	cmd := &cobra.Command{
		Use:   "cancel RUN --reason TEXT",
		Short: "End what is unsent of a run for good; what is on the wire stays",
		Long: "End all mails of a run that are not sent, for good. What is on the wire at this moment goes where it goes, and is not tried\n" +
			"again. What was in the mails is not sent by another digest: it stays on the site and in the feeds. Who sits at a terminal is\n" +
			"asked first. To stop a run for a while: tidings run hold.",
		Example: "  tidings run cancel 12 --reason 'an embargo was broken'",
		Args:    cobra.ExactArgs(1),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			id, err := runNumber(args, false)
			switch {
			case err != nil:
				return err
			case strings.TrimSpace(reason) == "":
				return usagef("say why, for whoever asks later: --reason TEXT")
			}
			line, err := h.standing(ctx, id, a.now())
			if err != nil {
				return err
			}
			if over := line.over("cancel"); over != nil {
				return cmp.Or(line.cancelled(), over)
			}
			a.note("run %d: %s, due %s: %s", id, line.Cadence, stamp(line.Due, h.site.Zone), line.mails())
			if !yes {
				if sure, err := a.confirm("Cancel what is unsent of it, for good?"); err != nil || !sure {
					return err
				}
			}
			n, err := h.db.Cancel(ctx, id, reason, a.now(), actor())
			if err != nil {
				return err
			}
			return a.show(runChanged{id, n}, func(w io.Writer) {
				fmt.Fprintf(w, "cancelled: %s of run %d\n", plural(int(n), "mail", "mails"), id)
			})
		}),
	}
	reasonVar(cmd, &reason, "why, for whoever asks later")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func (a *app) runRetry() *cobra.Command {
	return &cobra.Command{
		Use:   "retry RUN",
		Short: "Put a run's held mails back into the queue, once you know why they were held",
		Long: "Put a run's mails that wait for a person (the state held) back into the queue, with their attempts forgotten, once you know\n" +
			"why they were held. A hold of the whole run is another thing: tidings run resume.",
		Args: cobra.ExactArgs(1),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			run, err := runNumber(args, false)
			if err != nil {
				return err
			}
			s, err := h.standing(ctx, run, a.now())
			if err != nil {
				return err
			}
			n, err := h.db.Retry(ctx, run, a.now(), actor())
			if err == nil && n == 0 {
				err = s.nothingTo("retry")
			}
			if err != nil {
				return err
			}
			holds, err := h.holds(ctx, run)
			if err != nil {
				return err
			}
			return a.show(runChanged{run, n}, func(w io.Writer) {
				fmt.Fprintf(w, "%s of run %d back in the queue\n", plural(int(n), "delivery", "deliveries"), run)
				h.printNext(w, holds)
			})
		}),
	}
}
