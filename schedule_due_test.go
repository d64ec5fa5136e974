package tidings_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	_ "time/tzdata" // the tests must not depend on the machine's zones
)

func zone(tb testing.TB, name string) *time.Location {
	tb.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		tb.Fatal(err)
	}
	return z
}

func TestScheduleKeepsToTheClocksOfTheZone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ promise, zone, spec, after, want, then string }{
		{
			"a plain morning", "Asia/Seoul", "0 7 * * *",
			"2025-03-16T22:00:00Z", "2025-03-17T22:00:00Z", "2025-03-18T22:00:00Z",
		},
		{
			"02:30 in the gap from 02:00 to 03:00", "America/New_York", "30 2 * * *",
			"2025-03-08T12:00:00Z", "2025-03-09T07:00:00Z", "2025-03-10T06:30:00Z",
		},
		{
			"01:30 twice", "America/New_York", "30 1 * * *",
			"2025-11-01T12:00:00Z", "2025-11-02T05:30:00Z", "2025-11-03T06:30:00Z",
		},
		{
			"the end of the gap is due itself: once", "America/New_York", "0,30 2-3 * * *",
			"2025-03-09T06:59:00Z", "2025-03-09T07:00:00Z", "2025-03-09T07:30:00Z",
		},
		{
			"midnight in the gap", "America/Santiago", "0 0 * * *",
			"2025-09-06T12:00:00Z", "2025-09-07T04:00:00Z", "2025-09-08T03:00:00Z",
		},
		{
			"23:30 twice, before midnight", "America/Santiago", "30 23 * * *",
			"2025-04-05T12:00:00Z", "2025-04-06T02:30:00Z", "2025-04-07T03:30:00Z",
		},
		{
			"midnight in the gap, on a Friday", "Africa/Cairo", "0 0 * * fri",
			"2025-04-20T12:00:00Z", "2025-04-24T22:00:00Z", "2025-05-01T21:00:00Z",
		},
		{
			"a gap of half an hour", "Australia/Lord_Howe", "15 2 * * *",
			"2025-10-04T12:00:00Z", "2025-10-04T15:30:00Z", "2025-10-05T15:15:00Z",
		},
		{
			"half an hour twice", "Australia/Lord_Howe", "45 1 * * *",
			"2025-04-05T12:00:00Z", "2025-04-05T14:45:00Z", "2025-04-06T15:15:00Z",
		},
		{
			"midnight comes, and a minute later it is yesterday again", "America/St_Johns", "0 0 * * *",
			"2010-11-06T12:00:00Z", "2010-11-07T02:30:00Z", "2010-11-08T03:30:00Z",
		},
		{
			"a day that was left out", "Pacific/Apia", "0 9 30 12 *",
			"2011-12-01T00:00:00Z", "2011-12-30T10:00:00Z", "2012-12-29T19:00:00Z",
		},
	} {
		s, z := schedule(t, c.spec), zone(t, c.zone)
		next := s.Next(instantOf(t, c.after), z)
		then := s.Next(next, z)
		if !next.Equal(instantOf(t, c.want)) || !then.Equal(instantOf(t, c.then)) {
			t.Errorf("%s: due at %s and %s, want %s and %s", c.promise, next.UTC(), then.UTC(), c.want, c.then)
		}
		if next.Location() != z {
			t.Errorf("%s: due in the zone %s", c.promise, next.Location())
		}
		for _, until := range []time.Time{next, next.Add(15 * time.Minute), then.Add(-1)} {
			if last, ok := s.Last(instantOf(t, c.after), until, z); !ok || !last.Equal(next) {
				t.Errorf("%s: last due at %s (%v) by %s, want %s", c.promise, last.UTC(), ok, until.UTC(), c.want)
			}
		}
		if last, ok := s.Last(next, then.Add(-1), z); ok {
			t.Errorf("%s: due again at %s", c.promise, last.UTC())
		}
	}
}

func instantOf(tb testing.TB, s string) time.Time {
	tb.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		tb.Fatal(err)
	}
	return at
}

func TestScheduleLastOfNothingIsNone(t *testing.T) {
	t.Parallel()
	s, noon := schedule(t, "0 12 * * *"), time.Date(2025, 3, 17, 12, 0, 0, 0, time.UTC)
	for _, span := range [][2]time.Time{{noon, noon}, {noon, noon.Add(-48 * time.Hour)}, {noon, noon.Add(24*time.Hour - 1)}} {
		if last, ok := s.Last(span[0], span[1], time.UTC); ok {
			t.Errorf("due at %s in %s", last, span)
		}
	}
}

func TestScheduleLastFindsTheNewestOfManyYears(t *testing.T) {
	t.Parallel()
	want := time.Date(2025, 3, 1, 7, 0, 0, 0, time.UTC)
	if last, ok := schedule(t, "0 7 1 * *").Last(time.Time{}, want.AddDate(0, 0, 20), time.UTC); !ok || !last.Equal(want) {
		t.Errorf("due at %s (%v), want %s", last, ok, want)
	}
}

// rule is a spec and the wall times that it means, said another way.
type rule struct {
	spec string
	fits func(wall time.Time) bool
}

func rules() []rule {
	return []rule{
		{"0 9 * * *", func(w time.Time) bool { return w.Hour() == 9 && w.Minute() == 0 }},
		{"0 0 * * *", func(w time.Time) bool { return w.Hour() == 0 && w.Minute() == 0 }},
		{"10,30,50 0-3,23 * * *", func(w time.Time) bool { return (w.Hour() <= 3 || w.Hour() == 23) && w.Minute()%20 == 10 }},
		{"30 2 * * sun", func(w time.Time) bool { return w.Weekday() == time.Sunday && w.Hour() == 2 && w.Minute() == 30 }},
		{"0 7 1 * *", func(w time.Time) bool { return w.Day() == 1 && w.Hour() == 7 && w.Minute() == 0 }},
		{"15 0 30 * fri", func(w time.Time) bool {
			return (w.Weekday() == time.Friday || w.Day() == 30) && w.Hour() == 0 && w.Minute() == 15
		}},
	}
}

// TestScheduleAgreesWithAYearOfMinutes walks a year minute by minute and looks at the clock: a wall time is due when the
// clock shows it for the first time, and what the clock jumps over is due when it has jumped.
func TestScheduleAgreesWithAYearOfMinutes(t *testing.T) {
	t.Parallel()
	for name, year := range map[string]int{
		"Asia/Seoul": 2025, "America/New_York": 2024, "America/Santiago": 2025, "Africa/Cairo": 2025,
		"Australia/Lord_Howe": 2025, "America/St_Johns": 2010, "Pacific/Apia": 2011,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			z := zone(t, name)
			start := time.Date(year, 1, 1, 0, 0, 0, 0, z)
			end := start.AddDate(1, 0, 0)
			want := walk(start, end, z)
			for i, r := range rules() {
				s := schedule(t, r.spec)
				var got []time.Time
				for at := s.Next(start, z); at.Before(end); at = s.Next(at, z) {
					got = append(got, at)
				}
				if !slices.EqualFunc(got, want[i], time.Time.Equal) {
					t.Errorf("%q: due %d times, want %d", r.spec, len(got), len(want[i]))
				}
				rng := rand.New(rand.NewPCG(5, uint64(i)))
				for range 300 {
					after := start.Add(randomDuration(rng, end.Sub(start)-72*time.Hour))
					until := after.Add(randomDuration(rng, 72*time.Hour))
					passed, _ := slices.BinarySearchFunc(want[i], until.Add(1), time.Time.Compare)
					expected := passed > 0 && want[i][passed-1].After(after)
					if last, ok := s.Last(after, until, z); ok != expected || ok && !last.Equal(want[i][passed-1]) {
						t.Errorf("%q: last due at %s (%v) in (%s, %s]", r.spec, last, ok, after, until)
					}
				}
			}
		})
	}
}

func randomDuration(rng *rand.Rand, below time.Duration) time.Duration {
	return time.Duration(rng.Int64N(int64(below)))
}

// walk gives the due instants of each rule in (start, end).
func walk(start, end time.Time, z *time.Location) [][]time.Time {
	due := make([][]time.Time, len(rules()))
	newest := clock(start, z) // the latest that the clock has shown
	for at := start.Add(time.Minute); at.Before(end); at = at.Add(time.Minute) {
		for now := clock(at, z); newest.Before(now); {
			newest = newest.Add(time.Minute)
			for i, r := range rules() {
				if r.fits(newest) && (len(due[i]) == 0 || !due[i][len(due[i])-1].Equal(at)) {
					due[i] = append(due[i], at)
				}
			}
		}
	}
	return due
}

// clock is the wall time at an instant, as if it were UTC.
func clock(at time.Time, z *time.Location) time.Time {
	l := at.In(z)
	return time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), l.Minute(), 0, 0, time.UTC)
}
