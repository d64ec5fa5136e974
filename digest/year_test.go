package digest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/digest"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// The zones of the year test, and what is hard about each.
func zones() []string {
	return []string{
		"Asia/Seoul",          // no daylight saving
		"America/New_York",    // 02:00 is skipped, 01:30 comes twice
		"America/Santiago",    // midnight is skipped
		"Africa/Cairo",        // midnight is skipped, on a Friday
		"Australia/Lord_Howe", // moves by half an hour
	}
}

// The schedules of the year test by cadence: those of the example configuration, and some that fall into gaps and folds.
func schedules() map[string]string {
	return map[string]string{
		tidings.Daily: "0 8 * * *", tidings.Weekly: "0 8 * * 1", tidings.Monthly: "0 8 1 * *",
		"at midnight": "0 0 * * *", "twice in autumn": "30 1 * * *", "not in spring": "30 2 * * *",
		"sundays": "30 1 * * 0", "fridays at midnight": "0 0 * * 5", "the 31st": "30 0 31 * *",
	}
}

// TestAYearOfDigests lets a year go by in steps of half an hour, with four releases a day. For every schedule and in every zone there is one
// run, with one mail, for each due date, at its instant, and none besides.
func TestAYearOfDigests(t *testing.T) {
	t.Parallel()
	y := newYear(t, schedules())
	for y.now.Before(y.end) {
		y.step(true)
	}
	y.compare(func(time.Time) bool { return true })
}

// TestNineDaysDownMakeOneDigest stops the daemon for nine days, over a change of the clocks in New York. Of the due times
// missed only the newest runs, and its one mail holds every release of those days.
func TestNineDaysDownMakeOneDigest(t *testing.T) {
	t.Parallel()
	y := newYear(t, map[string]string{tidings.Daily: "0 8 * * *"})
	down, up := time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 12, 0, 0, 0, 0, time.UTC)
	for y.now.Before(time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)) {
		y.step(y.now.Before(down) || !y.now.Before(up))
	}
	y.end = y.now
	y.compare(func(due time.Time) bool {
		return due.Before(down) || due.After(up.Add(-24*time.Hour)) // of those missed the newest lies within the last day
	})
	for _, zone := range zones() {
		held := y.releases[key(tidings.Daily, zone)]
		// Nine days have 36 releases; when the last run was before them, there are some more.
		if most := slices.Max(held); most < 36 || most > 40 {
			t.Errorf("%s: the longest digest has %d releases", zone, most)
		}
		total := 0
		for _, n := range held {
			total += n
		}
		if total != y.settled[key(tidings.Daily, zone)] {
			t.Errorf("%s: the digests hold %d releases of %d", zone, total, y.settled[key(tidings.Daily, zone)])
		}
	}
}

// year is a database with one subscriber in each zone for each schedule.
type year struct {
	t         *testing.T
	specs     map[string]string
	db        *store.DB
	planner   *digest.Planner
	now, end  time.Time
	published int
	due       map[string][]string                      // by cadence and zone: the runs' due times in local time
	releases  map[string][]int                         // by cadence and zone: how many releases each mail held
	settled   map[string]int                           // by cadence and zone: how many releases there were at the last run
	opened    func(r tidings.Run, zone *time.Location) // is shown each run; nil: nobody is
}

func key(cadence, zone string) string { return cadence + " in " + zone }

func newYear(t *testing.T, specs map[string]string) *year {
	t.Helper()
	y := &year{
		t: t, specs: specs, db: storetest.New(t), due: map[string][]string{}, releases: map[string][]int{},
		settled: map[string]int{}, now: begin(),
	}
	y.end = y.now.AddDate(1, 0, 0)
	y.planner = &digest.Planner{Ledger: y.db, Site: site()}
	for cadence, spec := range specs {
		schedule, err := tidings.ParseSchedule(spec)
		if err != nil {
			t.Fatal(err)
		}
		y.planner.Cadences = append(y.planner.Cadences, tidings.Cadence{Name: cadence, Schedule: schedule})
		for _, zone := range zones() {
			y.join(cadence, zone)
		}
	}
	return y
}

func begin() time.Time { return time.Date(2026, 1, 1, 15, 0, 0, 0, time.UTC) }

func (y *year) join(cadence, zone string) {
	y.t.Helper()
	address := fmt.Sprintf("reader%d@example.org", y.now.UnixNano()+int64(len(y.due)))
	y.due[key(cadence, zone)] = nil
	err := y.db.AddSubscriber(y.t.Context(), &tidings.Subscriber{
		Address: address, Language: "en", State: tidings.Active, Created: y.now,
		Consent:       tidings.Consent{Basis: "test", By: "test", At: y.now},
		Subscriptions: []tidings.Subscription{{Cadence: cadence, Zone: zone, Hour: tidings.AnyHour}},
	}, y.now, "test")
	if err != nil {
		y.t.Fatal(err)
	}
}

// step is half an hour. Every six hours a release goes public, whether the daemon is up or not.
func (y *year) step(up bool) {
	y.t.Helper()
	y.now = y.now.Add(30 * time.Minute)
	if y.now.Hour()%6 == 3 && y.now.Minute() == 0 || y.published == 0 {
		y.publish()
	}
	if !up {
		return
	}
	runs, err := y.planner.Plan(y.t.Context(), y.now)
	if err != nil {
		y.t.Fatal(err)
	}
	for _, r := range runs {
		zone, err := time.LoadLocation(r.Slot.Zone)
		if err != nil {
			y.t.Fatal(err)
		}
		if y.opened != nil {
			y.opened(r, zone)
		}
		k := key(r.Slot.Cadence, r.Slot.Zone)
		y.due[k] = append(y.due[k], r.Due.In(zone).Format(time.RFC3339))
		y.settled[k] = y.published
	}
	if len(runs) > 0 {
		y.send()
	}
}

func (y *year) publish() {
	y.t.Helper()
	y.published++
	r := tidings.Release{
		Source: fmt.Sprint("r", y.published), Slug: "release", Title: "A release", Language: "en", Status: tidings.Published,
		Body: tidings.Body{Format: tidings.Markdown, Source: "Text", HTML: "<p>Text</p>", Text: "Text"},
	}
	if _, err := y.db.Save(y.t.Context(), site(), &r, y.now, "test"); err != nil {
		y.t.Fatal(err)
	}
}

func (y *year) send() {
	y.t.Helper()
	claimed, err := y.db.Claim(y.t.Context(), y.now, 100)
	if err != nil {
		y.t.Fatal(err)
	}
	outcomes := make([]tidings.Outcome, len(claimed))
	for i, d := range claimed {
		e, err := y.db.Edition(y.t.Context(), d.EditionID)
		if err != nil {
			y.t.Fatal(err)
		}
		k := key(e.Run.Slot.Cadence, e.Run.Slot.Zone)
		y.releases[k] = append(y.releases[k], len(e.Releases))
		outcomes[i] = tidings.Outcome{Delivery: d.ID, State: tidings.DeliverySent, At: y.now}
	}
	if err := y.db.Settle(y.t.Context(), outcomes); err != nil {
		y.t.Fatal(err)
	}
}

// compare holds the runs against a walk over every minute of the time, of which only those due times count that ran. Each run
// sent one mail: there was something new for each.
func (y *year) compare(ran func(due time.Time) bool) {
	y.t.Helper()
	for _, name := range zones() {
		zone, err := time.LoadLocation(name)
		if err != nil {
			y.t.Fatal(err)
		}
		for cadence, spec := range y.specs {
			var want []string
			for _, due := range walk(spec, begin(), y.end, zone) {
				if ran(due) {
					want = append(want, due.In(zone).Format(time.RFC3339))
				}
			}
			got := y.due[key(cadence, name)]
			if diff := cmp.Diff(want, got); diff != "" {
				y.t.Errorf("%s %s: due times (-calendar +runs):\n%s", name, spec, diff)
			}
			if len(want) < 2 {
				y.t.Errorf("%s %s: only %d due dates: the test shows nothing", name, spec, len(want))
			}
			if mails := len(y.releases[key(cadence, name)]); mails != len(got) {
				y.t.Errorf("%s %s: %d mails of %d runs", name, spec, mails, len(got))
			}
		}
	}
}

// walk finds the due times the long way: on each local date that the day fields name, the first minute of that
// date whose clock shows the time or later. It shares no code with tidings.Schedule, and reads only the specs above.
func walk(spec string, after, until time.Time, zone *time.Location) []time.Time {
	f := strings.Fields(spec)
	minute, hour := number(f[0]), number(f[1])
	var (
		due  []time.Time
		done int // the day of the year that is settled
	)
	for m := after.Add(-48 * time.Hour); !m.After(until); m = m.Add(time.Minute) {
		local := m.In(zone)
		if h, mi, _ := local.Clock(); local.YearDay() == done || h*60+mi < hour*60+minute {
			continue
		}
		done = local.YearDay()
		if (f[2] == "*" || number(f[2]) == local.Day()) && (f[4] == "*" || number(f[4]) == int(local.Weekday())) && m.After(after) {
			due = append(due, m)
		}
	}
	return due
}

// number is what the digits say; "*" is no number.
func number(digits string) (n int) {
	for _, d := range digits {
		n = n*10 + int(d-'0')
	}
	return n
}
