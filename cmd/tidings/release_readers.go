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
		{store.FateReturned, "were sent it, and the mail came back"},
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
		{store.FateCancelled, "did not get it: the run was cancelled"},
		{store.FateVetoed, "did not get it: the press office dropped it from the run"},
		{store.FatePulled, "did not get it: it was withdrawn before their mail was sent"},
		{store.FateFailed, "could not be reached"},
		{store.FateDropped, "had left, or must not be written to, before their mail was sent"},
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
