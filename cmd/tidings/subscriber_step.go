package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
)

func (a *app) subscriberPause() *cobra.Command {
	var until string
	cmd := a.subscriberStep("pause ADDRESS", "Send nothing for a while; what was missed comes afterwards", "paused",
		func(ctx context.Context, h *house, address string) error {
			var end time.Time
			if until != "" {
				var err error
				if end, err = instant(until, h.site.Zone); err != nil {
					return err
				}
			}
			return h.service().Pause(ctx, address, end, a.now(), actor())
		})
	cmd.Flags().StringVar(&until, "until", "", "when the pause ends: a `date`, or a date and time (default: when resumed)")
	return cmd
}

func (a *app) subscriberResume() *cobra.Command {
	return a.subscriberStep("resume ADDRESS", "End a pause", "resumed",
		func(ctx context.Context, h *house, address string) error {
			return h.service().Resume(ctx, address, a.now(), actor())
		})
}

func (a *app) subscriberLeave() *cobra.Command {
	return a.subscriberSteps("leave ADDRESS", "Unsubscribe somebody who asked for it",
		func(ctx context.Context, h *house, address string) (string, error) {
			sub, err := h.db.Subscriber(ctx, address)
			switch {
			case err != nil:
				return "", err
			case sub.State == tidings.Left:
				return "already left", nil
			case sub.State == tidings.Suppressed:
				return "suppressed, gets no mail", nil
			}
			return "left", h.service().Leave(ctx, address, a.now(), actor())
		})
}

func (a *app) subscriberLift() *cobra.Command {
	var reason string
	cmd := a.subscriberStep("lift ADDRESS --reason TEXT", "End the suppression of an address that works again", "lifted",
		func(ctx context.Context, h *house, address string) error {
			return h.service().Lift(ctx, address, reason, a.now(), actor())
		})
	cmd.Long = "End the suppression of an address that bounced, complained or was suppressed by hand, because you know that it may be written to\n" +
		"again, or of one whose owner was erased and must not stay away: they can always join again by themselves. Mail is sent to it\n" +
		"only when its owner is added again, with the consent that this rests on: tidings subscriber add."
	lift := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := lift(cmd, args); err != nil {
			return err
		}
		address, err := whom(args[0])
		a.note("no mail is sent to it until its owner is added again: tidings subscriber add %s --basis TEXT --daily all", address)
		return err
	}
	reasonVar(cmd, &reason, "how you know it: \"she wrote from it on 3 March\" (required)")
	return cmd
}

func (a *app) subscriberRemove() *cobra.Command {
	return a.subscriberStep("remove ADDRESS", "Erase a subscriber: the address stands nowhere afterwards, and no import brings them back", "removed",
		func(ctx context.Context, h *house, address string) error {
			return h.service().Remove(ctx, address, a.now(), actor())
		})
}

// subscriberStep is a command that does one thing to one address and says so.
func (a *app) subscriberStep(use, short, done string, step func(context.Context, *house, string) error) *cobra.Command {
	return a.subscriberSteps(use, short, func(ctx context.Context, h *house, address string) (string, error) {
		return done, step(ctx, h, address)
	})
}

// subscriberSteps is a subscriberStep that says what it did.
func (a *app) subscriberSteps(use, short string, step func(context.Context, *house, string) (string, error)) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.ExactArgs(1),
		RunE: a.withHouse(toWhom(func(ctx context.Context, h *house, args []string) error {
			done, err := step(ctx, h, args[0])
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			line := struct {
				Address string `json:"address"`
				Done    string `json:"done"`
			}{args[0], done}
			return a.show(line, func(w io.Writer) { fmt.Fprintf(w, "%s  %s\n", done, args[0]) })
		})),
	}
}
