package digest

import (
	"context"
	"fmt"
	"time"

	"github.com/tidings/tidings"
)

// Next is when the slot's next run is due that takes what is public at the instant from: now, when one is due already. It
// is zero for a cadence that is not on offer.
func (p *Planner) Next(st tidings.Standing, now, from time.Time) (time.Time, error) {
	c, ok := p.Cadences.Find(st.Slot.Cadence)
	if !ok {
		return time.Time{}, nil
	}
	start := now
	if from.After(now) {
		start = from.Add(-1) // a run at that very instant takes it: what is due goes public first
	}
	if c.Name == tidings.Immediate {
		return latest(now, from), nil
	}
	zone, err := time.LoadLocation(st.Slot.Zone)
	if err != nil {
		return time.Time{}, tidings.Invalidf("time zone", "%q is unknown here: %v", st.Slot.Zone, err)
	}
	if _, due := c.Due(st.After, now, zone, st.Slot.Hour); due && !from.After(now) {
		return now, nil
	}
	return c.Schedule.AtHour(st.Slot.Hour).Next(start, zone), nil
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// DueNow are the runs that Plan would open at now, without a number. It opens none.
func (p *Planner) DueNow(ctx context.Context, now time.Time) ([]tidings.Run, error) {
	standings, err := p.Ledger.Standings(ctx, now)
	if err != nil {
		return nil, fmt.Errorf("reading the slots: %w", err)
	}
	newest, err := p.Ledger.NewestSeq(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the newest publication number: %w", err)
	}
	var runs []tidings.Run
	for _, st := range standings {
		at, is, err := p.due(st, newest, now)
		if err != nil {
			return nil, fmt.Errorf("slot %s %s: %w", st.Slot.Cadence, st.Slot.Zone, err)
		}
		if is {
			runs = append(runs, tidings.Run{Slot: st.Slot, Kind: tidings.ScheduledRun, Due: at, UpTo: newest, Domain: p.Site.MailDomain})
		}
	}
	return runs, nil
}
