package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// returnedLine is what was said of a mail after it was sent.
type returnedLine struct {
	Kind       string    `json:"kind"` // bounce or complaint
	At         time.Time `json:"at"`
	Status     string    `json:"status,omitempty"`
	Diagnostic string    `json:"diagnostic,omitempty"`
	Suppressed bool      `json:"suppressed"` // the address was, for it
}

// returned notes what was said of a mail after it was sent; nil: there is none.
func (h *house) returned(ctx context.Context, m *mailLine) error {
	if m == nil || m.State != string(tidings.DeliverySent) {
		return nil
	}
	all, err := h.db.Returns(ctx, m.Delivery)
	for i := range all {
		r := &all[i]
		m.Returned = append(m.Returned, returnedLine{string(r.Kind), r.At, r.Status, r.Diagnostic, r.Suppressed})
	}
	return err
}

// cameBack reports whether a server said that it could not be delivered.
func (m *mailLine) cameBack() bool {
	return slices.ContainsFunc(m.Returned, func(r returnedLine) bool { return r.Kind == string(tidings.Bounced) })
}

// sentWords tell of a mail that was sent, and what came of it.
func (m *mailLine) sentWords(by string, zone *time.Location) []string {
	at, said := "-", m.returnedWords(zone)
	if m.Settled != nil {
		at = stamp(*m.Settled, zone)
	}
	if m.Counted > 0 {
		return append([]string{
			"sent on " + at + by + ", and not named there:",
			fmt.Sprintf("it had no room for it, and counted it among %d more", m.Counted),
		}, said...)
	}
	if m.cameBack() {
		return append([]string{"sent on " + at + by + ", and " + said[0]}, said[1:]...)
	}
	return append([]string{"got it on " + at + by}, said...)
}

func (m *mailLine) returnedWords(zone *time.Location) (words []string) {
	for _, r := range m.Returned {
		said := "came back on " + stamp(r.At, zone) + ": " + strings.TrimSpace(r.Status+" "+r.Diagnostic)
		if r.Kind == string(tidings.Complained) {
			said = "reported as unwanted on " + stamp(r.At, zone)
		}
		if r.Suppressed {
			said += " (the address is suppressed for it)"
		}
		words = append(words, said)
	}
	return words
}

// counted notes whether the mail only counts the release, since it has no room to name it: a long digest names the first ones. How many is
// known by composing it.
func (h *house) counted(ctx context.Context, m *mailLine, release int64) error {
	if m == nil || m.Settled != nil && m.State != string(tidings.DeliverySent) {
		return nil
	}
	edition, err := h.db.Edition(ctx, m.edition)
	if err != nil {
		return err
	}
	place := slices.IndexFunc(edition.Entries, func(e tidings.Entry) bool { return e.Release == release && e.Kind != tidings.WithdrawnEntry })
	if place < 1 { // the first has room, and what was withdrawn has gone
		return nil
	}
	form, err := h.compose(ctx, &edition)
	if err == nil && place >= len(edition.Entries)-form.Left() {
		m.Counted = form.Left()
	}
	return err
}
