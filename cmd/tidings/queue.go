package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
)

// queueGroup is what waits and has something in common.
type queueGroup struct {
	Name    string     `json:"name"`
	Mails   int        `json:"mails"`
	Letters int        `json:"letters"`         // of them
	Oldest  time.Time  `json:"oldest"`          // when the oldest was written
	Next    *time.Time `json:"next,omitempty"`  // when the first is due
	Reply   string     `json:"reply,omitempty"` // the relay's last words
	said    time.Time  // when those were about
}

// queued is the queue as machines are told of it.
type queued struct {
	Mails   int               `json:"mails"`
	Oldest  *time.Time        `json:"oldest,omitempty"`
	Next    *time.Time        `json:"next,omitempty"` // when something may be sent next
	Holds   []holdLine        `json:"holds"`
	Away    *store.RelaysAway `json:"relays_away,omitempty"`
	States  []queueGroup      `json:"states"`
	Domains []queueGroup      `json:"domains"` // of the recipients, most mails first
	Ages    []queueGroup      `json:"ages"`    // the youngest first
	now     time.Time
}

func (a *app) queueCommand() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:   "queue",
		Short: "Show what waits to be sent: by state, by the recipients' domain and by age",
		Long: "Show what waits to be sent, or is being sent: by state, by the recipients' domain and by age, each with the oldest, what is\n" +
			"due next and the relay's last words. Holds are shown first. It looks at every mail that waits: with a million of them, for seconds.",
		Args: cobra.NoArgs,
		RunE: a.withHouse(func(ctx context.Context, h *house, _ []string) error {
			if limit < 0 {
				return usagef("--limit %d: 0 is all", limit)
			}
			q, err := h.queue(ctx, limit, a.now())
			if err != nil {
				return err
			}
			return a.show(q, func(w io.Writer) { q.print(w, h.site.Zone) })
		}),
	}
	cmd.Flags().IntVar(&limit, "limit", 10, "at most this many domains; 0: all")
	return cmd
}

func (h *house) queue(ctx context.Context, limit int, now time.Time) (*queued, error) {
	groups, err := h.db.Queue(ctx, now)
	if err != nil {
		return nil, err
	}
	q := &queued{
		Holds: []holdLine{}, now: now,
		States:  groupBy(groups, waitingState),
		Domains: groupBy(groups, func(w *store.Waiting) string { return w.Domain }),
		Ages:    groupBy(groups, ageOf),
	}
	for _, g := range q.States {
		q.Mails += g.Mails
		if q.Oldest == nil || g.Oldest.Before(*q.Oldest) {
			q.Oldest = &g.Oldest
		}
	}
	slices.SortStableFunc(q.States, func(a, b queueGroup) int {
		life := lifeOfDelivery()
		place := func(g queueGroup) int {
			name, _, _ := strings.Cut(g.Name, ":")
			return slices.Index(life, tidings.DeliveryState(name))
		}
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a.Name, b.Name))
	})
	slices.SortStableFunc(q.Domains, func(a, b queueGroup) int { return cmp.Compare(b.Mails, a.Mails) })
	slices.SortStableFunc(q.Ages, func(a, b queueGroup) int { return b.Oldest.Compare(a.Oldest) })
	if limit > 0 && len(q.Domains) > limit {
		q.Domains = q.Domains[:limit]
	}
	next, err := h.db.NextDue(ctx)
	if err != nil {
		return nil, err
	}
	if !next.IsZero() {
		q.Next = &next
	}
	if q.Away, err = h.relaysAway(ctx, now); err != nil {
		return nil, err
	}
	holds, err := h.db.Holds(ctx)
	if err != nil {
		return nil, err
	}
	held, err := h.db.HeldNow(ctx, now)
	if held.Holds() && !slices.Contains(holds, held) {
		holds = append([]tidings.Hold{held}, holds...) // a copy of which nothing was sent yet
	}
	for _, hold := range holds {
		if hold.By != tidings.Cancelled {
			q.Holds = append(q.Holds, holdsOver([]tidings.Hold{hold}, hold.Run)...)
		}
	}
	return q, err
}

// groupBy puts together what has the same name.
func groupBy(all []store.Waiting, name func(*store.Waiting) string) []queueGroup {
	groups := []queueGroup{}
	places := map[string]int{}
	for i := range all {
		w := &all[i]
		at, known := places[name(w)]
		if !known {
			at, groups = len(groups), append(groups, queueGroup{Name: name(w), Oldest: w.Oldest})
			places[name(w)] = at
		}
		g := &groups[at]
		g.Mails += w.Mails
		if w.Letters {
			g.Letters += w.Mails
		}
		if w.Oldest.Before(g.Oldest) {
			g.Oldest = w.Oldest
		}
		if !w.Next.IsZero() && (g.Next == nil || w.Next.Before(*g.Next)) {
			g.Next = &w.Next
		}
		if w.Reply != "" && !w.Next.Before(g.said) {
			g.Reply, g.said = w.Reply, w.Next
		}
	}
	return groups
}

func waitingState(w *store.Waiting) string {
	if w.Paused {
		return heldForPause
	}
	return string(w.State)
}

func ageOf(w *store.Waiting) string {
	names := []string{"under 5 minutes", "under an hour", "under a day", "under a week"}
	if i := slices.Index(store.Ages(), w.Age); i >= 0 {
		return names[i]
	}
	return "a week or more"
}

func (q *queued) print(w io.Writer, zone *time.Location) {
	for _, h := range q.Holds {
		fmt.Fprintln(w, h.words(zone))
	}
	printAway(w, "", q.Away, zone)
	if q.Mails == 0 {
		fmt.Fprintln(w, "nothing waits")
		return
	}
	next := "nothing is due by itself"
	switch {
	case q.Next != nil && q.Next.After(q.now):
		next = "the next is due " + second(*q.Next, zone)
	case q.Next != nil:
		next = "some are due now"
	}
	fmt.Fprintf(w, "%s, the oldest of %s; %s\n", plural(q.Mails, "mail waits", "mails wait"), second(*q.Oldest, zone), next)
	for _, t := range []struct {
		heading string
		groups  []queueGroup
	}{{"STATE", q.States}, {"DOMAIN", q.Domains}, {"AGE", q.Ages}} {
		fmt.Fprintln(w)
		rows := make([][]string, len(t.groups))
		for i, g := range t.groups {
			rows[i] = []string{
				dash(g.Name), strconv.Itoa(g.Mails), strconv.Itoa(g.Letters), second(g.Oldest, zone), whenOf(nil, g.Next, zone),
				dash(shorten(g.Reply, 60)),
			}
		}
		table(w, t.heading+" MAILS LETTERS OLDEST NEXT REPLY", rows)
	}
}
