package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings/store"
)

func (a *app) subscriberConsents() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "consents ADDRESS | --all",
		Short: "Show the record of consent of a subscriber, or of all",
		Long: "Show who consented to what, when, from which block of addresses, by which form and in which words: what was recorded, asked,\n" +
			"confirmed, changed, moved, and when they left. The record is only ever added to, and goes with the person who is erased.",
		Example: "  tidings subscriber consents reader@example.org\n  tidings --json subscriber consents --all > evidence.json",
		Args:    cobra.MaximumNArgs(1),
	}
	cmd.RunE = a.withHouse(toWhom(func(ctx context.Context, h *house, args []string) error {
		if all == (len(args) == 1) {
			return usagef("name an address, or write --all")
		}
		var number int64
		if !all {
			sub, err := h.db.Subscriber(ctx, args[0])
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			number = sub.ID
		}
		out := bufio.NewWriter(a.out)
		return errors.Join(a.consents(ctx, h, out, number), out.Flush())
	}))
	cmd.Flags().BoolVar(&all, "all", false, "of all subscribers")
	return cmd
}

// consentLine is an entry as machines are told of it.
type consentLine struct {
	Address string          `json:"address"`
	Kind    string          `json:"kind"`
	At      time.Time       `json:"at"`
	Actor   string          `json:"actor"`
	Form    string          `json:"form,omitempty"`
	Wording string          `json:"wording,omitempty"`
	Network string          `json:"network,omitempty"`
	Detail  json.RawMessage `json:"detail"`
}

func consentLineOf(e *store.Evidence) consentLine {
	return consentLine{
		Address: e.Address, Kind: string(e.Kind), At: e.At, Actor: e.Actor, Form: e.Evidence.Form, Wording: e.Evidence.Wording,
		Network: e.Evidence.Network, Detail: json.RawMessage(e.Detail),
	}
}

// consents writes the entries of one subscriber, or of all for 0.
func (a *app) consents(ctx context.Context, h *house, w io.Writer, number int64) error {
	array := jsonArray{w: w}
	for e, err := range h.db.EachConsent(ctx, number) {
		switch {
		case err != nil:
		case a.json:
			err = array.add(consentLineOf(&e))
		default:
			how := strings.Join(strings.Fields(e.Evidence.Form+" "+e.Evidence.Wording+" "+e.Evidence.Network), " ")
			_, err = fmt.Fprintf(w, "%s  %-9s  %s  %s  (%s)\n    %s\n",
				stamp(e.At, h.site.Zone), e.Kind, e.Address, e.Actor, dash(how), e.Detail)
		}
		if err != nil {
			return err
		}
	}
	if a.json {
		return array.end()
	}
	return nil
}
