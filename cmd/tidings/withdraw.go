package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
)

func (a *app) withdrawCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "withdraw RELEASE --reason TEXT",
		Short: "Take a release back: it leaves the feeds and unsent mail, and its page says why",
		Args:  cobra.ExactArgs(1),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			r, err := h.release(ctx, args[0])
			if err != nil {
				return err
			}
			if r.Status == tidings.Withdrawn {
				return tidings.Invalidf(r.Slug, "is withdrawn already")
			}
			if reason == "" {
				return usagef("say why, for the readers who follow a link to it: --reason \"…\"")
			}
			if err := h.db.Withdraw(ctx, r.ID, tidings.Withdrawal{Reason: reason}, a.now(), actor()); err != nil {
				return err
			}
			r.Status, r.Reason = tidings.Withdrawn, reason
			return a.show(lineOf(h.site, &r), func(w io.Writer) { fmt.Fprintf(w, "withdrawn  %s\n", r.Title) })
		}),
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, as the page will say it")
	return cmd
}
