package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/subscribe"
)

func (a *app) subscriberCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "subscriber", Short: "Add, list, show, change, pause and remove subscribers; move lists of them"}
	cmd.AddCommand(a.subscriberAdd(), a.subscriberList(), a.subscriberShow(), a.subscriberChange(),
		a.subscriberPause(), a.subscriberResume(), a.subscriberLeave(), a.subscriberLift(), a.subscriberRemove(),
		a.subscriberImport(), a.subscriberExport(), a.subscriberConsents())
	return cmd
}

// choiceFlags are the flags that say what a subscriber gets.
type choiceFlags struct {
	filters  map[string]*string // by cadence
	hour     int
	zone     string
	language string
}

func (f *choiceFlags) on(cmd *cobra.Command) {
	f.filters = map[string]*string{}
	for _, name := range []string{tidings.Immediate, tidings.Daily, tidings.Weekly, tidings.Monthly} {
		f.filters[name] = cmd.Flags().String(name, "", "the `filter` of the "+name+" mails; all: every release")
	}
	cmd.Flags().IntVar(&f.hour, "hour", tidings.AnyHour, "the hour of the day (0–23) that digests come at; -1: the schedule's own")
	cmd.Flags().StringVar(&f.zone, "zone", "", "the subscriber's time `zone`, such as Asia/Seoul (default: the site's)")
	cmd.Flags().StringVar(&f.language, "language", "", "the `language` of the mails' own words: en or ko (default: the site's)")
}

// choices are the cadences whose flags were given. The filter "all" stands for every release.
func (f *choiceFlags) choices(cmd *cobra.Command) []tidings.Choice {
	var out []tidings.Choice
	for _, name := range []string{tidings.Immediate, tidings.Daily, tidings.Weekly, tidings.Monthly} {
		if !cmd.Flags().Changed(name) {
			continue
		}
		c := tidings.Choice{Cadence: name, Filter: *f.filters[name], Zone: f.zone, Hour: f.hour}
		if c.Filter == "all" {
			c.Filter = ""
		}
		if name == tidings.Immediate {
			c.Hour = tidings.AnyHour
		}
		out = append(out, c)
	}
	return out
}

func (a *app) subscriberAdd() *cobra.Command {
	var (
		choices choiceFlags
		basis   string
	)
	cmd := &cobra.Command{
		Use:   "add ADDRESS --basis TEXT --daily FILTER",
		Short: "Add a subscriber who has consented",
		Example: `  tidings subscriber add reader@example.org --basis "signed form of 1 March" --daily topic:energy
  tidings subscriber add reader@example.org --basis "asked by phone" --weekly 'topic:trade -steel' --hour 7 --zone Asia/Seoul`,
		Args: cobra.ExactArgs(1),
	}
	cmd.RunE = a.withHouse(toWhom(func(ctx context.Context, h *house, args []string) error {
		join := subscribe.Join{
			Address: args[0], Language: choices.language, Zone: choices.zone,
			Consent: tidings.Consent{Basis: basis, By: actor()}, Choices: choices.choices(cmd),
		}
		sub, err := h.service().Add(ctx, join, a.now(), actor())
		if err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		return a.show(subscriberOf(&sub), func(w io.Writer) {
			fmt.Fprintf(w, "added  %s\n", sub.Address)
			printSubscriptions(w, sub.Subscriptions)
		})
	}))
	choices.on(cmd)
	cmd.Flags().StringVar(&basis, "basis", "", "what the consent rests on: \"signed form of 1 March\" (required)")
	return cmd
}

func (a *app) subscriberChange() *cobra.Command {
	var choices choiceFlags
	cmd := &cobra.Command{
		Use:   "change ADDRESS --weekly FILTER",
		Short: "Give a subscriber other choices; the given cadences replace all that they had",
		Long: "The cadences given become the subscriber's, in place of all that they had. Without a cadence, --zone, --hour and --language\n" +
			"change just that, for all that the subscriber gets. Nothing is missed and nothing comes twice: a subscription keeps its\n" +
			"place when its filter, its hour or its cadence changes.",
		Example: `  tidings subscriber change reader@example.org --daily topic:energy --weekly all
  tidings subscriber change reader@example.org --hour 6 --zone Asia/Seoul`,
		Args: cobra.ExactArgs(1),
	}
	cmd.RunE = a.withHouse(toWhom(func(ctx context.Context, h *house, args []string) error {
		wish := tidings.Wish{Language: choices.language, Zone: choices.zone, Choices: choices.choices(cmd)}
		if cmd.Flags().Changed("hour") {
			wish.Hour = &choices.hour
		}
		if wish.Choices == nil && wish.Hour == nil && wish.Language == "" && wish.Zone == "" {
			return usagef("say what to change: a cadence with its filter (--daily topic:energy), --zone, --hour or --language")
		}
		if err := h.service().Change(ctx, args[0], wish, a.now(), actor()); err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		sub, err := h.db.Subscriber(ctx, args[0])
		if err != nil {
			return err
		}
		return a.show(subscriberOf(&sub), func(w io.Writer) {
			fmt.Fprintf(w, "changed  %s\n", sub.Address)
			printSubscriptions(w, sub.Subscriptions)
		})
	}))
	choices.on(cmd)
	return cmd
}

// subscriberLine is a subscriber as machines are told of them.
type subscriberLine struct {
	Address       string             `json:"address"`
	State         string             `json:"state"`
	Language      string             `json:"language"`
	Basis         string             `json:"consent_basis"`
	ConsentBy     string             `json:"consent_by"`
	ConsentAt     time.Time          `json:"consent_at,omitzero"`
	PausedUntil   *time.Time         `json:"paused_until,omitempty"`
	Subscriptions []subscriptionLine `json:"subscriptions"`
}

type subscriptionLine struct {
	Cadence string `json:"cadence"`
	Filter  string `json:"filter"`
	Zone    string `json:"zone"`
	Hour    *int   `json:"hour,omitempty"`
}

func subscriberOf(s *tidings.Subscriber) subscriberLine {
	l := subscriberLine{
		Address: s.Address, State: string(s.State), Language: s.Language, Basis: s.Consent.Basis, ConsentBy: s.Consent.By,
		ConsentAt: s.Consent.At, Subscriptions: []subscriptionLine{},
	}
	if !s.PausedUntil.IsZero() {
		l.PausedUntil = &s.PausedUntil
	}
	for _, sub := range s.Subscriptions {
		sl := subscriptionLine{Cadence: sub.Cadence, Filter: sub.Filter.String(), Zone: sub.Zone}
		if sub.Hour != tidings.AnyHour {
			sl.Hour = &sub.Hour
		}
		l.Subscriptions = append(l.Subscriptions, sl)
	}
	return l
}

func printSubscriptions(w io.Writer, subs []tidings.Subscription) {
	for _, s := range subs {
		when := ""
		if s.Hour != tidings.AnyHour {
			when = fmt.Sprintf(" at %d:00", s.Hour)
		}
		filter := s.Filter.String()
		if filter == "" {
			filter = "every release"
		}
		fmt.Fprintf(w, "  %-10s %s  (%s%s)\n", s.Cadence, filter, s.Zone, when)
	}
}

func (a *app) subscriberList() *cobra.Command {
	var state string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the subscribers",
		Args:  cobra.NoArgs,
		RunE: a.withHouse(func(ctx context.Context, h *house, _ []string) error {
			if err := checkState(state); err != nil {
				return err
			}
			lines, rows := []subscriberLine{}, [][]string(nil)
			for sub, err := range h.db.EachSubscriber(ctx, tidings.SubscriberState(state), a.now()) {
				if err != nil {
					return err
				}
				lines = append(lines, subscriberOf(&sub.Subscriber))
				var cadences []string
				for _, s := range sub.Subscriptions {
					cadences = append(cadences, s.Cadence+": "+dash(shorten(s.Filter.String(), 50)))
				}
				rows = append(rows, []string{sub.Address, string(sub.State), sub.Language, strings.Join(cadences, "; ")})
			}
			return a.show(lines, func(w io.Writer) { table(w, "ADDRESS STATE LANGUAGE SUBSCRIPTIONS", rows) })
		}),
	}
	cmd.Flags().StringVar(&state, "state", "", "only pending, active, paused, left or suppressed ones")
	return cmd
}

func (a *app) subscriberShow() *cobra.Command {
	return &cobra.Command{
		Use:   "show ADDRESS",
		Short: "Show a subscriber, their consent and their last mails",
		Args:  cobra.ExactArgs(1),
		RunE: a.withHouse(toWhom(func(ctx context.Context, h *house, args []string) error {
			sub, err := h.db.Subscriber(ctx, args[0])
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			mails, err := h.db.Deliveries(ctx, sub.ID, 10)
			if err != nil {
				return err
			}
			return a.show(subscriberOf(&sub), func(w io.Writer) {
				fmt.Fprintf(w, "%s  %s  %s\n", sub.Address, sub.State, sub.Language)
				fmt.Fprintf(w, "  consent    %s (%s, %s)\n", sub.Consent.Basis, sub.Consent.By, stamp(sub.Consent.At, h.site.Zone))
				if !sub.PausedUntil.IsZero() {
					fmt.Fprintf(w, "  paused     until %s\n", stamp(sub.PausedUntil, h.site.Zone))
				}
				printSubscriptions(w, sub.Subscriptions)
				for _, d := range mails {
					fmt.Fprintf(w, "  mail       %s  %-9s %-10s %s\n", stamp(d.Date, h.site.Zone), d.Cadence, d.State, d.LastReply)
				}
			})
		})),
	}
}
