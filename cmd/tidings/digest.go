package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer"
	"github.com/tidings/tidings/subscribe"
)

func (a *app) digestCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "digest", Short: "Preview, run and test the digests"}
	cmd.AddCommand(a.digestPreview(), a.digestRun(), a.digestSend())
	return cmd
}

func (a *app) digestPreview() *cobra.Command {
	var cadence, format string
	cmd := &cobra.Command{
		Use:   "preview ADDRESS",
		Short: "Show a subscriber's next digest as it would be now; changes nothing, sends nothing",
		Args:  cobra.ExactArgs(1),
		RunE: a.withHouse(toWhom(func(ctx context.Context, h *house, args []string) error {
			if !slices.Contains([]string{"text", "html", "eml"}, format) {
				return usagef("there is no format %q: text, html or eml", format)
			}
			sub, err := h.subscription(ctx, args[0], cadence)
			if err != nil {
				return err
			}
			edition, err := h.planner().Preview(ctx, h.db, sub, a.now())
			if err != nil {
				return err
			}
			if len(edition.Entries) == 0 {
				a.note("nothing new that matches: the next %s digest would not be sent", sub.Cadence)
				return nil
			}
			out, err := h.render(ctx, &edition, testDelivery(&edition, args[0]), format)
			if err != nil {
				return err
			}
			_, err = a.out.Write(out)
			return err
		})),
	}
	cmd.Flags().StringVar(&cadence, "cadence", "", "which of the subscriber's `cadences` (default: the fastest)")
	cmd.Flags().StringVar(&format, "format", "text", "text, html or eml")
	return cmd
}

// testDelivery is the delivery of a mail that belongs to no subscriber: its link to leave does nothing.
func testDelivery(e *tidings.Edition, address string) *tidings.Delivery {
	return &tidings.Delivery{
		ID: subscribe.TestDelivery, Address: address, Cadence: e.Run.Slot.Cadence,
		MessageID: e.Run.MessageID(subscribe.TestDelivery), Date: e.Run.Created.Truncate(time.Second),
	}
}

// compose makes the mail of an edition.
func (h *house) compose(ctx context.Context, e *tidings.Edition) (*mailer.Form, error) {
	composer, err := h.composer()
	if err != nil {
		return nil, err
	}
	topics, err := h.db.Topics(ctx)
	if err != nil {
		return nil, err
	}
	return composer.Compose(e, topics)
}

// render makes the mail of an edition as text, html or eml.
func (h *house) render(ctx context.Context, e *tidings.Edition, d *tidings.Delivery, format string) ([]byte, error) {
	form, err := h.compose(ctx, e)
	if err != nil {
		return nil, err
	}
	switch format {
	case "text":
		return []byte("Subject: " + form.Subject() + "\n\n" + form.Parts(d).Text), nil
	case "html":
		return []byte(form.Parts(d).HTML), nil
	}
	return form.Fill(d)
}

// envelope is the sender that bounces go to.
func (h *house) envelope() string {
	if h.cfg.Mail.Bounce != "" {
		return h.cfg.Mail.Bounce
	}
	return bare(h.cfg.Mail.From)
}

// subscription is the subscriber's subscription of that cadence, or of their fastest.
func (h *house) subscription(ctx context.Context, address, cadence string) (tidings.Subscription, error) {
	sub, err := h.db.Subscriber(ctx, address)
	if err != nil {
		return tidings.Subscription{}, fmt.Errorf("%s: %w", address, err)
	}
	if sub.State != tidings.Active && sub.State != tidings.Paused {
		return tidings.Subscription{}, usagef("%s gets no mail (%s)", address, sub.State)
	}
	var found *tidings.Subscription
	for i := range sub.Subscriptions {
		s := &sub.Subscriptions[i]
		if (cadence == "" || s.Cadence == cadence) && (found == nil || h.cadences.Faster(s.Cadence, found.Cadence)) {
			found = s
		}
	}
	switch {
	case found != nil:
		return *found, nil
	case cadence != "":
		return tidings.Subscription{}, usagef("%s has no %s subscription", address, cadence)
	}
	return tidings.Subscription{}, usagef("%s has no subscription (%s)", address, sub.State)
}

func (a *app) digestSend() *cobra.Command {
	var to, of, cadence string
	cmd := &cobra.Command{
		Use:   "send --to ADDRESS",
		Short: "Send a test digest to an address of yours; no subscriber gets it, and nothing is settled by it",
		Long: "Send a test digest to an address of yours: the next one of a subscriber (--of), or one with the newest releases. Its unsubscribe\n" +
			"link opens a page that says it was a test.",
		Args: cobra.NoArgs,
		RunE: a.withHouse(func(ctx context.Context, h *house, _ []string) error {
			if to == "" {
				return usagef("say where to: --to you@example.org")
			}
			address, err := subscribe.NormalizeAddress(to)
			if err != nil {
				return fmt.Errorf("--to: %w", err)
			}
			edition, err := h.sample(ctx, of, cadence, a.now())
			if err != nil {
				return err
			}
			message, err := h.render(ctx, &edition, testDelivery(&edition, address), "eml")
			if err != nil {
				return err
			}
			if err := h.sendBeside(ctx, h.envelope(), address, message); err != nil {
				return err
			}
			sent := struct {
				To       string `json:"to"`
				Cadence  string `json:"cadence"`
				Releases int    `json:"releases"`
			}{address, edition.Run.Slot.Cadence, len(edition.Entries)}
			return a.show(sent, func(w io.Writer) {
				fmt.Fprintf(w, "sent to %s: a %s digest with %s\n", sent.To, sent.Cadence, plural(sent.Releases, "release", "releases"))
			})
		}),
	}
	cmd.Flags().StringVar(&to, "to", "", "where the test goes")
	cmd.Flags().StringVar(&of, "of", "", "the `subscriber` whose next digest it is (default: the newest releases)")
	cmd.Flags().StringVar(&cadence, "cadence", "", "which of the subscriber's `cadences`")
	return cmd
}

// sendBeside gives a message that is in no outbox to the first relay that takes it.
func (h *house) sendBeside(ctx context.Context, from, to string, message []byte) (faults error) {
	for _, r := range h.relays() {
		err := r.Send(ctx, from, to, message)
		if err == nil {
			return nil
		}
		faults = errors.Join(faults, err)
	}
	return faults
}

// sample is an edition to test with: a subscriber's next one, else the newest releases.
func (h *house) sample(ctx context.Context, of, cadence string, now time.Time) (tidings.Edition, error) {
	if of != "" {
		sub, err := h.subscription(ctx, of, cadence)
		if err != nil {
			return tidings.Edition{}, err
		}
		edition, err := h.planner().Preview(ctx, h.db, sub, now)
		if err == nil && len(edition.Entries) == 0 {
			err = usagef("%s would get no %s digest now; leave out --of to test with the newest releases", of, sub.Cadence)
		}
		return edition, err
	}
	releases, err := h.db.Releases(ctx, tidings.Query{Limit: 10})
	if err != nil {
		return tidings.Edition{}, err
	}
	if len(releases) == 0 {
		return tidings.Edition{}, usagef("there is no public release to test with: publish one first")
	}
	run := tidings.Run{Slot: tidings.Slot{Cadence: tidings.Daily, Hour: tidings.AnyHour}, Due: now, Created: now, Domain: h.site.MailDomain}
	e := tidings.Edition{Run: run, Language: h.site.Language, Releases: releases}
	for i := range releases {
		entry := tidings.Entry{Release: releases[i].ID, Revision: releases[i].Revision}
		if len(releases[i].Topics) > 0 {
			entry.Section = releases[i].Topics[0]
		}
		e.Entries = append(e.Entries, entry)
	}
	return e, nil
}
