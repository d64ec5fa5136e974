package store

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

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
		`CREATE TRIGGER busy BEFORE UPDATE ON meta WHEN new.key = 'journal' BEGIN SELECT RAISE(ABORT, 'busy'); END`,
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
	if err != nil || !sent.Has(ids[0]) {
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
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range ids {
		if got, want := sent.Has(id), i == 0; got != want {
			t.Errorf("mail %d was sent: %v", i, got)
		}
	}
}
