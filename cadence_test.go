package tidings_test

import (
	"testing"
	"time"

	"github.com/tidings/tidings"
)

func cadences(tb testing.TB) tidings.Cadences {
	tb.Helper()
	return tidings.Cadences{
		{Name: tidings.Immediate, Schedule: schedule(tb, "*/5 * * * *")},
		{Name: tidings.Daily, Schedule: schedule(tb, "0 7 * * *")},
		{Name: tidings.Weekly, Schedule: schedule(tb, "30 7 * * mon")},
		{Name: tidings.Monthly, Schedule: schedule(tb, "0 7 1 * *")},
	}
}

func TestCadenceDue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		promise, cadence, zone string
		hour                   int
		after, now, want       string // want empty: not due
	}{
		{
			"at the schedule's hour, in the subscriber's zone", tidings.Daily, "Asia/Seoul", tidings.AnyHour,
			"2025-03-16T12:00:00Z", "2025-03-17T12:00:00Z", "2025-03-16T22:00:00Z",
		},
		{
			"at the subscriber's hour", tidings.Daily, "Asia/Seoul", 18,
			"2025-03-16T12:00:00Z", "2025-03-17T12:00:00Z", "2025-03-17T09:00:00Z",
		},
		{
			"midnight is an hour", tidings.Daily, "UTC", 0,
			"2025-03-16T12:00:00Z", "2025-03-17T12:00:00Z", "2025-03-17T00:00:00Z",
		},
		{
			"the subscriber's hour keeps the weekday and the minute", tidings.Weekly, "UTC", 18,
			"2025-03-16T12:00:00Z", "2025-03-20T12:00:00Z", "2025-03-17T18:30:00Z",
		},
		{
			"not again at the same time", tidings.Daily, "UTC", tidings.AnyHour,
			"2025-03-17T07:00:00Z", "2025-03-17T12:00:00Z", "",
		},
		{
			"on the dot", tidings.Daily, "UTC", tidings.AnyHour,
			"2025-03-16T07:00:00Z", "2025-03-17T07:00:00Z", "2025-03-17T07:00:00Z",
		},
		{
			"nine days missed make one", tidings.Daily, "UTC", tidings.AnyHour,
			"2025-03-08T07:00:00Z", "2025-03-17T12:00:00Z", "2025-03-17T07:00:00Z",
		},
		{
			"monthly", tidings.Monthly, "Asia/Seoul", tidings.AnyHour,
			"2025-01-01T00:00:00Z", "2025-03-17T12:00:00Z", "2025-02-28T22:00:00Z",
		},
		{
			"immediate is due now, whatever its schedule and hour", tidings.Immediate, "UTC", 7,
			"2025-03-17T12:00:00Z", "2025-03-17T12:00:01Z", "2025-03-17T12:00:01Z",
		},
		{
			"immediate is not due twice at one instant", tidings.Immediate, "UTC", tidings.AnyHour,
			"2025-03-17T12:00:00Z", "2025-03-17T12:00:00Z", "",
		},
	} {
		cadence, _ := cadences(t).Find(c.cadence)
		due, ok := cadence.Due(instantOf(t, c.after), instantOf(t, c.now), zone(t, c.zone), c.hour)
		if ok != (c.want != "") || ok && !due.Equal(instantOf(t, c.want)) {
			t.Errorf("%s: due at %s (%v), want %s", c.promise, due.UTC().Format(time.RFC3339), ok, c.want)
		}
	}
}

func TestADueTimeWaitsForTheEndOfTheNightAndNotForLong(t *testing.T) {
	t.Parallel()
	daily := tidings.Cadence{Name: tidings.Daily, Schedule: schedule(t, "0 23 * * *"), Latest: 6 * time.Hour, Quiet: quiet(t, "22:00-07:00")}
	for _, c := range []struct {
		now  string
		want bool
	}{
		{"2025-03-17T23:00:00Z", false},
		{"2025-03-18T06:59:59Z", false},
		{"2025-03-18T07:00:00Z", true},
		{"2025-03-18T13:00:00Z", true},
		{"2025-03-18T13:00:01Z", false},
		{"2025-03-18T22:30:00Z", false},
	} {
		due, ok := daily.Due(instantOf(t, "2025-03-16T23:00:00Z"), instantOf(t, c.now), time.UTC, tidings.AnyHour)
		if ok != c.want || ok && !due.Equal(instantOf(t, "2025-03-17T23:00:00Z")) {
			t.Errorf("at %s: %v (%s)", c.now, ok, due)
		}
	}
}

func TestCadencesAreFoundByName(t *testing.T) {
	t.Parallel()
	if c, ok := cadences(t).Find(tidings.Weekly); !ok || c.Schedule.String() != "30 7 * * mon" {
		t.Errorf("weekly is %v (%v)", c, ok)
	}
	if c, ok := cadences(t).Find("hourly"); ok {
		t.Errorf("hourly is %v", c)
	}
}

func TestCadencesKnowTheFaster(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{tidings.Immediate, tidings.Daily, true},
		{tidings.Daily, tidings.Monthly, true},
		{tidings.Monthly, tidings.Weekly, false},
		{tidings.Daily, tidings.Daily, false},
		{tidings.Monthly, "of old", true},
		{"of old", tidings.Monthly, false},
	} {
		if got := cadences(t).Faster(c.a, c.b); got != c.want {
			t.Errorf("%s is faster than %s: %v", c.a, c.b, got)
		}
	}
}
