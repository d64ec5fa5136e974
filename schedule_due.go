package tidings

import (
	"sort"
	"time"
)

// A schedule's wall times become instants so: a time that does not exist, because the clocks go forward, means the
// first instant after the gap; one that happens twice, because they go back, means the first. Every wall time has
// therefore one instant, and a later one never an earlier instant: what Next and Last search by.

// minutesOfDay is how many wall times a day has.
const minutesOfDay = 24 * 60

// Next is the first due time after the instant, in the zone; the zero Time for the zero Schedule.
func (s Schedule) Next(after time.Time, zone *time.Location) time.Time {
	if s.spec == "" {
		return time.Time{}
	}
	for day := wall(after, zone).Truncate(24 * time.Hour); ; day = day.AddDate(0, 0, 1) {
		if !s.hasDay(day) {
			continue
		}
		if m := s.minuteFrom(passed(day, after, zone)); m < minutesOfDay {
			return instant(atMinute(day, m), zone)
		}
	}
}

// Last is the newest due time in (after, until], in the zone, if there is one. It walks back from until, so that an
// after of years ago costs nothing.
func (s Schedule) Last(after, until time.Time, zone *time.Location) (time.Time, bool) {
	if s.spec == "" || !after.Before(until) {
		return time.Time{}, false
	}
	// Where the clocks go back over midnight, tomorrow has begun once already.
	day := wall(until, zone).Truncate(24*time.Hour).AddDate(0, 0, 1)
	for oldest := wall(after, zone).Truncate(24 * time.Hour); !day.Before(oldest); day = day.AddDate(0, 0, -1) {
		if !s.hasDay(day) {
			continue
		}
		if m := s.minuteBefore(passed(day, until, zone)); m >= 0 {
			due := instant(atMinute(day, m), zone)
			return due, due.After(after)
		}
	}
	return time.Time{}, false
}

// hasDay reports whether the day is one of the schedule's.
func (s Schedule) hasDay(day time.Time) bool {
	if s.month&(1<<day.Month()) == 0 {
		return false
	}
	fits := s.day&(1<<day.Day()) != 0
	fitsWeekday := s.weekday&(1<<day.Weekday()) != 0
	if s.anyDay || s.anyWeekday {
		return fits && fitsWeekday
	}
	return fits || fitsWeekday // cron's rule, and POSIX's
}

// minuteFrom is the first due minute of a day from m on, or minutesOfDay.
func (s Schedule) minuteFrom(m int) int {
	for ; m < minutesOfDay && !s.hasMinute(m); m++ {
	}
	return m
}

// minuteBefore is the last due minute of a day before m, or -1.
func (s Schedule) minuteBefore(m int) int {
	for m--; m >= 0 && !s.hasMinute(m); m-- {
	}
	return m
}

func (s Schedule) hasMinute(m int) bool {
	return s.hour&(1<<(m/60)) != 0 && s.minute&(1<<(m%60)) != 0
}

// passed is how many of a day's wall times have come by the instant t.
func passed(day, t time.Time, zone *time.Location) int {
	return sort.Search(minutesOfDay, func(m int) bool { return instant(atMinute(day, m), zone).After(t) })
}

// wall is what the clocks of the zone show at t, written as if it were UTC.
func wall(t time.Time, zone *time.Location) time.Time {
	return t.UTC().Add(offset(t, zone))
}

// atMinute is the wall time of a day, m minutes after its midnight.
func atMinute(day time.Time, m int) time.Time { return day.Add(time.Duration(m) * time.Minute) }

// instant is when the clocks of the zone show w, by the rules above. It looks a day to either side, and takes it that
// no zone changes its clocks twice within two days.
func instant(w time.Time, zone *time.Location) time.Time {
	const day = 24 * time.Hour // every offset from UTC is less
	early, late := w.Add(-day), w.Add(day)
	before := offset(early, zone)
	for _, o := range [2]time.Duration{before, offset(late, zone)} {
		if t := w.Add(-o); wall(t, zone).Equal(w) {
			return t.In(zone)
		}
	}
	// No clock shows w: the change is the first instant with another offset.
	seconds := sort.Search(int(late.Sub(early)/time.Second), func(n int) bool {
		return offset(early.Add(time.Duration(n)*time.Second), zone) != before
	})
	return early.Add(time.Duration(seconds) * time.Second).In(zone)
}

// offset is how far the clocks of the zone are ahead of UTC at t.
func offset(t time.Time, zone *time.Location) time.Duration {
	_, seconds := t.In(zone).Zone()
	return time.Duration(seconds) * time.Second
}
