package main

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/subscribe"
)

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

// suppressionLine is a suppression as machines are told of it.
type suppressionLine struct {
	Address string     `json:"address,omitempty"`
	Reason  string     `json:"reason"`
	At      time.Time  `json:"at"`
	Until   *time.Time `json:"until,omitempty"`
	Erased  bool       `json:"erased,omitempty"`
}

func (a *app) suppressionList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the suppressions: since and until when, why, and whose where that is known", Args: cobra.NoArgs,
		RunE: a.withHouse(func(ctx context.Context, h *house, _ []string) error {
			all, err := h.db.Suppressions(ctx, a.now())
			if err != nil {
				return err
			}
			lines, rows := make([]suppressionLine, 0, len(all)), make([][]string, 0, len(all))
			for _, s := range all {
				line := suppressionLine{Address: s.Address, Reason: s.Reason, At: s.At, Erased: s.Erased}
				if !s.Until.IsZero() {
					line.Until = &s.Until
				}
				lines = append(lines, line)
				rows = append(rows, []string{stamp(s.At, h.site.Zone), stamp(s.Until, h.site.Zone), dash(s.Address), s.Reason})
			}
			return a.show(lines, func(w io.Writer) { table(w, "SINCE UNTIL ADDRESS REASON", rows) })
		}),
	}
}

func (a *app) suppressionAdd() *cobra.Command {
	var reason, until, length string
	var cmd *cobra.Command
	cmd = a.subscriberSteps("add ADDRESS --reason TEXT", "Write to an address no more, whoever brings it",
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
			for _, name := range []string{"until", "for"} {
				if f := cmd.Flags().Lookup(name); f.Changed && f.Value.String() == "" {
					return "", usagef("--%s is empty: leave it out for a suppression without an end", name)
				}
			}
			end, err := endOf(until, length, a.now(), h.site.Zone)
			if err != nil {
				return "", err
			}
			fresh, err := h.db.Suppress(ctx, address, reason, end, a.now(), actor())
			switch {
			case err != nil:
				return "", err
			case !fresh:
				return "already suppressed", nil
			case end.IsZero():
				return "suppressed", nil
			}
			return "suppressed until " + stamp(end, h.site.Zone), nil
		})
	cmd.Long = "Write to an address no more, whoever brings it: for ever, or until a day. Its subscriber, if there is one, is suppressed. When the\n" +
		"day comes the address may be written to again, and its subscriber has left: mail goes to it only when its owner joins or is added\n" +
		"again. Of two suppressions of one address the one that holds longer counts; to shorten one, remove it first."
	cmd.Example = "  tidings suppression add reader@example.org --reason 'asked by letter never to be written to'\n" +
		"  tidings suppression add reader@example.org --reason 'away, asked for silence' --until 2027-03-01\n" +
		"  tidings suppression add reader@example.org --reason 'the mailbox is being moved' --for 90d"
	reasonVar(cmd, &reason, "why: \"asked by letter never to be written to\" (required)")
	cmd.Flags().StringVar(&until, "until", "", "when it ends: a `date`, or a date and time (default: never)")
	cmd.Flags().StringVar(&length, "for", "", "for how `long`, in place of --until: 90d, 12w, 36h")
	return cmd
}

// endOf is when something ends that was said to last until a date, or for so long from now on; zero: neither was said.
func endOf(until, length string, now time.Time, zone *time.Location) (end time.Time, err error) {
	switch {
	case until != "" && length != "":
		return end, usagef("write --until or --for, and not both")
	case until != "":
		if end, err = instant(until, zone); err != nil {
			return end, err
		}
		if !end.After(now) {
			return end, tidings.Invalidf("until", "%s is past", stamp(end, zone))
		}
	case length != "":
		number, unit := length[:len(length)-1], length[len(length)-1:]
		n, err := strconv.Atoi(number)
		hours := map[string]int{"h": 1, "d": 24, "w": 7 * 24}[unit]
		if err != nil || n < 1 || hours == 0 || n > longestFor/hours {
			return end, tidings.Invalidf("for", "%q is no length of time up to a hundred years: write 90d, 12w or 36h", length)
		}
		end = now.Add(time.Duration(n*hours) * time.Hour)
	}
	return end, nil
}

// longestFor is in hours.
const longestFor = 100 * 365 * 24

// suppressionRemove is subscriber lift by its other name.
func (a *app) suppressionRemove() *cobra.Command {
	cmd := a.subscriberLift()
	cmd.Use, cmd.Short = "remove ADDRESS --reason TEXT", "End the suppression of an address (as `tidings subscriber lift`)"
	return cmd
}
