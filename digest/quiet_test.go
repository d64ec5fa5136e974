package digest_test

import (
	"slices"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/digest"
	"github.com/tidings/tidings/store/storetest"
)

func quiet(t *testing.T, text string) tidings.Quiet {
	t.Helper()
	q, err := tidings.ParseQuiet(text)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// TestQuietHoursPutDigestsOffToTheirEnd lets three weeks go by, over a change of the clocks in New York, with due times at night. Each of them
// still has its run, and none is opened before its readers' morning, nor later than the first look after it.
func TestQuietHoursPutDigestsOffToTheirEnd(t *testing.T) {
	t.Parallel()
	y := newYear(t, map[string]string{tidings.Daily: "0 23 * * *", "twice in autumn": "30 1 * * *", "at noon": "0 12 * * *"})
	for i := range y.planner.Cadences {
		y.planner.Cadences[i].Quiet = quiet(t, "22:00-07:00")
		y.planner.Cadences[i].Latest = time.Hour // from the end of the night, which is longer
	}
	y.now = time.Date(2026, 2, 27, 15, 0, 0, 0, time.UTC)
	first := y.now
	y.opened = func(r tidings.Run, zone *time.Location) {
		if !r.Due.After(first) {
			return // missed
		}
		local := r.Created.In(zone)
		minute := local.Hour()*60 + local.Minute()
		if r.Slot.Cadence == "at noon" {
			minute -= 5 * 60
		}
		if minute < 7*60 || minute >= 7*60+30 {
			t.Errorf("%s: due %s, opened %s", r.Slot.Cadence, r.Due.In(zone), local)
		}
	}
	for y.now.Before(first.AddDate(0, 0, 21)) {
		y.step(true)
	}
	for k, due := range y.due {
		// The first may be one that was missed, and the last be due and wait.
		if days := slices.Compact(due); len(days) < 20 || len(days) > 22 {
			t.Errorf("%s: %d runs in 21 days: %v", k, len(days), days)
		}
	}
}

// TestADigestThatIsTooLateWaitsForTheNext starts the daemon after nine days, with six hours as the latest. Where the newest due time lies
// further back, it has no run, and the next one's mail holds all of the nine days, and of that one.
func TestADigestThatIsTooLateWaitsForTheNext(t *testing.T) {
	t.Parallel()
	const latest = 6 * time.Hour
	y := newYear(t, map[string]string{tidings.Daily: "0 8 * * *"})
	y.planner.Cadences[0].Latest = latest
	begin := time.Date(2026, 2, 27, 15, 0, 0, 0, time.UTC)
	y.now = begin
	down, up := time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 12, 0, 0, 0, 0, time.UTC)
	for y.now.Before(time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)) {
		y.step(y.now.Before(down) || !y.now.Before(up))
	}
	y.end = y.now
	late := 0
	y.compare(func(due time.Time) bool {
		if due.After(up.Add(-24*time.Hour)) && due.Before(up.Add(-latest)) {
			late++
		}
		return due.After(begin.Add(-latest)) && due.Before(down) || !due.Before(up.Add(-latest))
	})
	if late == 0 || late == len(zones()) {
		t.Errorf("in %d zones it was too late: the test shows nothing", late)
	}
	for _, zone := range zones() {
		k, total := key(tidings.Daily, zone), 0
		for _, n := range y.releases[k] {
			total += n
		}
		if total != y.settled[k] || slices.Max(y.releases[k]) < 36 {
			t.Errorf("%s: the digests hold %d releases of %d", zone, total, y.settled[k])
		}
	}
}

func TestImmediateMailWaitsForTheSitesMorning(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Subscribe(t, db, epoch(), "a@example.org", storetest.To(t, tidings.Immediate, ""))
	planner := &digest.Planner{Ledger: db, Cadences: cadences(t), Site: site()}
	planner.Cadences[0].Quiet = quiet(t, "22:00-07:00")
	night := epoch().AddDate(0, 0, 1).Truncate(24 * time.Hour).Add(23 * time.Hour)
	storetest.Save(t, db, night, tidings.Release{Slug: "a"})
	morning := night.Add(8 * time.Hour)
	for _, at := range []time.Time{night, morning.Add(-time.Second), morning} {
		runs, err := planner.Plan(t.Context(), at)
		if err != nil || (len(runs) == 1) != at.Equal(morning) {
			t.Errorf("%s: %+v, %v", at, runs, err)
		}
		standing := tidings.Standing{Slot: tidings.Slot{Cadence: tidings.Immediate}}
		if next, err := planner.Next(standing, at, night); err != nil || !next.Equal(morning) {
			t.Errorf("%s: the next is at %s, %v", at, next, err)
		}
	}
}

func TestNextKnowsQuietHoursAndWhatIsTooLate(t *testing.T) {
	t.Parallel()
	planner := &digest.Planner{Cadences: cadences(t), Site: site()}
	planner.Cadences[1].Quiet, planner.Cadences[1].Latest = quiet(t, "22:00-09:00"), 2*time.Hour // due at 8, opened at 9
	at := func(day, hour int) time.Time { return time.Date(2026, 1, day, hour, 0, 0, 0, time.UTC) }
	for _, c := range []struct {
		promise                string
		after, now, from, want time.Time
	}{
		{"what is due waits for the morning", at(4, 8), at(5, 8), at(5, 7), at(5, 9)},
		{"and takes what comes meanwhile", at(4, 8), at(5, 7), at(5, 9), at(5, 9)},
		{"what was run is not run again", at(5, 8), at(5, 8), at(5, 8), at(6, 9)},
		{"made up for", at(4, 8), at(5, 11), at(5, 7), at(5, 11)},
		{"too late", at(4, 8), at(5, 12), at(5, 7), at(6, 9)},
		{"public later on", at(4, 8), at(5, 10), at(9, 10), at(10, 9)},
	} {
		st := tidings.Standing{Slot: tidings.Slot{Cadence: tidings.Daily, Zone: "UTC", Hour: tidings.AnyHour}, After: c.after}
		if got, err := planner.Next(st, c.now, c.from); err != nil || !got.Equal(c.want) {
			t.Errorf("%s: %s, %v, want %s", c.promise, got, err, c.want)
		}
	}
}
