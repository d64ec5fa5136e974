package tidings

import (
	"strings"
	"time"
)

// Quiet is a stretch of each day, in local time. The zero value is none.
type Quiet struct {
	from, to int // minutes of the day; to is that of the next day where it is not behind from
}

// ParseQuiet reads a stretch such as 22:00-07:00. An empty text is none. What is wrong is an *InvalidError.
func ParseQuiet(text string) (Quiet, error) {
	if text == "" {
		return Quiet{}, nil
	}
	begin, end, _ := strings.Cut(text, "-")
	from, fromErr := time.Parse("15:04", begin)
	to, toErr := time.Parse("15:04", end)
	switch {
	case fromErr != nil || toErr != nil || len(begin) != 5 || len(end) != 5:
		return Quiet{}, Invalidf("quiet hours", `must be from and to, such as "22:00-07:00"`)
	case from.Equal(to):
		return Quiet{}, Invalidf("quiet hours", "must end at another time than they begin")
	}
	return Quiet{from: from.Hour()*60 + from.Minute(), to: to.Hour()*60 + to.Minute()}, nil
}

// Over is when it is quiet no more: t itself, when it isn't quiet then. The day's clocks change as for a Schedule: each stretch lasts from
// one instant to another, also where a time of day comes twice.
func (q Quiet) Over(t time.Time, zone *time.Location) time.Time {
	if q == (Quiet{}) {
		return t
	}
	last := q.to
	if q.to <= q.from {
		last += minutesOfDay
	}
	// Where the clocks go back over midnight, tomorrow has begun once already.
	today := wall(t, zone).Truncate(24 * time.Hour)
	for _, day := range [3]time.Time{today.AddDate(0, 0, -1), today, today.AddDate(0, 0, 1)} {
		begin, end := instant(atMinute(day, q.from), zone), instant(atMinute(day, last), zone)
		if !t.Before(begin) && t.Before(end) {
			return end
		}
	}
	return t
}

// Holds reports whether it is quiet at t.
func (q Quiet) Holds(t time.Time, zone *time.Location) bool { return q.Over(t, zone).After(t) }
