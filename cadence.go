package tidings

import "time"

// The names of the cadences, fastest first. Their schedules come from the configuration.
const (
	Immediate = "immediate"
	Daily     = "daily"
	Weekly    = "weekly"
	Monthly   = "monthly"
)

// Cadence is how often a subscriber wants mail: a schedule of local times with a name.
type Cadence struct {
	Name     string
	Schedule Schedule
	Latest   time.Duration // a due time is not made up for later than that; 0: however late
	Quiet    Quiet         // no run is opened in these hours, in its slot's zone; it is when they are over
	Veto     time.Duration // for how long a run waits for the press office before it goes
}

// Cadences are the cadences in use, fastest first.
type Cadences []Cadence

// Find gives the cadence of that name.
func (cs Cadences) Find(name string) (Cadence, bool) {
	for _, c := range cs {
		if c.Name == name {
			return c, true
		}
	}
	return Cadence{}, false
}

// Faster reports whether a comes before b. An unknown name is slower than every known one.
func (cs Cadences) Faster(a, b string) bool { return cs.rank(a) < cs.rank(b) }

func (cs Cadences) rank(name string) int {
	for i, c := range cs {
		if c.Name == name {
			return i
		}
	}
	return len(cs)
}

// Due is the newest due time of the cadence in (after, now], for a subscriber in the zone who asked for the hour (or
// AnyHour). Several missed times make one: the newest. Immediate is due at once, at now itself: its schedule
// only says how often the mailer looks. Nothing is due in quiet hours. A due time that is too late to be made up for is
// passed over: what it would have brought is left to the next one.
func (c Cadence) Due(after, now time.Time, zone *time.Location, hour int) (time.Time, bool) {
	if c.Quiet.Holds(now, zone) {
		return time.Time{}, false
	}
	if c.Name == Immediate {
		return now, now.After(after)
	}
	at, ok := c.Schedule.AtHour(hour).Last(after, now, zone)
	if !ok || c.tooLate(at, now, zone) {
		return time.Time{}, false
	}
	return at, true
}

// PassedOver is the newest due time of the cadence in (after, now], if it is too late to make up for it: see Due.
func (c Cadence) PassedOver(after, now time.Time, zone *time.Location, hour int) (time.Time, bool) {
	at, ok := c.Schedule.AtHour(hour).Last(after, now, zone)
	return at, ok && c.Name != Immediate && c.tooLate(at, now, zone)
}

func (c Cadence) tooLate(due, now time.Time, zone *time.Location) bool {
	return c.Latest > 0 && now.Sub(c.Quiet.Over(due, zone)) > c.Latest
}

// Next is when a run that takes what is public at the instant from is opened: the first that is, then or later, for a due time after
// the instant after, with none missed. It is zero for the zero Schedule.
func (c Cadence) Next(after, from time.Time, zone *time.Location, hour int) time.Time {
	if c.Name == Immediate {
		return c.Quiet.Over(from, zone)
	}
	const longest = 48 * time.Hour // more than any night lasts: what came due in one is opened at its end
	due := from.Add(-longest)
	if after.After(due) {
		due = after
	}
	for {
		due = c.Schedule.AtHour(hour).Next(due, zone)
		if opened := c.Quiet.Over(due, zone); due.IsZero() || !opened.Before(from) {
			return opened
		}
	}
}
