package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/roster"
)

func (a *app) subscriberExport() *cobra.Command {
	var state, format string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write all subscribers as a table, or as JSON",
		Long: "Write all subscribers to standard output, as `tidings subscriber import` takes them in again: addresses, states, consent and\n" +
			"choices. In the table, what a spreadsheet could take for a formula has a single quote before it, which the import takes away.",
		Example: "  tidings subscriber export > subscribers.csv\n  tidings subscriber export --state active --format json",
		Args:    cobra.NoArgs,
	}
	cmd.RunE = a.withHouse(func(ctx context.Context, h *house, _ []string) error {
		if err := checkState(state); err != nil {
			return err
		}
		out := bufio.NewWriter(a.out)
		var err error
		switch {
		case format == "json", a.json && !cmd.Flags().Changed("format"):
			err = h.exportLines(ctx, out, tidings.SubscriberState(state), a.now())
		case format == "csv":
			err = h.exportTable(ctx, out, tidings.SubscriberState(state), a.now())
		default:
			return usagef("--format: %q is none: csv or json", format)
		}
		return errors.Join(err, out.Flush())
	})
	cmd.Flags().StringVar(&state, "state", "", "only pending, active, paused, left or suppressed ones")
	cmd.Flags().StringVar(&format, "format", "csv", "csv or json")
	return cmd
}

// checkState wants a subscriber's state, or none.
func checkState(state string) error {
	switch tidings.SubscriberState(state) {
	case "", tidings.Pending, tidings.Active, tidings.Paused, tidings.Left, tidings.Suppressed:
		return nil
	}
	return usagef("there is no state %q: pending, active, paused, left or suppressed", state)
}

func (h *house) exportTable(ctx context.Context, w io.Writer, state tidings.SubscriberState, now time.Time) error {
	x := roster.NewTable(w)
	for s, err := range h.db.EachSubscriber(ctx, state, now) {
		if err == nil {
			err = x.Write(&s.Subscriber, s.Reason, s.Until)
		}
		if err != nil {
			return err
		}
	}
	return x.Close()
}

// exportLines writes an array, an object on each line, as `subscriber list --json` shows them.
func (h *house) exportLines(ctx context.Context, w io.Writer, state tidings.SubscriberState, now time.Time) error {
	array := jsonArray{w: w}
	for s, err := range h.db.EachSubscriber(ctx, state, now) {
		if err == nil {
			err = array.add(subscriberOf(&s.Subscriber))
		}
		if err != nil {
			return err
		}
	}
	return array.end()
}

// jsonArray writes an array as it comes, an element on each line.
type jsonArray struct {
	w     io.Writer
	begun bool
}

func (j *jsonArray) add(v any) error {
	before := ",\n"
	if !j.begun {
		j.begun, before = true, "[\n"
	}
	text, err := json.Marshal(v)
	if err == nil {
		_, err = fmt.Fprintf(j.w, "%s%s", before, text)
	}
	return err
}

func (j *jsonArray) end() error {
	text := "\n]\n"
	if !j.begun {
		text = "[]\n"
	}
	_, err := io.WriteString(j.w, text)
	return err
}
