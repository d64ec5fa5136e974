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

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/subscribe"
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
	cmd.RunE = a.withHouse(func(ctx context.Context, h *house, args []string) error {
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
	})
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

func (a *app) suppressionCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "suppression", Short: "List, add and remove addresses that must not be written to",
		Long: "List, add and remove addresses that must not be written to. They are kept as hashes, so that an erased person stays unwritten to\n" +
			"without standing anywhere: the list shows an address only where its subscriber is still here. That of somebody erased keeps them\n" +
			"from being imported or added again, and not from joining by themselves.",
	}
	cmd.AddCommand(a.suppressionList(), a.suppressionAdd(), a.suppressionRemove())
	return cmd
}

func (a *app) suppressionList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the suppressions: when, why, and whose where that is known", Args: cobra.NoArgs,
		RunE: a.withHouse(func(ctx context.Context, h *house, _ []string) error {
			all, err := h.db.Suppressions(ctx)
			if err != nil {
				return err
			}
			type line struct {
				Address string    `json:"address,omitempty"`
				Reason  string    `json:"reason"`
				At      time.Time `json:"at"`
				Erased  bool      `json:"erased,omitempty"`
			}
			lines, rows := make([]line, len(all)), make([][]string, len(all))
			for i, s := range all {
				lines[i] = line(s)
				rows[i] = []string{stamp(s.At, h.site.Zone), dash(s.Address), s.Reason}
			}
			return a.show(lines, func(w io.Writer) { table(w, "SINCE ADDRESS REASON", rows) })
		}),
	}
}

func (a *app) suppressionAdd() *cobra.Command {
	var reason string
	cmd := a.subscriberSteps("add ADDRESS --reason TEXT", "Write to an address no more, whoever brings it",
		func(ctx context.Context, h *house, given string) (string, error) {
			address, err := subscribe.NormalizeAddress(given)
			if err != nil {
				return "", err
			}
			if strings.TrimSpace(reason) == "" {
				return "", tidings.Invalidf("reason", `say why: "asked by letter of 3 March never to be written to"`)
			}
			reason = strings.Join(strings.Fields(reason), " ")
			if err := subscribe.CheckReason(reason, address); err != nil {
				return "", err
			}
			fresh, err := h.db.Suppress(ctx, address, reason, a.now(), actor())
			if !fresh {
				return "already suppressed", err
			}
			return "suppressed", err
		})
	reasonVar(cmd, &reason, "why: \"asked by letter never to be written to\" (required)")
	return cmd
}

// suppressionRemove is subscriber lift by its other name.
func (a *app) suppressionRemove() *cobra.Command {
	cmd := a.subscriberLift()
	cmd.Use, cmd.Short = "remove ADDRESS --reason TEXT", "End the suppression of an address (as `tidings subscriber lift`)"
	return cmd
}
