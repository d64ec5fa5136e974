package roster_test

import (
	"encoding/csv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/roster"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// exported is the whole roll as a table.
func exported(t testing.TB, db *store.DB) string {
	t.Helper()
	var text strings.Builder
	x := roster.NewTable(&text)
	for s, err := range db.EachSubscriber(t.Context(), "", day()) {
		if err == nil {
			err = x.Write(&s.Subscriber, s.Reason, s.Until)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func TestAnExportComesInAgainAsItWas(t *testing.T) {
	t.Parallel()
	here := storetest.New(t)
	add := func(address string, state tidings.SubscriberState, until time.Time, subs ...tidings.Subscription) {
		t.Helper()
		s := tidings.Subscriber{
			Address: address, Language: "ko", State: state, PausedUntil: until, Subscriptions: subs,
			Consent: tidings.Consent{Basis: "=HYPERLINK(\"x\")", By: "@web", At: day().Add(-time.Hour)},
		}
		for i := range s.Subscriptions {
			s.Subscriptions[i].Zone = "Europe/Paris"
		}
		if err := here.AddSubscriber(t.Context(), &s, day(), "test"); err != nil {
			t.Fatal(err)
		}
	}
	atSeven := storetest.To(t, tidings.Daily, "-steel")
	atSeven.Hour = 7
	add("one@example.org", tidings.Active, time.Time{}, storetest.To(t, tidings.Immediate, `topic:energy OR "supply chain"`), atSeven)
	add("+two@example.org", tidings.Paused, day().Add(48*time.Hour), storetest.To(t, tidings.Weekly, ""))
	add("'three@example.org", tidings.Active, time.Time{}, storetest.To(t, tidings.Monthly, "all"))
	add("-four@example.org", tidings.Active, time.Time{}, storetest.To(t, tidings.Weekly, "수소"))
	add("five@example.org", tidings.Left, time.Time{})
	add("six@example.org", tidings.Active, time.Time{}, storetest.To(t, tidings.Weekly, ""))
	if _, err := here.Suppress(t.Context(), "six@example.org", "550 no such user", day().Add(90*24*time.Hour), day(), "test"); err != nil {
		t.Fatal(err)
	}
	add("seven@example.org", tidings.Active, time.Time{}, storetest.To(t, tidings.Weekly, ""))
	if _, err := here.Suppress(t.Context(), "seven@example.org", "away for a day", day().Add(-time.Hour), day().Add(-25*time.Hour), "test"); err != nil {
		t.Fatal(err)
	}
	table := exported(t, here)
	rows, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
				t.Errorf("a spreadsheet takes this for a formula: %s", cell)
			}
		}
	}
	there := storetest.New(t)
	opts := options(t)
	opts.Basis = ""
	report, lines := taken(t, there, "subscribers.csv", table, opts)
	if report.Format != roster.Own || report.Counts[tidings.FateAdded] != 4 || report.Counts[tidings.FateLeft] != 2 || report.Counts[tidings.FateSuppressed] != 1 {
		t.Fatalf("%+v", lines)
	}
	again := exported(t, there)
	cut := func(s string) string { // who is suppressed stands nowhere afterwards; who left, as also they do whose suppression is over, left at the import
		var kept []string
		for line := range strings.Lines(s) {
			if !strings.HasPrefix(line, "six@") && !strings.HasPrefix(line, "seven@") && !strings.HasPrefix(line, "five@") {
				kept = append(kept, line)
			}
		}
		return strings.Join(kept, "")
	}
	if diff := gocmp.Diff(cut(table), cut(again)); diff != "" {
		t.Error(diff)
	}
	if all, err := there.Suppressions(t.Context(), day()); err != nil || len(all) != 1 || !strings.HasPrefix(all[0].Reason, "550 no such user") ||
		!all[0].Until.Equal(day().Add(90*24*time.Hour)) {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestAnExportOfNobodyHasItsHeading(t *testing.T) {
	t.Parallel()
	if text := exported(t, storetest.New(t)); strings.Count(text, "\n") != 1 || !strings.HasPrefix(text, "address,language,state,") {
		t.Error(text)
	}
}
