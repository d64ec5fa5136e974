package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
)

// begunOf is the beginning of a mail of a run.
func begunOf(run int64, id string) tidings.Trace {
	return tidings.Trace{Step: tidings.TraceBegun, MessageID: id, Run: run}
}

// stepsIn are the steps of all lines of a file, and the Message-IDs of mails.
func stepsIn(t *testing.T, path string) string {
	t.Helper()
	var all []string
	for _, line := range strings.Split(strings.TrimRight(contentsOf(t, path), "\x00"), "\n") {
		if trace, ok := parseTrace([]byte(line)); ok {
			all = append(all, string(trace.Step))
		}
	}
	return strings.Join(all, "")
}

func TestEachFileOfTheJournalSaysAllOfARunBeforeItsFirstMail(t *testing.T) {
	t.Parallel()
	db, _ := crashed(t)
	journal := journalPath(db.path)
	for n := range 3 {
		add := []tidings.Trace{begunOf(0, "letter@x"), begunOf(1, fmt.Sprintf("%d@x", n)), begunOf(1, fmt.Sprintf("%d@y", n)), begunOf(7, "gone@x")}
		if err := db.Trace(t.Context(), add); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := stepsIn(t, journal), "BSBBE"+"BRBBB"+"BBBB"+"BBBB"; got != want {
		t.Errorf("the first file has %s, not %s", got, want)
	}
	db.sent.journal.limit = 1 // the next write begins another
	if err := db.Trace(t.Context(), []tidings.Trace{begunOf(1, "a@x")}); err != nil {
		t.Fatal(err)
	}
	db.sent.journal.limit = journalLimit
	if err := db.Trace(t.Context(), []tidings.Trace{begunOf(1, "b@x")}); err != nil {
		t.Fatal(err)
	}
	if got := stepsIn(t, journal); got != "RBB" {
		t.Errorf("the next file has %s", got)
	}
	if _, err := db.Recover(t.Context(), at(5)); err != nil { // as another process does
		t.Fatal(err)
	}
	if err := db.Trace(t.Context(), []tidings.Trace{begunOf(1, "c@x")}); err != nil {
		t.Fatal(err)
	}
	if got := stepsIn(t, journal); got != "RBBRB" {
		t.Errorf("opened again, it has %s", got)
	}
	want := map[tracedRun]struct{}{{Run: tidings.Run{
		ID: 1, Slot: tidings.Slot{Cadence: tidings.Daily, Zone: "UTC", Hour: tidings.AnyHour}, Due: at(2), Created: at(2), UpTo: 1, Domain: "news.example.org",
	}}: {}}
	got, err := db.tracedRuns()
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(tracedRun{})); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestWhatCannotBeSaidOfARunIsSaidWithItsNextMail(t *testing.T) {
	t.Parallel()
	db, _ := crashed(t)
	journal := db.sent.journal
	before := stepsIn(t, journalPath(db.path))
	about := func(run int64) (tracedRun, error) {
		if run == 2 {
			return tracedRun{}, errors.New("the disk fails")
		}
		return tracedRun{Run: tidings.Run{ID: run, Domain: "x"}}, nil
	}
	if err := journal.add([]tidings.Trace{begunOf(1, "a@x"), begunOf(2, "b@x")}, about); err == nil {
		t.Fatal("no error")
	}
	if got := stepsIn(t, journalPath(db.path)); got != before {
		t.Errorf("half of it is written: %s", got)
	}
	if err := journal.add([]tidings.Trace{begunOf(1, "a@x")}, about); err != nil {
		t.Fatal(err)
	}
	if got := stepsIn(t, journalPath(db.path)); got != before+"RB" {
		t.Errorf("%s", got)
	}
}

func TestADamagedLineAboutARunIsPassedOver(t *testing.T) {
	t.Parallel()
	db, ids := crashed(t)
	if err := db.Trace(t.Context(), []tidings.Trace{begunOf(1, ids[3]), sentTrace(ids[3])}); err != nil {
		t.Fatal(err)
	}
	text := []byte(contentsOf(t, journalPath(db.path)))
	at2 := bytes.Index(text, []byte(" R 1 "))
	text[at2+3] = '9'
	if err := os.WriteFile(journalPath(db.path), text, 0o600); err != nil {
		t.Fatal(err)
	}
	if runs, err := db.tracedRuns(); err != nil || len(runs) != 0 {
		t.Errorf("%v, %v", runs, err)
	}
	if _, err := db.Recover(t.Context(), at(5)); err != nil {
		t.Fatal(err)
	}
	if got, want := statesOf(t, db), "sent uncertain pending sent pending pending"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func FuzzALineAboutARunIsReadAsItWasWritten(f *testing.F) {
	f.Add("1 -1 2 3 4 5 6 daily example.org Asia/Seoul", int64(1), int64(5), int64(-1), 7, "immediate", "", "example.org")
	f.Add("1 -1 2 3 4 5 6 daily example.org", int64(0), int64(0), int64(9), -1, "", "Asia/Seoul", "")
	f.Fuzz(func(t *testing.T, text string, id, before, ms int64, hour int, cadence, zone, domain string) {
		if r, ok := parseRun(text); ok {
			again, ok := parseRun(string(appendRun(nil, &r)[11 : len(appendRun(nil, &r))-1]))
			if !ok || again != r {
				t.Errorf("%q is %+v, and then %+v", text, r, again)
			}
		}
		if strings.ContainsAny(cadence+zone+domain, " \n") {
			t.Skip("none of them has a space")
		}
		want := tracedRun{before: before, resumed: ms, Run: tidings.Run{
			ID: id, Slot: tidings.Slot{Cadence: cadence, Zone: zone, Hour: hour}, Due: time.UnixMilli(before).UTC(), Created: time.UnixMilli(ms).UTC(),
			UpTo: ms, Domain: domain,
		}}
		trace, whole := parseTrace(bytes.TrimSuffix(appendRun(nil, &want), []byte("\n")))
		got, ok := parseRun(trace.MessageID)
		if !whole || !ok || trace.Step != traceOfRun || got != want {
			t.Errorf("%+v becomes %+v, %v, %v", want, got, whole, ok)
		}
	})
}
