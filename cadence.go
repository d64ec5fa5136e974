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
// only says how often the mailer looks.
func (c Cadence) Due(after, now time.Time, zone *time.Location, hour int) (time.Time, bool) {
	if c.Name == Immediate {
		return now, now.After(after)
	}
	s := c.Schedule
	if hour != AnyHour {
		s = s.AtHour(hour)
	}
	return s.Last(after, now, zone)
}
