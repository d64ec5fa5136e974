package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/tidings/tidings/mailer"
	"github.com/tidings/tidings/store"
)

const (
	// relaysEvery is how often whoever sends looks how the mailer gets on with its relays.
	relaysEvery = time.Second
	// relaysAnew is how often it writes down that some are away, while they are.
	relaysAnew = store.AwayGood / 3
)

// noteRelays writes down which relays are left alone, for other processes to tell, until ctx ends.
func (h *house) noteRelays(ctx context.Context, m *mailer.Mailer) {
	noted, err := h.db.RelaysAway(ctx, time.Now()) // by the process before
	last := time.Now()
	note := func(ctx context.Context, away store.RelaysAway, now time.Time) {
		stale := len(away.Relays) > 0 && now.Sub(last) >= relaysAnew
		if err == nil && !stale && slices.Equal(away.Relays, noted.Relays) {
			return
		}
		if err = h.db.NoteRelaysAway(ctx, now, away); err == nil { // else again: it is only a note
			noted, last = away, now
		}
	}
	for ctx.Err() == nil {
		note(ctx, awayOf(m.Relays()), time.Now())
		rest(ctx, relaysEvery)
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), relaysEvery)
	defer cancel()
	note(grace, store.RelaysAway{}, time.Now()) // nobody leaves them alone any more
}

// awayOf are the relays that are left alone.
func awayOf(standings []mailer.Standing) (away store.RelaysAway) {
	for i := range standings {
		if s := &standings[i]; !s.Troubled.IsZero() {
			away.Relays = append(away.Relays, store.RelayAway{
				Relay: s.Relay, Since: s.Troubled.UTC().Truncate(time.Millisecond), Until: s.Until.UTC().Truncate(time.Millisecond), Why: s.Why,
			})
		}
	}
	away.All = len(away.Relays) == len(standings)
	return away
}

// relaysAway are those that whoever sends leaves alone, until a time that is to come; nil: it leaves none.
func (h *house) relaysAway(ctx context.Context, now time.Time) (*store.RelaysAway, error) {
	away, err := h.db.RelaysAway(ctx, now)
	if err != nil || len(away.Relays) == 0 {
		return nil, err
	}
	for i := range away.Relays {
		if r := &away.Relays[i]; !r.Until.After(now) {
			r.Until = time.Time{} // nobody was there to ask it since
		}
	}
	return &away, nil
}

// printAway says which relays are left alone, and what that means for what waits.
func printAway(w io.Writer, indent string, away *store.RelaysAway, zone *time.Location) {
	if away == nil {
		return
	}
	then := "mails go by the others"
	if away.All {
		then = "mails wait, and what is due is decided when it is back"
	}
	for _, r := range away.Relays {
		why := ""
		if r.Why != "" {
			why = ": " + r.Why
		}
		again := "at " + second(r.Until, zone)
		if r.Until.IsZero() {
			again = "by the next mail for it, or soon without one"
		}
		fmt.Fprintf(w, "%sthe relay %s is left alone since %s, and asked again %s; %s%s\n",
			indent, r.Relay, stamp(r.Since, zone), again, then, why)
	}
}
