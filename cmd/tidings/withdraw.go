package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
)

// withdrawFlags are what withdraw is told beside the release.
type withdrawFlags struct {
	reason, successor string
	notify, dryRun    bool
}

func (a *app) withdrawCommand() *cobra.Command {
	var f withdrawFlags
	cmd := &cobra.Command{
		Use:   "withdraw RELEASE --reason TEXT",
		Short: "Take a release back: it leaves the feeds and unsent mail, and its page says why",
		Long: "Take a release back for good. Its page answers 410 with the reason and, if there is one, a link to the release that takes its\n" +
			"place; it leaves lists, search and mails that are not sent yet; feeds say that it was withdrawn. With --notify, who got it\n" +
			"by mail is told in their next digest. What will happen is shown first; at a terminal you are asked.",
		Example: "  tidings withdraw steel-talks --reason \"The talks were called off.\" --successor steel-talks-off --notify",
		Args:    cobra.ExactArgs(1),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			r, err := h.release(ctx, args[0])
			if err != nil {
				return err
			}
			if r.Status == tidings.Withdrawn {
				return tidings.Invalidf(r.Slug, "is withdrawn already")
			}
			if f.reason = strings.TrimSpace(f.reason); f.reason == "" {
				return usagef("say why, for the readers who follow a link to it: --reason \"…\"")
			}
			return a.withdraw(ctx, h, &r, &f)
		}),
	}
	reasonVar(cmd, &f.reason, "why, as the page will say it")
	cmd.Flags().StringVar(&f.successor, "successor", "", "the public `release` that takes its place")
	cmd.Flags().BoolVar(&f.notify, "notify", false, "tell those who got it by mail, in their next digest")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "show what would happen, and change nothing")
	return cmd
}

// withdrawal is what machines are told.
type withdrawal struct {
	releaseLine
	Done      bool     `json:"done"` // false: a rehearsal
	Successor string   `json:"successor,omitempty"`
	Feeds     []string `json:"feeds"`  // that it leaves
	Unsent    int      `json:"unsent"` // mails that it is taken out of
	Got       int      `json:"got"`    // readers who got it by mail
	Notify    bool     `json:"notify"`
}

func (a *app) withdraw(ctx context.Context, h *house, r *tidings.Release, f *withdrawFlags) error {
	w := tidings.Withdrawal{Reason: f.reason, Notify: f.notify}
	plan, err := h.withdrawal(ctx, r, f, &w)
	if err != nil {
		return err
	}
	if f.dryRun {
		return a.show(plan, func(out io.Writer) { plan.print(out, r) })
	}
	if !a.json {
		plan.print(a.out, r)
	}
	if yes, err := a.confirm("Withdraw it for good?"); err != nil || !yes {
		return err
	}
	if err := h.db.Withdraw(ctx, r.ID, w, a.now(), actor()); err != nil {
		return err
	}
	plan.Done, plan.Status, plan.Reason = true, string(tidings.Withdrawn), f.reason
	return a.show(plan, func(out io.Writer) { fmt.Fprintf(out, "withdrawn  %s\n", r.Title) })
}

// withdrawal finds out what the withdrawal will do, and the successor's number.
func (h *house) withdrawal(ctx context.Context, r *tidings.Release, f *withdrawFlags, w *tidings.Withdrawal) (*withdrawal, error) {
	plan := &withdrawal{releaseLine: lineOf(h.site, r), Feeds: []string{}, Notify: f.notify && r.Public()}
	if f.successor != "" {
		next, err := h.release(ctx, f.successor)
		if err != nil {
			return nil, fmt.Errorf("--successor: %w", err)
		}
		if !next.Public() {
			return nil, usagef("--successor: %s is %s, and readers can't be sent there; publish it first", next.Slug, next.Status)
		}
		if next.ID == r.ID {
			return nil, usagef("--successor: a release can't take its own place; name another one")
		}
		w.Successor, plan.Successor = next.ID, h.site.ReleaseURL(next.Slug)
	}
	if !r.Public() {
		return plan, nil
	}
	reach, err := h.db.Reach(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	topics, err := h.db.Topics(ctx)
	if err != nil {
		return nil, err
	}
	plan.Unsent, plan.Got = reach.Unsent, reach.Got
	for _, sel := range selections(h.site, topics) {
		if shows(sel, r) {
			plan.Feeds = append(plan.Feeds, nameOf(sel))
		}
	}
	return plan, nil
}

// shows: whether the release stands in the selection.
func shows(sel tidings.Selection, r *tidings.Release) bool {
	return (sel.Topic == "" || r.HasTopic(sel.Topic)) &&
		(sel.Language == "" || sel.Language == r.Language || strings.HasPrefix(r.Language, sel.Language+"-"))
}

func (p *withdrawal) print(w io.Writer, r *tidings.Release) {
	fmt.Fprintf(w, "%s\n\n", r.Title)
	if !r.Public() {
		fmt.Fprintf(w, "  it is %s: nobody knows of it, and nobody is told\n\n", r.Status)
		return
	}
	fmt.Fprintf(w, "  the page     answers 410 with the reason: %s\n", p.URL)
	if p.Successor != "" {
		fmt.Fprintf(w, "               and leads to %s\n", p.Successor)
	}
	fmt.Fprintf(w, "  feeds        gone from %s: %s\n", plural(len(p.Feeds), "feed", "feeds"), strings.Join(p.Feeds, ", "))
	fmt.Fprintf(w, "  unsent mail  pulled from %s\n", plural(p.Unsent, "mail", "mails"))
	switch {
	case p.Notify:
		fmt.Fprintf(w, "  readers      %s in their next digest\n\n", told(p.Got))
	default:
		fmt.Fprintf(w, "  readers      %s by mail and not told; --notify tells them\n\n", plural(p.Got, "has got it", "have got it"))
	}
}
