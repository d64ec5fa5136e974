package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer"
)

func (a *app) digestRun() *cobra.Command {
	var (
		cadence string
		hold    bool
	)
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Make the runs that are due, or force one, and send what is waiting",
		Long: "Make the runs that are due now and send what is waiting. With --cadence, run that cadence at once, due or not; the next\n" +
			"scheduled digest then holds only what comes after. While the daemon runs, it does the sending, within a minute.",
		Args: cobra.NoArgs,
		RunE: a.withHouse(func(ctx context.Context, h *house, _ []string) error {
			held, err := h.db.BeInstance(ctx, a.now())
			if err != nil {
				return err
			}
			if held.Holds() && cadence != "" {
				fmt.Fprintf(a.errs, "tidings: %s\n", heldWords(held))
				return errPartial
			}
			runs, err := h.makeRuns(ctx, cadence, a.now())
			if err != nil && cadence != "" {
				return err
			}
			// A slot that cannot run keeps nobody else's mail from going out: the fault is told at the end.
			a.note("%s made", plural(len(runs), "run", "runs"))
			for i := range runs {
				if r := &runs[i]; !r.Goes.IsZero() {
					a.note("run %d goes %s", r.ID, vetoWords(r.ID, r.Goes, h.site.Zone))
				}
			}
			if err := h.noteHolds(ctx, a); err != nil {
				return err
			}
			before, fault := h.db.Holds(ctx)
			err = errors.Join(err, fault)
			done := runsMade{Runs: len(runs), Sender: "nobody"}
			if !hold {
				err = errors.Join(err, h.sendRuns(ctx, &done))
			}
			if err := errors.Join(err, a.show(done, func(w io.Writer) { printSending(w, &done) })); err != nil {
				return err
			}
			if held.Holds() {
				fmt.Fprintf(a.errs, "tidings: %s\n", heldWords(held))
				return errPartial
			}
			if err := a.tellHeldSince(ctx, h, before); err != nil {
				return err
			}
			if done.Failed+done.Deferred+done.Uncertain+done.Held > 0 {
				return errPartial
			}
			return nil
		}),
	}
	cmd.Flags().StringVar(&cadence, "cadence", "", "force a run of this `cadence`: immediate, daily, weekly or monthly")
	cmd.Flags().BoolVar(&hold, "no-send", false, "make the runs, and leave the sending to the daemon")
	return cmd
}

// runsMade is what became of it, as machines are told.
type runsMade struct {
	Runs       int    `json:"runs"`
	Sender     string `json:"sender"` // who does the sending: "this", "another" or "nobody"
	Sent       int    `json:"sent"`
	Deferred   int    `json:"deferred"`
	Failed     int    `json:"failed"`
	Suppressed int    `json:"suppressed"`
	Uncertain  int    `json:"uncertain"`
	Held       int    `json:"held"`
}

// sendRuns sends what is waiting, unless another process does. What it has sent before a fault is counted too.
func (h *house) sendRuns(ctx context.Context, done *runsMade) error {
	sum, err := h.drain(ctx)
	if errors.Is(err, tidings.ErrLocked) {
		done.Sender = "another"
		return nil
	}
	*done = runsMade{
		Runs: done.Runs, Sender: "this", Sent: sum.Sent, Deferred: sum.Deferred, Failed: sum.Failed,
		Suppressed: sum.Suppressed, Uncertain: sum.Uncertain, Held: sum.Held,
	}
	return err
}

func printSending(w io.Writer, d *runsMade) {
	switch d.Sender {
	case "this":
		held := ""
		if d.Held > 0 {
			held = fmt.Sprintf(", %d held for a person to look at: tidings run list", d.Held)
		}
		fmt.Fprintf(w, "%d sent, %d deferred, %d failed, %d suppressed, %d uncertain%s\n",
			d.Sent, d.Deferred, d.Failed, d.Suppressed, d.Uncertain, held)
	case "another":
		fmt.Fprintln(w, "another process sends them: the daemon within a minute")
	}
}

func (h *house) makeRuns(ctx context.Context, cadence string, now time.Time) ([]tidings.Run, error) {
	if _, err := h.db.PublishDue(ctx, now); err != nil {
		return nil, err
	}
	if cadence != "" {
		return h.planner().Force(ctx, now, cadence)
	}
	return h.planner().Plan(ctx, now)
}

// drain sends all that may be sent now, unless another process is the sender.
func (h *house) drain(ctx context.Context) (mailer.Summary, error) {
	m, err := h.mailer()
	if err != nil {
		return mailer.Summary{}, err
	}
	if err := m.Begin(ctx); err != nil {
		return mailer.Summary{}, err
	}
	if err := h.takeInstance(ctx, time.Now()); err != nil {
		return mailer.Summary{}, err // the lock goes with the process
	}
	noting, stop := context.WithCancel(ctx)
	var notes sync.WaitGroup
	notes.Go(func() { h.noteRelays(noting, m) })
	sum, err := m.Drain(ctx)
	stop() // nobody leaves a relay alone any more, nor does a daemon that noted so and was killed
	notes.Wait()
	return sum, err
}
