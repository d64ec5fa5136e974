package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
)

// cadenceReader is how a release stands with the readers of one cadence.
type cadenceReader struct {
	Cadence  string         `json:"cadence"`
	Matching int            `json:"matching"`       // whose filter matches it
	Next     *time.Time     `json:"next,omitempty"` // when the first digest is due that would have it
	Fates    map[string]int `json:"fates"`          // by what becomes of it for them
}

// readership asks what becomes of a release for all readers, the fastest cadence first.
func (h *house) readership(ctx context.Context, r *tidings.Release, now time.Time) (all []cadenceReader, archived bool, err error) {
	shares, err := h.db.Audience(ctx, r, h.matcher(r), h.cadences, 0)
	if err != nil {
		return nil, false, err
	}
	all = []cadenceReader{}
	for _, s := range shares {
		i := slices.IndexFunc(all, func(c cadenceReader) bool { return c.Cadence == s.Cadence })
		if i < 0 {
			next, err := h.nextDigest(ctx, s.Cadence, r, now)
			if err != nil {
				return nil, false, err
			}
			i, all = len(all), append(all, cadenceReader{Cadence: s.Cadence, Next: next, Fates: map[string]int{}})
		}
		all[i].Matching += s.Matching
		all[i].Fates[string(s.Fate)] += s.Subscribers
		archived = archived || s.Fate == store.FateArchived
	}
	slices.SortStableFunc(all, func(a, b cadenceReader) int {
		switch {
		case h.cadences.Faster(a.Cadence, b.Cadence):
			return -1
		case h.cadences.Faster(b.Cadence, a.Cadence):
			return 1
		}
		return 0
	})
	return all, archived, nil
}

// matcher says of filters whether they match the release as it is now.
func (h *house) matcher(r *tidings.Release) func(tidings.Filter) bool {
	doc := tidings.NewDoc(r, h.site.Zone)
	return func(f tidings.Filter) bool { return f.MatchDoc(doc) }
}

// nextDigest is when the first run of a cadence is due that would take the release, in whichever zone.
func (h *house) nextDigest(ctx context.Context, cadence string, r *tidings.Release, now time.Time) (*time.Time, error) {
	standings, err := h.db.Standings(ctx, now)
	if err != nil {
		return nil, err
	}
	var first *time.Time
	for _, st := range standings {
		if st.Slot.Cadence != cadence {
			continue
		}
		at, err := h.planner().Next(st, now, publicFrom(r))
		if err != nil {
			return nil, err
		}
		if !at.IsZero() && (first == nil || at.Before(*first)) {
			first = &at
		}
	}
	return first, nil
}

// publicFrom is the instant until which a release waits; zero: it does not, or for nobody knows how long.
func publicFrom(r *tidings.Release) time.Time {
	if r.Status == tidings.Scheduled {
		return r.Published
	}
	return time.Time{}
}

// fates are the fates in the order in which people are told of them, and in their words.
func fates() []struct {
	fate  store.Fate
	words string
} {
	return []struct {
		fate  store.Fate
		words string
	}{
		{store.FateSent, "got it"},
		{store.FateWaiting, "have it in a mail that waits to be sent"},
		{store.FateDue, "will get it"},
		{store.FateFaster, "will get it with a faster digest of theirs"},
		{store.FateElsewhere, "have it from another digest of theirs"},
		{store.FatePaused, "paused, and get it when they are back"},
		{store.FateTranslation, "have it in another language"},
		{store.FateLate, "came after it was published"},
		{store.FateMismatch, "have a filter that does not match it"},
		{store.FateArchived, "match, but it came with an archive, which is never mailed"},
		{store.FateWithdrawn, "match, but it is withdrawn"},
		{store.FatePulled, "did not get it: it was withdrawn before their mail was sent"},
		{store.FateFailed, "could not be reached"},
		{store.FateDropped, "left before their mail was sent"},
		{store.FateUnconfirmed, "have not confirmed yet"},
		{store.FateLeft, "left"},
		{store.FateSuppressed, "must not be written to"},
	}
}

func printReaders(w io.Writer, e *explanation, zone *time.Location) {
	if len(e.Readers) == 0 {
		fmt.Fprint(w, "\nNobody has subscribed yet.\n")
		return
	}
	for _, c := range e.Readers {
		fmt.Fprintf(w, "\n%s: %s", c.Cadence, plural(c.Matching, "filter matches", "filters match"))
		if waits := c.Fates[string(store.FateDue)] + c.Fates[string(store.FatePaused)]; waits > 0 && c.Next != nil {
			fmt.Fprintf(w, "; the next digest is due %s", stamp(*c.Next, zone))
		}
		fmt.Fprintln(w)
		for _, f := range fates() {
			if n := c.Fates[string(f.fate)]; n > 0 {
				words := f.words
				if e.Visible == "nowhere" && f.fate == store.FateDue {
					words = "would get it, were it published now"
				}
				fmt.Fprintf(w, "  %8s  %s\n", strconv.Itoa(n), words)
			}
		}
	}
}

// personal is what becomes of a release for one subscriber.
type personal struct {
	Subscriber string           `json:"subscriber"`
	State      string           `json:"state"`
	Digests    []personalDigest `json:"digests"`
}

type personalDigest struct {
	Cadence string     `json:"cadence"`
	Filter  string     `json:"filter"`
	Fate    string     `json:"fate"`
	At      *time.Time `json:"at,omitempty"` // when they got it, or when the digest is due that brings it
}

// explainTo asks what becomes of a release for each digest of a subscriber.
func (h *house) explainTo(ctx context.Context, r *tidings.Release, address string, now time.Time) (*personal, error) {
	sub, err := h.db.Subscriber(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	shares, err := h.db.Audience(ctx, r, h.matcher(r), h.cadences, sub.ID)
	if err != nil {
		return nil, err
	}
	deliveries, err := h.db.DeliveriesOf(ctx, r.ID, sub.ID)
	if err != nil {
		return nil, err
	}
	p := &personal{Subscriber: sub.Address, State: string(sub.State), Digests: []personalDigest{}}
	for _, s := range sub.Subscriptions {
		d := personalDigest{Cadence: s.Cadence, Filter: s.Filter.String()}
		for _, share := range shares {
			if share.Cadence == s.Cadence {
				d.Fate = string(share.Fate)
			}
		}
		if d.At, err = h.instantOf(ctx, store.Fate(d.Fate), &s, r, deliveries, now); err != nil {
			return nil, err
		}
		p.Digests = append(p.Digests, d)
	}
	return p, nil
}

// instantOf is when a subscription got a release, or will get it.
func (h *house) instantOf(
	ctx context.Context, fate store.Fate, s *tidings.Subscription, r *tidings.Release, deliveries []tidings.Delivery, now time.Time,
) (*time.Time, error) {
	switch fate {
	case store.FateSent:
		for _, d := range slices.Backward(deliveries) {
			if d.Cadence == s.Cadence && d.State == tidings.DeliverySent {
				return &d.Settled, nil
			}
		}
	case store.FateDue:
		standings, err := h.db.Standings(ctx, now)
		if err != nil {
			return nil, err
		}
		for _, st := range standings {
			mine := st.Slot.Cadence == s.Cadence
			if s.Cadence != tidings.Immediate {
				mine = mine && st.Slot.Zone == s.Zone && st.Slot.Hour == s.Hour
			}
			if mine {
				at, err := h.planner().Next(st, now, publicFrom(r))
				return &at, err
			}
		}
	default:
	}
	return nil, nil //nolint:nilnil // there is no such instant
}

func (p *personal) print(w io.Writer, zone *time.Location) {
	fmt.Fprintf(w, "%s (%s)\n", p.Subscriber, p.State)
	for _, d := range p.Digests {
		fmt.Fprintf(w, "  %-10s %s\n", d.Cadence, d.words(zone))
	}
	if len(p.Digests) == 0 {
		fmt.Fprintln(w, "  has no subscription")
	}
}

// words tell one person's fate.
func (d *personalDigest) words(zone *time.Location) string {
	filter := d.Filter
	if filter == "" {
		filter = "all"
	}
	switch fate := store.Fate(d.Fate); fate {
	case store.FateSent:
		return fmt.Sprintf("got it on %s by the %s digest", stamp(*d.At, zone), d.Cadence)
	case store.FateDue:
		if d.At == nil {
			return "will get it, once its cadence is on offer again"
		}
		return fmt.Sprintf("will get it with the %s digest of %s", d.Cadence, stamp(*d.At, zone))
	case store.FateMismatch:
		return fmt.Sprintf("no: the filter %q does not match", filter)
	default:
		return personally()[fate]
	}
}

// personally are the other fates as told of one person.
func personally() map[store.Fate]string {
	return map[store.Fate]string{
		store.FateWaiting:     "not yet: it is in a mail that waits to be sent",
		store.FateFaster:      "no: a faster digest of theirs brings it",
		store.FateElsewhere:   "no: another digest of theirs has it",
		store.FatePaused:      "not yet: they paused, and get it when they are back",
		store.FateTranslation: "no: they have it in another language",
		store.FateLate:        "no: the subscription began after it was published",
		store.FateArchived:    "no: it came with an archive, which is never mailed",
		store.FateWithdrawn:   "no: it is withdrawn",
		store.FatePulled:      "no: it was withdrawn before the mail was sent",
		store.FateFailed:      "no: the mail could not be delivered",
		store.FateDropped:     "no: they left before the mail was sent",
		store.FateUnconfirmed: "no: they have not confirmed yet",
		store.FateLeft:        "no: they left",
		store.FateSuppressed:  "no: the address must not be written to",
	}
}
