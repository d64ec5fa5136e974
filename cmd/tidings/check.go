package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// finding is one thing that was looked at.
type finding struct {
	What  string `json:"what"`
	OK    bool   `json:"ok"`
	Fault string `json:"fault,omitempty"`
	Note  string `json:"note,omitempty"`
}

func (a *app) checkCommand() *cobra.Command {
	var offline bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "See whether the configuration, the database and the relay work; sends nothing",
		Args:  cobra.NoArgs,
		RunE: a.withHouse(func(ctx context.Context, h *house, _ []string) error {
			findings := []finding{
				{What: "configuration", OK: true, Note: a.configPath},
				found("database", h.cfg.Database.Path, h.db.Check(ctx)),
			}
			_, err := h.composer()
			findings = append(findings, found("mail", "from "+h.cfg.Mail.From, err))
			if !offline {
				r := h.relay()
				findings = append(findings, found("relay", fmt.Sprintf("%s:%d, %s", r.Host, r.Port, r.Security), r.Check(ctx)))
			}
			bad := 0
			for _, f := range findings {
				if !f.OK {
					bad++
				}
			}
			if err := a.show(findings, func(w io.Writer) { printFindings(w, findings) }); err != nil {
				return err
			}
			if bad > 0 {
				return fmt.Errorf("%s to mend", plural(bad, "thing", "things"))
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(&offline, "offline", false, "leave the relay alone")
	return cmd
}

func found(what, note string, err error) finding {
	f := finding{What: what, OK: err == nil, Note: note}
	if err != nil {
		f.Fault = err.Error()
	}
	return f
}

func printFindings(w io.Writer, findings []finding) {
	for _, f := range findings {
		state := "ok  "
		if !f.OK {
			state = "BAD "
		}
		fmt.Fprintf(w, "%s %-14s %s\n", state, f.What, f.Note)
		if !f.OK {
			fmt.Fprintf(w, "     %s\n", f.Fault)
		}
	}
}
