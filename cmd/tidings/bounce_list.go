package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
)

func (a *app) bounceCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bounce",
		Short: "See what came back, and what followed from it",
		Args:  cobra.NoArgs,
	}
	cmd.AddCommand(a.bounceList())
	return cmd
}

// bounceLine is a bounce as machines are told of it.
type bounceLine struct {
	At         time.Time `json:"at"`
	Mail       string    `json:"mail"`
	Number     int64     `json:"number"`
	Subscriber int64     `json:"subscriber,omitempty"`
	Kind       string    `json:"kind"`
	Status     string    `json:"status,omitempty"`
	Verdict    string    `json:"verdict"`
	Suppressed bool      `json:"suppressed"`
	Via        string    `json:"via"`
	Diagnostic string    `json:"diagnostic,omitempty"`
}

func bounceLineOf(r *tidings.BounceRecord) bounceLine {
	return bounceLine{
		At: r.At, Mail: string(r.Mail.Kind), Number: r.Mail.ID, Subscriber: r.Subscriber, Kind: string(r.Kind), Status: r.Status,
		Verdict: string(r.Verdict), Suppressed: r.Suppressed, Via: r.Via, Diagnostic: r.Diagnostic,
	}
}

func (a *app) bounceList() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:   "list [ADDRESS]",
		Short: "List the newest bounces and complaints, of all or of one subscriber",
		Long: "List what mail servers and readers said of mails, the newest first: when, of which mail, the status (RFC 3463), and what followed:\n" +
			"hard suppresses the address, soft counts (5 over two weeks without a success suppress it), alarm is a fault of the mail or of its\n" +
			"sender that you should look into, nothing is nothing. docs/bounces.md says which is which.",
		Args: cobra.MaximumNArgs(1),
		RunE: a.withHouse(toWhom(func(ctx context.Context, h *house, args []string) error {
			var number int64
			if len(args) == 1 {
				sub, err := h.db.Subscriber(ctx, args[0])
				if err != nil {
					return fmt.Errorf("%s: %w", args[0], err)
				}
				number = sub.ID
			}
			if limit < 0 {
				return usagef("--limit %d: 0 is all", limit)
			}
			all, err := h.db.Bounces(ctx, number, limit)
			if err != nil {
				return err
			}
			lines := make([]bounceLine, len(all))
			for i := range all {
				lines[i] = bounceLineOf(&all[i])
			}
			return a.show(lines, func(w io.Writer) { h.printBounces(w, lines) })
		})),
	}
	cmd.Flags().IntVar(&limit, "limit", 50, "how many at the most; 0: all")
	return cmd
}

func (h *house) printBounces(w io.Writer, lines []bounceLine) {
	rows := make([][]string, 0, len(lines))
	for _, l := range lines {
		what := l.Status
		if l.Kind == string(tidings.Complained) {
			what = "complaint"
		}
		follows := l.Verdict
		if l.Suppressed {
			follows += ", suppressed"
		}
		who := "-"
		if l.Subscriber != 0 {
			who = strconv.FormatInt(l.Subscriber, 10)
		}
		rows = append(rows, []string{
			stamp(l.At, h.site.Zone), l.Mail + ":" + strconv.FormatInt(l.Number, 10), who, what, follows, l.Via, dash(l.Diagnostic),
		})
	}
	if len(rows) == 0 {
		fmt.Fprintln(w, "nothing came back")
		return
	}
	table(w, "AT MAIL SUBSCRIBER STATUS FOLLOWED VIA DIAGNOSTIC", rows)
}
