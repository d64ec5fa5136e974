package main

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings/doctor"
)

func (a *app) doctorCommand() *cobra.Command {
	var (
		offline, hold bool
		addresses     []string
	)
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "See what decides whether your mail arrives, and what to mend; sends nothing",
		Long: "Ask DNS for SPF, DKIM, DMARC, MX and PTR of your domains, each relay for its TLS, and your site for its one-click page by its\n" +
			"public name; look at the certificate for reports, clock, zones, disk, database, keys and the last backup. Each finding says what\n" +
			"was seen, why it matters, and its mend. It ends with 1 when one of them is hard.\n\n" +
			"The daemon looks at SPF, DKIM and DMARC at its start and once a day, and holds bulk mail while one of them is hard ([doctor] in\n" +
			"the configuration). With --hold this command does the same. What cannot be found out is never hard.",
		Args: cobra.NoArgs,
		RunE: a.withHouseAsIs(func(ctx context.Context, h *house, _ []string) error {
			if hold && offline {
				return usagef("write --hold or --offline, and not both: what holds mail is asked of DNS")
			}
			now := a.now()
			facts, err := h.facts(ctx, addresses)
			if err != nil {
				return err
			}
			if facts.Looked = hasContent(h.cfg.Database.Path); facts.Looked {
				facts.Damage = h.db.QuickCheck(ctx)
			}
			findings := doctor.LocalChecks(facts, now)
			if offline {
				findings = append(doctor.Unasked("nobody is asked (--offline)"), findings...)
			} else {
				d := h.doctor()
				findings = slices.Concat(d.MailChecks(ctx, facts), d.OutsideChecks(ctx, facts, now), findings)
			}
			if err := h.overrule(ctx, findings); err != nil {
				return err
			}
			if hold {
				if err := h.heed(ctx, findings, now); err != nil {
					return err
				}
			}
			if err := a.show(findings, func(w io.Writer) { printDiagnosis(w, findings) }); err != nil {
				return err
			}
			if hold && !slices.Equal(facts.Addresses, h.cfg.Doctor.Exits()) {
				a.note("the daemon judges by doctor.addresses of the configuration, which are others: write there what it should know")
			}
			if err := a.noteHeld(ctx, h); err != nil {
				return err
			}
			return hardest(findings)
		}),
	}
	cmd.Flags().BoolVar(&offline, "offline", false, "look at this machine alone")
	cmd.Flags().BoolVar(&hold, "hold", false, "hold bulk mail for what is hard, or end such a hold, as the daemon does")
	cmd.Flags().StringSliceVar(&addresses, "address", nil, "an `IP` address from which your mail leaves to the world, in place of doctor.addresses")
	cmd.AddCommand(a.doctorOverrule(), a.doctorHeed())
	return cmd
}

func (a *app) doctorOverrule() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:     "overrule CHECK --reason TEXT",
		Short:   "Say that a check is wrong about you: what it finds is a warning from now on, and holds nothing",
		Example: `  tidings doctor overrule spf --reason "internal network, no public DNS"`,
		Args:    cobra.ExactArgs(1),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			return a.overruleCheck(ctx, h, args[0], reason, false)
		}),
	}
	reasonVar(cmd, &reason, "`why`, for the record")
	return cmd
}

func (a *app) doctorHeed() *cobra.Command {
	return &cobra.Command{
		Use:   "heed CHECK",
		Short: "Take a check seriously again that was overruled",
		Args:  cobra.ExactArgs(1),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			return a.overruleCheck(ctx, h, args[0], "", true)
		}),
	}
}

// overruleCheck writes it down, and looks whether bulk mail is held for that check, or should be.
func (a *app) overruleCheck(ctx context.Context, h *house, check, reason string, heed bool) error {
	if !slices.Contains(doctor.Checks(), check) {
		return usagef("there is no check %q: %s", check, strings.Join(doctor.Checks(), ", "))
	}
	if !heed && strings.TrimSpace(reason) == "" {
		return usagef("say why, for whoever asks later: --reason TEXT")
	}
	now := a.now()
	changed, err := h.db.Overrule(ctx, now, actor(), check, reason, heed)
	if err != nil {
		return err
	}
	if _, err := h.checkMail(ctx, now); err != nil {
		return err
	}
	held, err := h.db.HeldAll(ctx)
	if err != nil {
		return err
	}
	done := struct {
		Check     string `json:"check"`
		Overruled bool   `json:"overruled"`
		Held      bool   `json:"held"`
	}{check, !heed, held.Holds()}
	return a.show(done, func(w io.Writer) {
		switch {
		case !changed:
			fmt.Fprintf(w, "%s: nothing to change\n", check)
		case heed:
			fmt.Fprintf(w, "%s is heeded again\n", check)
		default:
			fmt.Fprintf(w, "%s is overruled: what it finds is a warning\n", check)
		}
		if held.Holds() {
			fmt.Fprintln(w, heldWords(held))
		}
	})
}

// hardest is an error when a finding is hard.
func hardest(findings []doctor.Finding) error {
	n := 0
	for _, f := range findings {
		if f.Severity == doctor.Hard {
			n++
		}
	}
	if n > 0 {
		return fmt.Errorf("%s to mend first", plural(n, "hard finding", "hard findings"))
	}
	return nil
}

func printDiagnosis(w io.Writer, findings []doctor.Finding) {
	for _, f := range findings {
		severity := string(f.Severity)
		if f.Severity == doctor.Hard {
			severity = "HARD"
		}
		overruled := ""
		if f.Overruled {
			overruled = " (overruled)"
		}
		fmt.Fprintf(w, "%-5s %-10s %s%s\n", severity, f.Check, f.Seen, overruled)
		for _, more := range []string{f.Why, f.Mend} {
			if more != "" && f.Severity != doctor.OK {
				fmt.Fprintf(w, "%17s%s\n", "", more)
			}
		}
	}
}

// addressList reads IP addresses.
func addressList(texts []string) ([]netip.Addr, error) {
	var all []netip.Addr
	for _, text := range texts {
		ip, err := netip.ParseAddr(text)
		if err != nil {
			return nil, usagef("--address: %q is no IP address", text)
		}
		all = append(all, ip.Unmap())
	}
	return all, nil
}
