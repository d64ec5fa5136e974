package tidings_test

import (
	"errors"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

func quiet(tb testing.TB, text string) tidings.Quiet {
	tb.Helper()
	q, err := tidings.ParseQuiet(text)
	if err != nil {
		tb.Fatal(err)
	}
	return q
}

func TestQuietHoursAreWrittenInOneWay(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"22:00", "22-7", "22:00-24:00", "22:00-7:00", "-", "a-b", "22:00 - 07:00", "07:00-07:00", "22:00-07:00-08:00"} {
		if q, err := tidings.ParseQuiet(text); !errors.As(err, new(*tidings.InvalidError)) {
			t.Errorf("%q is %+v, %v", text, q, err)
		}
	}
	at := instantOf(t, "2025-03-17T03:00:00Z")
	if q := quiet(t, ""); q.Holds(at, time.UTC) || !q.Over(at, time.UTC).Equal(at) {
		t.Error("none are some")
	}
}

// TestItIsQuietBetweenTwoTimesOfDay looks at every ten minutes of the days around a change of the clocks, in zones where that is at
// night. It is quiet from the first instant of a night whose clock shows the beginning or later to the first whose clock shows the end
// or later; the test walks over the minutes to find both.
func TestItIsQuietBetweenTwoTimesOfDay(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"UTC", "America/New_York", "America/Santiago", "Africa/Cairo", "Australia/Lord_Howe"} {
		zone := zone(t, name)
		for _, text := range []string{"22:00-07:00", "00:00-06:00", "23:30-01:30", "02:15-02:45", "01:30-22:00"} {
			for _, change := range []string{"2026-03-08", "2026-11-01", "2026-04-05", "2026-09-06", "2026-04-24", "2026-10-30", "2026-10-04"} {
				first := instantOf(t, change+"T00:00:00Z").Add(-36 * time.Hour)
				compareNights(t, quiet(t, text), text, zone, first)
			}
		}
	}
}

func compareNights(t *testing.T, q tidings.Quiet, text string, zone *time.Location, first time.Time) {
	t.Helper()
	minute := func(digits string) int {
		return int(digits[0]-'0')*600 + int(digits[1]-'0')*60 + int(digits[3]-'0')*10 + int(digits[4]-'0')
	}
	from, to := minute(text[:5]), minute(text[6:])
	// Which day's beginning, or end, has come: a day's has when its clock shows it, or has skipped it, once.
	begun, ended, on := map[string]bool{}, map[string]bool{}, false
	for at := first.Add(-48 * time.Hour); at.Before(first.Add(72 * time.Hour)); at = at.Add(time.Minute) {
		local := at.In(zone)
		day, m := local.Format(time.DateOnly), local.Hour()*60+local.Minute()
		if m >= to && !ended[day] {
			ended[day], on = true, false
		}
		if m >= from && !begun[day] {
			begun[day], on = true, true
			if to > from && m >= to {
				on = false // all of it was skipped
			}
		}
		if at.Before(first) || at.Minute()%10 != 0 && at.Minute()%15 != 0 {
			continue
		}
		if got := q.Holds(at, zone); got != on {
			t.Fatalf("%s in %s at %s: quiet %v", text, zone, local, got)
		}
		if over := q.Over(at, zone); on && q.Holds(over, zone) || !on && !over.Equal(at) || over.Sub(at) > 24*time.Hour+time.Hour {
			t.Fatalf("%s in %s at %s: over at %s", text, zone, local, over)
		}
	}
}
