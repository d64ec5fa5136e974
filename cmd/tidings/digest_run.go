package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
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
			"scheduled digest then holds only what comes after. While the daemon runs, it does the sending.",
		Args: cobra.NoArgs,
		RunE: a.withHouse(func(ctx context.Context, h *house, _ []string) error {
			held, err := h.db.CheckInstance(ctx, a.now())
			if err == nil && held.Holds() && cadence != "" {
				err = errHeld(held)
			}
			if err != nil {
				return err
			}
			runs, err := h.makeRuns(ctx, cadence, a.now())
			if err != nil && cadence != "" {
				return err
			}
			// A slot that cannot run keeps nobody else's mail from going out: the fault is told at the end.
			a.note("%s made", plural(len(runs), "run", "runs"))
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
			held = fmt.Sprintf(", %d held for a person to look at", d.Held)
		}
		fmt.Fprintf(w, "%d sent, %d deferred, %d failed, %d suppressed, %d uncertain%s\n",
			d.Sent, d.Deferred, d.Failed, d.Suppressed, d.Uncertain, held)
	case "another":
		fmt.Fprintln(w, "another process sends them")
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
	return m.Drain(ctx)
}

// runLine is a run as machines are told of it.
type runLine struct {
	ID      int64          `json:"id"`
	Cadence string         `json:"cadence"`
	Zone    string         `json:"zone,omitempty"`
	Kind    string         `json:"kind"`
	Due     time.Time      `json:"due"`
	States  map[string]int `json:"deliveries"`
}

func (a *app) digestRuns() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:   "runs",
		Short: "List the runs, the newest first, with how their deliveries stand",
		Args:  cobra.NoArgs,
		RunE: a.withHouse(func(ctx context.Context, h *house, _ []string) error {
			runs, err := h.db.Runs(ctx, limit)
			if err != nil {
				return err
			}
			lines := make([]runLine, len(runs))
			rows := make([][]string, len(runs))
			for i, r := range runs {
				l := runLine{ID: r.Run.ID, Cadence: r.Run.Slot.Cadence, Zone: r.Run.Slot.Zone, Kind: string(r.Run.Kind), Due: r.Run.Due, States: map[string]int{}}
				for s, n := range r.States {
					l.States[string(s)] = n
				}
				lines[i] = l
				rows[i] = []string{strconv.FormatInt(l.ID, 10), l.Cadence, dash(l.Zone), l.Kind, stamp(l.Due, h.site.Zone), deliveries(l.States)}
			}
			return a.show(lines, func(w io.Writer) { table(w, "RUN CADENCE ZONE KIND DUE DELIVERIES", rows) })
		}),
	}
	cmd.Flags().IntVar(&limit, "limit", 20, "at most this many")
	return cmd
}

func (a *app) digestRetry() *cobra.Command {
	return &cobra.Command{
		Use:   "retry RUN",
		Short: "Put a run's held deliveries back into the queue, once you know why they were held",
		Args:  cobra.ExactArgs(1),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			run, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return usagef("%q is no run's number: see tidings digest runs", args[0])
			}
			n, err := h.db.Retry(ctx, run, a.now(), actor())
			if err != nil {
				return err
			}
			done := struct {
				Run        int64 `json:"run"`
				Deliveries int64 `json:"deliveries"`
			}{run, n}
			return a.show(done, func(w io.Writer) {
				fmt.Fprintf(w, "%s of run %d back in the queue\n", plural(int(n), "delivery", "deliveries"), run)
			})
		}),
	}
}

// deliveries says how a run's deliveries stand, in the order of their life.
func deliveries(states map[string]int) string {
	var out []string
	for _, s := range []tidings.DeliveryState{
		tidings.DeliveryPending, tidings.DeliverySending, tidings.DeliveryDeferred, tidings.DeliveryUncertain, tidings.DeliveryHeld,
		tidings.DeliverySent, tidings.DeliveryFailed, tidings.DeliverySuppressed,
	} {
		if n := states[string(s)]; n > 0 {
			out = append(out, fmt.Sprintf("%d %s", n, s))
		}
	}
	return dash(strings.Join(out, ", "))
}
