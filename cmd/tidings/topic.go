package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/ingest"
)

func (a *app) topicCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "topic", Short: "List, add, change and end the topics"}
	cmd.AddCommand(a.topicList(), a.topicSet(), a.topicEnd(), a.topicLoad())
	return cmd
}

// topicLine is a topic as machines are told of it.
type topicLine struct {
	Slug  string            `json:"slug"`
	Names map[string]string `json:"names"`
	Rule  string            `json:"rule,omitempty"`
	Ended bool              `json:"ended,omitempty"`
	Count int               `json:"releases"`
}

// topicChange is what became of a topic, as machines are told of it.
type topicChange struct {
	Slug   string            `json:"slug"`
	Change string            `json:"change"` // created, changed, same or ended
	Names  map[string]string `json:"names,omitempty"`
}

func (a *app) topicList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the topics with their rules and how many public releases they have",
		Args:  cobra.NoArgs,
		RunE: a.withHouse(func(ctx context.Context, h *house, _ []string) error {
			topics, err := h.db.Topics(ctx)
			if err != nil {
				return err
			}
			lines := make([]topicLine, len(topics))
			rows := make([][]string, len(topics))
			for i := range topics {
				t := &topics[i]
				n, err := h.db.Count(ctx, tidings.Query{Selection: tidings.Selection{Topic: t.Slug}})
				if err != nil {
					return err
				}
				lines[i] = topicLine{Slug: t.Slug, Names: t.Names, Rule: t.Rule.String(), Ended: !t.Ended.IsZero(), Count: n}
				rows[i] = []string{t.Slug, strconv.Itoa(n), names(t), dash(shorten(t.Rule.String(), 70))}
			}
			return a.show(lines, func(w io.Writer) { table(w, "TOPIC RELEASES NAMES RULE", rows) })
		}),
	}
}

// names are a topic's names, by language in alphabetical order.
func names(t *tidings.Topic) string {
	var all []string
	for _, l := range slices.Sorted(maps.Keys(t.Names)) {
		all = append(all, l+": "+t.Names[l])
	}
	if !t.Ended.IsZero() {
		all = append(all, "(ended)")
	}
	return strings.Join(all, ", ")
}

func (a *app) topicSet() *cobra.Command {
	var (
		named map[string]string
		rule  string
		order int
	)
	cmd := &cobra.Command{
		Use:   "set TOPIC",
		Short: "Add a topic, or change its names, its rule or its place",
		Long: "Add a topic, or change one. What is not given stays as it was. The rule is a filter: a release that matches it is given\n" +
			"the topic when it comes in, unless a person chose its topics.",
		Example: `  tidings topic set energy --name en=Energy --name ko=에너지 --rule '"energy policy" OR hydrogen OR 에너지'`,
		Args:    cobra.ExactArgs(1),
	}
	cmd.RunE = a.withHouse(func(ctx context.Context, h *house, args []string) error {
		topics, err := h.db.Topics(ctx)
		if err != nil {
			return err
		}
		t := tidings.Topic{Slug: args[0], Names: map[string]string{}, Order: len(topics) + 1}
		if i := slices.IndexFunc(topics, func(t tidings.Topic) bool { return t.Slug == args[0] }); i >= 0 {
			t = topics[i]
		}
		maps.Copy(t.Names, named)
		switch {
		case !ingest.IsTopicSlug(t.Slug):
			return usagef("%q names no topic: write lower-case letters and digits with hyphens between, such as supply-chains", t.Slug)
		case len(t.Names) == 0:
			return usagef("%s is new and needs a name: --name en=Energy", t.Slug)
		}
		if cmd.Flags().Changed("order") {
			t.Order = order
		}
		if cmd.Flags().Changed("rule") {
			if t.Rule, err = tidings.ParseFilter(rule); err != nil {
				return fmt.Errorf("--rule: %w", err)
			}
		}
		change, err := h.db.SaveTopic(ctx, &t, a.now(), actor())
		if err != nil {
			return err
		}
		done := topicChange{t.Slug, string(change), t.Names}
		return a.show(done, func(w io.Writer) { fmt.Fprintf(w, "%-8s %s  %s\n", change, t.Slug, names(&t)) })
	})
	cmd.Flags().StringToStringVar(&named, "name", nil, "its name in a language: `en=Energy`; may be given again")
	cmd.Flags().StringVar(&rule, "rule", "", "the `filter` that suggests it; \"\": none")
	cmd.Flags().IntVar(&order, "order", 0, "its `place` in lists and digests, ascending")
	return cmd
}

func (a *app) topicEnd() *cobra.Command {
	return &cobra.Command{
		Use:   "end TOPIC",
		Short: "Close a topic: its page and feeds answer 410, rules no longer suggest it",
		Args:  cobra.ExactArgs(1),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			if err := h.db.EndTopic(ctx, args[0], a.now(), actor()); err != nil {
				return fmt.Errorf("topic %q: %w", args[0], err)
			}
			readers, err := h.readersOf(ctx, args[0])
			if err != nil {
				return err
			}
			done := struct {
				topicChange
				Readers int `json:"subscribers"` // whose filters still ask for it
			}{topicChange{Slug: args[0], Change: "ended"}, readers}
			return a.show(done, func(w io.Writer) {
				fmt.Fprintf(w, "ended    %s\n", args[0])
				if readers > 0 {
					fmt.Fprintf(w, "         %s chose it: no new release will have it; see `tidings subscriber list`\n", plural(readers, "subscriber", "subscribers"))
				}
			})
		}),
	}
}

// readersOf counts the subscribers whose filters ask for the topic.
func (h *house) readersOf(ctx context.Context, topic string) (n int, err error) {
	subs, err := h.db.Subscribers(ctx, "")
	for i := range subs {
		if slices.ContainsFunc(subs[i].Subscriptions, func(s tidings.Subscription) bool { return slices.Contains(s.Filter.Topics(), topic) }) {
			n++
		}
	}
	return n, err
}

func (a *app) topicLoad() *cobra.Command {
	return &cobra.Command{
		Use:   "load FILE",
		Short: "Add and change topics from a TOML file (docs/formats.md); again changes nothing",
		Args:  cobra.ExactArgs(1),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			f, err := os.Open(args[0])
			if err != nil {
				return usagef("%w", err)
			}
			defer f.Close()
			topics, err := ingest.Topics(f, args[0])
			if err != nil {
				return err
			}
			done := make([]topicChange, len(topics))
			for i := range topics {
				change, err := h.db.SaveTopic(ctx, &topics[i], a.now(), actor())
				if err != nil {
					return err
				}
				done[i] = topicChange{topics[i].Slug, string(change), topics[i].Names}
				a.note("%-8s %s  %s", change, topics[i].Slug, names(&topics[i]))
			}
			return a.show(done, func(io.Writer) {}) // people have read it line by line
		}),
	}
}
