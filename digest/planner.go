package digest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tidings/tidings"
)

// Ledger is where runs are kept.
type Ledger interface {
	// Standings are the slots that have subscriptions of active subscribers, or a run that was cut off, and how far they had come by now.
	Standings(ctx context.Context, now time.Time) ([]tidings.Standing, error)
	// NewestSeq is the newest publication number.
	NewestSeq(ctx context.Context) (int64, error)
	// Topics are all topics, in their order.
	Topics(ctx context.Context) ([]tidings.Topic, error)
	// ResumeDue makes the subscribers whose pause ends at or before now active again.
	ResumeDue(ctx context.Context, now time.Time) (int, error)
	// OpenRun freezes the newest number, calls decide for the slot's cohorts, some at a time, and writes the run with all that follows
	// from it. Entries that decide gave are not looked at once it is called again. It reports false, and changes nothing, when the slot
	// has run at this due time already. A run that was cut off on the way it goes on with instead.
	OpenRun(ctx context.Context, run *tidings.Run, decide func([]tidings.Cohort, []tidings.Candidate) ([]tidings.Decision, error)) (bool, error)
}

// Planner opens the runs that are due.
type Planner struct {
	Ledger   Ledger
	Cadences tidings.Cadences
	Site     *tidings.Site
}

// Plan opens a run for every slot that is due at now, the fastest cadence first, and gives the runs that it opened. A
// slot that fails, or a pause that does not end, keeps nobody else from their turn: all errors are joined. A slot whose
// cadence is not on offer is never due; see Orphans.
func (p *Planner) Plan(ctx context.Context, now time.Time) ([]tidings.Run, error) {
	_, paused := p.Ledger.ResumeDue(ctx, now)
	if paused != nil {
		paused = fmt.Errorf("ending pauses: %w", paused)
	}
	runs, err := p.open(ctx, now, tidings.ScheduledRun, p.due)
	return runs, errors.Join(paused, err)
}

// Due reports whether Plan would open a run at now.
func (p *Planner) Due(ctx context.Context, now time.Time) (bool, error) {
	runs, err := p.DueNow(ctx, now)
	if len(runs) > 0 {
		return true, nil
	}
	return false, err
}

// Orphans are the cadences, by name, that subscribers chose and that are on offer no more. Their subscriptions keep their
// place and get nothing until the cadence is back, or they are changed.
func (p *Planner) Orphans(ctx context.Context) ([]string, error) {
	standings, err := p.Ledger.Standings(ctx, time.Time{}) // which slots there are does not depend on the time
	if err != nil {
		return nil, fmt.Errorf("reading the slots: %w", err)
	}
	var names []string
	for _, st := range standings {
		if _, ok := p.Cadences.Find(st.Slot.Cadence); !ok && !st.Empty {
			names = append(names, st.Slot.Cadence)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// Force opens a run at now for every slot of the cadence, due or not.
func (p *Planner) Force(ctx context.Context, now time.Time, cadence string) ([]tidings.Run, error) {
	if _, ok := p.Cadences.Find(cadence); !ok {
		return nil, tidings.Invalidf("cadence", "there is no cadence %q", cadence)
	}
	return p.open(ctx, now, tidings.ForcedRun, func(st tidings.Standing, _ int64, now time.Time) (time.Time, bool, error) {
		return now, st.Slot.Cadence == cadence, nil
	})
}

// dueFunc says whether, and for which due time, a slot runs at now.
type dueFunc func(st tidings.Standing, newest int64, now time.Time) (time.Time, bool, error)

func (p *Planner) open(ctx context.Context, now time.Time, kind tidings.RunKind, due dueFunc) (opened []tidings.Run, err error) {
	runs, err := p.runs(ctx, now, kind, due)
	faults := []error{err}
	for i := range runs {
		is, err := p.openOne(ctx, &runs[i])
		switch {
		case err != nil:
			faults = append(faults, ofSlot(runs[i].Slot, err))
		case is:
			opened = append(opened, runs[i])
		}
	}
	return opened, errors.Join(faults...)
}

// runs are those to be opened at now, the fastest cadence first; a slot of which that cannot be said keeps nobody else from their turn.
func (p *Planner) runs(ctx context.Context, now time.Time, kind tidings.RunKind, due dueFunc) (runs []tidings.Run, err error) {
	standings, err := p.Ledger.Standings(ctx, now)
	if err != nil {
		return nil, fmt.Errorf("reading the slots: %w", err)
	}
	newest, err := p.Ledger.NewestSeq(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the newest publication number: %w", err)
	}
	slices.SortStableFunc(standings, p.compare)
	var faults []error
	for _, st := range standings {
		at, is, err := due(st, newest, now)
		switch {
		case err != nil:
			faults = append(faults, ofSlot(st.Slot, err))
		case is:
			runs = append(runs, tidings.Run{
				Slot: st.Slot, Kind: kind, Due: at, Created: now, Domain: p.Site.MailDomain, Goes: p.goes(st.Slot, kind, now),
			})
		}
	}
	return runs, errors.Join(faults...)
}

func ofSlot(s tidings.Slot, err error) error {
	return fmt.Errorf("slot %s %s: %w", s.Cadence, s.Zone, err)
}

// compare puts the faster cadence first, so that of two subscriptions due together the faster one takes the release.
func (p *Planner) compare(a, b tidings.Standing) int {
	switch {
	case p.Cadences.Faster(a.Slot.Cadence, b.Slot.Cadence):
		return -1
	case p.Cadences.Faster(b.Slot.Cadence, a.Slot.Cadence):
		return 1
	}
	return cmp.Or(cmp.Compare(a.Slot.Zone, b.Slot.Zone), cmp.Compare(a.Slot.Hour, b.Slot.Hour))
}

func (p *Planner) due(st tidings.Standing, newest int64, now time.Time) (time.Time, bool, error) {
	c, ok := p.Cadences.Find(st.Slot.Cadence)
	if !ok {
		return time.Time{}, false, nil
	}
	zone, err := p.zoneOf(st.Slot)
	if err != nil {
		return time.Time{}, false, err
	}
	if run := &st.CutOff; run.ID != 0 {
		// It was begun in time, so it is not too late. Nobody is written to at night but for who asked for that.
		return run.Due, run.Kind == tidings.ForcedRun || !c.Quiet.Holds(now, zone), nil
	}
	if c.Name == tidings.Immediate {
		// A run of its own for every tick would fill the table: it is due when there is something to settle.
		return now, newest > st.Position && !c.Quiet.Holds(now, zone), nil
	}
	at, is := c.Due(st.After, now, zone, st.Slot.Hour)
	return at, is, nil
}

// goes is when a run that is opened at now may be sent: a person who forced one wants it at once.
func (p *Planner) goes(slot tidings.Slot, kind tidings.RunKind, now time.Time) time.Time {
	c, _ := p.Cadences.Find(slot.Cadence)
	zone, err := p.zoneOf(slot)
	if c.Veto == 0 || kind != tidings.ScheduledRun || err != nil {
		return time.Time{}
	}
	return c.Quiet.Over(now.Add(c.Veto), zone)
}

// zoneOf is the zone whose clocks count for a slot: the site's, for the one that has none.
func (p *Planner) zoneOf(slot tidings.Slot) (*time.Location, error) {
	if slot.Cadence == tidings.Immediate {
		return p.Site.Zone, nil
	}
	zone, err := time.LoadLocation(slot.Zone)
	if err != nil {
		return nil, tidings.Invalidf("time zone", "%q is unknown here: %v", slot.Zone, err)
	}
	return zone, nil
}

func (p *Planner) openOne(ctx context.Context, run *tidings.Run) (bool, error) {
	topics, err := p.Ledger.Topics(ctx)
	if err != nil {
		return false, fmt.Errorf("reading the topics: %w", err)
	}
	rules := p.rules(topics)
	var m *matcher
	var of []tidings.Candidate
	return p.Ledger.OpenRun(ctx, run, func(cohorts []tidings.Cohort, candidates []tidings.Candidate) ([]tidings.Decision, error) {
		if m == nil || len(of) != len(candidates) || len(of) > 0 && &of[0] != &candidates[0] {
			m, of = rules.matcher(candidates), candidates
		}
		return rules.decideAll(m, run.Slot.Cadence, run.UpTo, cohorts), nil
	})
}

func (p *Planner) rules(topics []tidings.Topic) Rules {
	return Rules{Cadences: p.Cadences, Topics: topics, Zone: p.Site.Zone, Language: p.Site.Language}
}
