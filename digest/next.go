package digest

import (
	"context"
	"time"

	"github.com/tidings/tidings"
)

// Next is when the slot's next run is opened that takes what is public at the instant from: now, when one is due already and it is
// not quiet. It is zero for a cadence that is not on offer, and where nobody is in the slot.
func (p *Planner) Next(st tidings.Standing, now, from time.Time) (time.Time, error) {
	c, ok := p.Cadences.Find(st.Slot.Cadence)
	if !ok || st.Empty {
		return time.Time{}, nil
	}
	zone, err := p.zoneOf(st.Slot)
	if err != nil {
		return time.Time{}, err
	}
	if !from.After(now) {
		from = now
	}
	if c.Name == tidings.Immediate {
		return c.Next(st.After, from, zone, st.Slot.Hour), nil
	}
	ready := c.Quiet.Over(now, zone)
	if _, due := c.Due(st.After, ready, zone, st.Slot.Hour); due && !from.After(ready) {
		return ready, nil
	}
	if from.Equal(now) {
		from = now.Add(1) // what came due until now has been run
	}
	return c.Next(st.After, from, zone, st.Slot.Hour), nil
}

// DueNow are the runs that Plan would open at now, without a number. It opens none.
func (p *Planner) DueNow(ctx context.Context, now time.Time) ([]tidings.Run, error) {
	return p.runs(ctx, now, tidings.ScheduledRun, p.due)
}

// PassedOver are the runs that would be due at now, were it not too late for them. Nothing opens them: the next ones bring what they would have.
func (p *Planner) PassedOver(ctx context.Context, now time.Time) ([]tidings.Run, error) {
	return p.runs(ctx, now, tidings.ScheduledRun, func(st tidings.Standing, _ int64, now time.Time) (time.Time, bool, error) {
		c, ok := p.Cadences.Find(st.Slot.Cadence)
		zone, err := p.zoneOf(st.Slot)
		if !ok || err != nil || st.CutOff.ID != 0 { // that one goes first
			return time.Time{}, false, nil //nolint:nilerr // Plan says what is wrong with it
		}
		at, is := c.PassedOver(st.After, now, zone, st.Slot.Hour)
		return at, is, nil
	})
}
