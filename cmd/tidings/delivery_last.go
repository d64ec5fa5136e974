package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
)

// whereabouts is how an address stands, what it got last and what comes next.
type whereabouts struct {
	person
	Next    []nextLine   `json:"next"`
	Mails   []pastLine   `json:"mails"`
	Letters []letterLine `json:"letters"`
	Holds   []holdLine   `json:"holds,omitempty"` // over all digests

	Away *store.RelaysAway `json:"relays_away,omitempty"`
}

type nextLine struct {
	Cadence string     `json:"cadence"`
	Filter  string     `json:"filter"`
	Since   time.Time  `json:"since"`
	Due     *time.Time `json:"due,omitempty"` // nil: nothing is, as long as they or the cadence stay as they are
}

type pastLine struct {
	mailLine
	Titles   []string   `json:"titles"`   // of those releases that are public still
	Releases []pastWord `json:"releases"` // all of them
}

// pastWord is what a mail said of a release.
type pastWord struct {
	Title     string `json:"title"`
	Kind      string `json:"kind"`      // "new", "corrected" or "withdrawn"
	Withdrawn bool   `json:"withdrawn"` // the release is, now
}

func pastLineOf(m *tidings.PastMail) pastLine {
	line := pastLine{mailLine: mailOf(&m.Delivery), Titles: m.Titles, Releases: []pastWord{}}
	for _, e := range m.Said {
		line.Releases = append(line.Releases, pastWord{e.Title, cmp.Or(string(e.Kind), "new"), e.Gone})
	}
	return line
}

// about is what the mail was about, in a line.
func (l *pastLine) about() string {
	words := make([]string, len(l.Releases))
	for i, r := range l.Releases {
		words[i] = r.Title
		if r.Withdrawn && r.Kind != string(tidings.WithdrawnEntry) {
			words[i] += " (withdrawn)"
		}
		if r.Kind != "new" {
			words[i] = r.Kind + ": " + words[i]
		}
	}
	return strings.Join(words, "; ")
}

type letterLine struct {
	Letter  int64      `json:"letter"`
	Kind    string     `json:"kind"`
	State   string     `json:"state"`
	Date    time.Time  `json:"date"`
	Next    *time.Time `json:"next,omitempty"`
	Settled *time.Time `json:"settled,omitempty"`
	Reply   string     `json:"reply,omitempty"`
}

// lastMails gives what an address got last, and when something is due next.
func (h *house) lastMails(ctx context.Context, address string, now time.Time) (*whereabouts, error) {
	who, sub, trace, err := h.personOf(ctx, address, now)
	if err != nil {
		return nil, err
	}
	told := &whereabouts{person: who, Next: []nextLine{}, Mails: []pastLine{}, Letters: []letterLine{}}
	if told.Away, err = h.relaysAway(ctx, now); err != nil {
		return nil, err
	}
	for i := range trace.Letters {
		l := &trace.Letters[i]
		m := mailOf(l)
		told.Letters = append(told.Letters, letterLine{
			Letter: l.ID, Kind: string(l.Letter.Kind), State: m.State, Date: l.Date, Next: m.Next, Settled: m.Settled, Reply: m.Reply,
		})
	}
	if sub.ID == 0 {
		return told, nil
	}
	for i := range sub.Subscriptions {
		s := &sub.Subscriptions[i]
		line := nextLine{Cadence: s.Cadence, Filter: s.Filter.String(), Since: s.Created}
		if sub.State == tidings.Active {
			if line.Due, err = h.nextFor(ctx, s, now, time.Time{}); err != nil {
				return nil, err
			}
		}
		told.Next = append(told.Next, line)
	}
	mails, err := h.db.PastMails(ctx, sub.ID, time.Time{}, 10)
	if err != nil {
		return nil, err
	}
	for i := range mails {
		line := pastLineOf(&mails[i])
		if err := h.returned(ctx, &line.mailLine); err != nil {
			return nil, err
		}
		told.Mails = append(told.Mails, line)
	}
	holds, err := h.db.Holds(ctx)
	told.Holds = holdsOver(holds, 0)
	return told, err
}

func (t *whereabouts) print(w io.Writer, zone *time.Location) {
	t.person.print(w, zone)
	if t.Until != nil {
		fmt.Fprintf(w, "  paused until %s\n", stamp(*t.Until, zone))
	}
	for _, n := range t.Next {
		filter, due := n.Filter, "nothing is due"
		if filter == "" {
			filter = "every release"
		}
		switch {
		case n.Due != nil && n.Cadence == tidings.Immediate:
			due = "at once when something matches"
		case n.Due != nil:
			due = "the next is due " + stamp(*n.Due, zone)
		}
		fmt.Fprintf(w, "  %-10s %s; %s (since %s)\n", n.Cadence, filter, due, stamp(n.Since, zone))
	}
	for _, h := range t.Holds {
		fmt.Fprintf(w, "  %s\n", h.words(zone))
	}
	printAway(w, "  ", t.Away, zone)
	if len(t.Mails) > 0 {
		fmt.Fprintln(w)
		rows := make([][]string, len(t.Mails))
		for i, m := range t.Mails {
			state, when := m.State, whenOf(m.Settled, m.Next, zone)
			if m.State == string(tidings.DeliveryHeld) && m.Next != nil {
				state, when = heldForPause, "-"
			}
			rows[i] = []string{
				strconv.FormatInt(m.Run, 10), m.Cadence, stamp(m.Date, zone), state, when,
				dash(shorten(m.about(), 60)), dash(shorten(cmp.Or(strings.Join(m.returnedWords(zone), "; "), m.Reply), 60)),
			}
		}
		table(w, "RUN CADENCE DATE STATE SETTLED/NEXT RELEASES REPLY", rows)
		if t.disbelieves(&t.Mails[0].mailLine) {
			fmt.Fprintf(w, "  the last: %s\n", disbelieved(t.Subscriber))
		}
	}
	for i := range t.Mails {
		if m := &t.Mails[i]; m.State == string(tidings.DeliveryHeld) && m.Next == nil {
			fmt.Fprintf(w, "  run %d: %s\n", m.Run, m.waitWords(zone))
		}
	}
	if len(t.Letters) > 0 {
		fmt.Fprintln(w)
		rows := make([][]string, len(t.Letters))
		for i, l := range t.Letters {
			rows[i] = []string{l.Kind, stamp(l.Date, zone), l.State, whenOf(l.Settled, l.Next, zone), dash(shorten(l.Reply, 60))}
		}
		table(w, "LETTER DATE STATE SETTLED/NEXT REPLY", rows)
	}
	if len(t.Mails)+len(t.Letters) == 0 {
		fmt.Fprintln(w, "  has got no mail yet")
	}
}

// whenOf is when a mail came to its end, or else when it is tried next.
func whenOf(settled, next *time.Time, zone *time.Location) string {
	switch {
	case settled != nil:
		return stamp(*settled, zone)
	case next != nil:
		return stamp(*next, zone)
	}
	return "-"
}
