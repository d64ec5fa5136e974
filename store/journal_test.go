package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
)

func begun(id string) tidings.Trace { return tidings.Trace{Step: tidings.TraceBegun, MessageID: id} }

func ended(id string) tidings.Trace { return tidings.Trace{Step: tidings.TraceEnded, MessageID: id} }

func sentTrace(id string) tidings.Trace {
	return tidings.Trace{
		Step: tidings.TraceSent, MessageID: id, At: at(3), Attempts: 2, Reply: "250 2.0.0 Ok: queued as 4F1",
	}
}

func newJournal(t *testing.T) (j *journal, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "tidings.db.sent")
	j, err := makeJournal(path, rand.Text(), onDisk)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.close() })
	return j, path
}

func add(t *testing.T, j *journal, traces ...tidings.Trace) {
	t.Helper()
	if err := j.add(traces); err != nil {
		t.Fatal(err)
	}
}

func readJournal(t *testing.T, path, id string) (all []tidings.Trace) {
	t.Helper()
	for trace, err := range traces(path, id, journalsKept+1) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, trace)
	}
	return all
}

func TestTheJournalGivesBackWhatWasAdded(t *testing.T) {
	t.Parallel()
	j, path := newJournal(t)
	want := []tidings.Trace{begun("a@x"), sentTrace("a@x"), begun("b@x"), ended("b@x")}
	add(t, j, want[:2]...)
	if err := j.close(); err != nil {
		t.Fatal(err)
	}
	again, err := openJournal(path, j.id, onDisk)
	if err != nil {
		t.Fatal(err)
	}
	add(t, again, want[2:]...)
	if err := again.close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, readJournal(t, path, j.id)); diff != "" {
		t.Error(diff)
	}
	if _, err := openJournal(path, "another", onDisk); err == nil {
		t.Error("another database's journal was opened")
	}
	if got := readJournal(t, path, "another"); len(got) > 0 {
		t.Errorf("another database's journal was read: %v", got)
	}
}

// A line that was cut off anywhere, or overwritten by a failing disk, is none; those before and after it are.
func TestAJournalsBrokenLineIsNone(t *testing.T) {
	t.Parallel()
	j, path := newJournal(t)
	add(t, j, sentTrace("a@x"))
	before := j.end
	add(t, j, sentTrace("b@x"))
	after := j.end
	if err := j.close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := before; cut < after; cut++ {
		for name, text := range map[string][]byte{
			"truncated":  whole[:cut],
			"room after": append(bytes.Clone(whole[:cut]), make([]byte, 100)...),
			"flipped":    append(append(bytes.Clone(whole[:cut]), whole[cut]^1), whole[cut+1:]...),
		} {
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
			again, err := openJournal(path, j.id, 0)
			if err != nil {
				t.Fatal(err)
			}
			add(t, again, begun("c@x"))
			if err := again.close(); err != nil {
				t.Fatal(err)
			}
			want := []tidings.Trace{sentTrace("a@x"), begun("c@x")}
			got := readJournal(t, path, j.id)
			if cut == after-1 && name != "flipped" { // only the end of the line was missing
				want = []tidings.Trace{sentTrace("a@x"), sentTrace("b@x"), begun("c@x")}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%s at octet %d of %d:\n%s", name, cut-before, after-before, diff)
			}
		}
	}
}

func TestAFullJournalIsPutAsideAndStillRead(t *testing.T) {
	t.Parallel()
	j, path := newJournal(t)
	j.limit = 1000
	var want []tidings.Trace
	for n := range 60 {
		trace := sentTrace(fmt.Sprintf("%d@x", n))
		add(t, j, trace)
		want = append(want, trace)
	}
	if diff := cmp.Diff(want, readJournal(t, path, j.id)); diff != "" {
		t.Error(diff)
	}
	for n := range 800 {
		add(t, j, begun(fmt.Sprintf("%d@y", n)))
	}
	if old, err := filepath.Glob(path + ".*"); err != nil || len(old) != journalsKept {
		t.Errorf("%d old files, %v", len(old), err)
	}
}

// crashed is a database whose sender was killed with six mails claimed: of the first the relay's answer is in the journal, the second
// had been begun, the third had ended otherwise before, and of the rest nothing was.
func crashed(t *testing.T) (db *DB, ids []string) {
	t.Helper()
	ctx := context.Background()
	db = open(t)
	if _, err := db.Recover(ctx, at(0)); err != nil {
		t.Fatal(err)
	}
	site := &tidings.Site{TagEntity: "news.example.org,2026"}
	for n := range 6 {
		s := tidings.Subscriber{
			Address: fmt.Sprintf("s%d@example.org", n), Language: "en", State: tidings.Active,
			Consent:       tidings.Consent{Basis: "asked", By: "test", At: at(0)},
			Subscriptions: []tidings.Subscription{{Cadence: tidings.Daily, Zone: "UTC", Hour: tidings.AnyHour}},
		}
		if err := db.AddSubscriber(ctx, &s, at(0), "test"); err != nil {
			t.Fatal(err)
		}
	}
	r := tidings.Release{Source: "a", Slug: "a", Language: "en", Title: "A", Status: tidings.Published}
	if _, err := db.Save(ctx, site, &r, at(1), "test"); err != nil {
		t.Fatal(err)
	}
	run := tidings.Run{
		Slot: tidings.Slot{Cadence: tidings.Daily, Zone: "UTC", Hour: tidings.AnyHour}, Kind: tidings.ForcedRun,
		Due: at(2), Created: at(2), Domain: "news.example.org",
	}
	_, err := db.OpenRun(ctx, &run, func(cohorts []tidings.Cohort, _ []tidings.Candidate) ([]tidings.Decision, error) {
		decisions := make([]tidings.Decision, len(cohorts))
		for i := range decisions {
			decisions[i] = tidings.Decision{Entries: []tidings.Entry{{Release: r.ID, Revision: 1}}, Position: run.UpTo}
		}
		return decisions, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	claimed, err := db.Claim(ctx, at(3), 6)
	if err != nil || len(claimed) != 6 {
		t.Fatalf("%d claimed, %v", len(claimed), err)
	}
	for i := range claimed {
		ids = append(ids, claimed[i].MessageID)
	}
	if err := db.Trace(ctx, []tidings.Trace{
		begun(ids[0]), sentTrace(ids[0]), begun(ids[1]), begun(ids[2]), ended(ids[2]),
	}); err != nil {
		t.Fatal(err)
	}
	return db, ids
}

func statesOf(t *testing.T, db *DB) string {
	t.Helper()
	found, err := list(t.Context(), db.readers, scanString, `SELECT state FROM deliveries ORDER BY subscriber_id`)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(found, " ")
}

func TestTheJournalTellsWhatACrashLeftOpen(t *testing.T) {
	t.Parallel()
	db, _ := crashed(t)
	if n, err := db.Recover(t.Context(), at(5)); err != nil || n != 1 {
		t.Errorf("%d unknown, %v; want 1", n, err)
	}
	if got, want := statesOf(t, db), "sent uncertain pending pending pending pending"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	sent, err := db.Deliveries(t.Context(), 1, 1)
	if err != nil || sent[0].Attempts != 2 || !sent[0].Settled.Equal(at(3)) || sent[0].LastReply != "250 2.0.0 Ok: queued as 4F1" {
		t.Errorf("%+v, %v", sent, err)
	}
	if n, err := db.Recover(t.Context(), at(6)); err != nil || n != 0 {
		t.Errorf("again: %d, %v", n, err)
	}
}

// The end of one attempt may be written behind the beginning of the next, which another connection made.
func TestASentMailIsSentWhateverIsWrittenLater(t *testing.T) {
	t.Parallel()
	db, ids := crashed(t)
	m, k, n := ids[3], ids[4], ids[5]
	for _, write := range [][]tidings.Trace{
		{begun(m)}, {begun(m)}, {sentTrace(m), begun(k)}, {ended(m), begun(n)}, {begun(n)}, {ended(n)},
	} {
		if err := db.Trace(t.Context(), write); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Recover(t.Context(), at(5)); err != nil {
		t.Fatal(err)
	}
	if got, want := statesOf(t, db), "sent uncertain pending sent uncertain uncertain"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// One connection hangs at its dot while the others fill two journals.
func TestTheJournalIsReadAsFarBackAsItReaches(t *testing.T) {
	t.Parallel()
	db, _ := crashed(t)
	db.sent.journal.limit = 1000
	for n := range 30 {
		if err := db.Trace(t.Context(), []tidings.Trace{sentTrace(fmt.Sprintf("%d@x", n))}); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := db.Recover(t.Context(), at(5)); err != nil || n != 1 {
		t.Errorf("%d unknown, %v; want 1", n, err)
	}
}

func TestAJournalThatIsBeingPutAsideIsStillThere(t *testing.T) {
	t.Parallel()
	db, _ := crashed(t)
	if err := putAside(journalPath(db.path)); err != nil { // and then the process was killed
		t.Fatal(err)
	}
	if n, err := db.Recover(t.Context(), at(5)); err != nil || n != 1 {
		t.Errorf("%d unknown, %v; want 1", n, err)
	}
}

func TestAJournalThatCannotBeBegunForgetsNothing(t *testing.T) {
	t.Parallel()
	db, ids := crashed(t)
	for _, query := range []string{
		`UPDATE meta SET value = 'other' WHERE key = 'journal'`, // a restored database
		`CREATE TRIGGER busy BEFORE UPDATE ON meta BEGIN SELECT RAISE(ABORT, 'busy'); END`,
	} {
		if _, err := db.writer.ExecContext(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Recover(t.Context(), at(5)); err != nil {
		t.Fatal(err)
	}
	for range journalsKept + 1 {
		if err := db.Trace(t.Context(), []tidings.Trace{begun("z@x")}); err == nil {
			t.Fatal("no error")
		}
	}
	sent, err := db.Sent()
	if _, is := sent[ids[0]]; !is {
		t.Errorf("forgotten what was sent: %v, %v", sent, err)
	}
}

func TestWithoutItsJournalADatabaseKnowsNothingOfWhatWasOnTheWire(t *testing.T) {
	t.Parallel()
	db, _ := crashed(t)
	if err := os.Remove(journalPath(db.path)); err != nil {
		t.Fatal(err)
	}
	if n, err := db.Recover(t.Context(), at(5)); err != nil || n != 6 {
		t.Errorf("%d unknown, %v; want all", n, err)
	}
}

func TestSentGivesWhatTheRelayTook(t *testing.T) {
	t.Parallel()
	db, ids := crashed(t)
	sent, err := db.Sent()
	if diff := cmp.Diff(map[string]tidings.Trace{ids[0]: sentTrace(ids[0])}, sent); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func FuzzALineOfTheJournalIsReadAsItWasWritten(f *testing.F) {
	f.Add("a@x", "250 ok", int64(5), 1)
	f.Add("", "", int64(-1), -7)
	f.Fuzz(func(t *testing.T, id, reply string, ms int64, attempts int) {
		if strings.ContainsAny(id, " \n") || strings.Contains(reply, "\n") {
			t.Skip("ids have no spaces, and replies are one line")
		}
		want := tidings.Trace{Step: tidings.TraceSent, MessageID: id, At: time.UnixMilli(ms).UTC(), Attempts: attempts, Reply: reply}
		got, ok := parseTrace(bytes.TrimSuffix(appendTrace(nil, &want), []byte("\n")))
		if !ok || got != want {
			t.Errorf("%+v becomes %+v, %v", want, got, ok)
		}
	})
}
