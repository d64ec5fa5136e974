package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

// plan is SQLite's own account of how it answers a query.
func plan(t *testing.T, db *sql.DB, query string, args ...any) string {
	t.Helper()
	steps, err := list(t.Context(), db, func(row *sql.Rows) (detail string, err error) {
		var a, b, c int
		return detail, row.Scan(&a, &b, &c, &detail)
	}, `EXPLAIN QUERY PLAN `+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(steps, "\n")
}

func TestClaimWalksItsIndexAndSortsNothing(t *testing.T) {
	t.Parallel()
	db := open(t)
	for queue, index := range map[string]string{
		queueDue: "deliveries_due (<expr>=? AND next_at>? AND next_at<?)", queueUncertain: "deliveries_due (<expr>=? AND next_at>? AND next_at<?)",
	} {
		got := plan(t, db.writer, claimQuery(queue), 1, 1)
		if !strings.Contains(got, "SEARCH d USING INDEX "+index) ||
			strings.Contains(got, "SCAN") || strings.Contains(got, "TEMP B-TREE") {
			t.Errorf("%s:\n%s", index, got)
		}
	}
	got := plan(t, db.writer, claimQuery(queueHasty), 1, 1)
	if strings.Count(got, "SEARCH d USING ") != 3 || strings.Count(got, " INDEX deliveries_open (state=?") != 3 ||
		strings.Contains(got, "SCAN d") || strings.Contains(got, "TEMP B-TREE") {
		t.Errorf("what was to go out at once:\n%s", got)
	}
	got = plan(t, db.writer, claimLettersQuery, 1, 1, 1)
	if !strings.Contains(got, "SEARCH l USING INDEX letters_due (next_at<?)") ||
		strings.Contains(got, "SCAN") || strings.Contains(got, "TEMP B-TREE") {
		t.Errorf("letters:\n%s", got)
	}
}

func TestTheQueueIsReadByItsIndexes(t *testing.T) {
	t.Parallel()
	db := open(t)
	got := plan(t, db.readers, queueQuery, 1, 2, 3, 4, 5)
	for _, index := range []string{
		"deliveries_due", "deliveries_open (state=?)", "letters_due", "letters_sending",
	} {
		if !strings.Contains(got, " INDEX "+index) {
			t.Errorf("not by %s:\n%s", index, got)
		}
	}
}

func TestARunLooksAtNobodyOutsideItsSlot(t *testing.T) {
	t.Parallel()
	db := open(t)
	for query, want := range map[string][]string{
		siblingsQuery: {"SEARCH s USING INDEX sqlite_autoindex_subscriptions_1 (subscriber_id=?)"},
		gotQuery: {
			"SEARCH u USING INTEGER PRIMARY KEY (rowid>?)",
			"SEARCH d USING INTEGER PRIMARY KEY (rowid=?)",
			"SEARCH e USING INTEGER PRIMARY KEY (rowid=?)",
		},
	} {
		got := plan(t, db.writer, query, "[1]", 1)
		for _, step := range want {
			if !strings.Contains(got, step) {
				t.Errorf("no %s:\n%s", step, got)
			}
		}
	}
}

func TestQueriesOfEveryMailAndPageUseTheirIndex(t *testing.T) {
	t.Parallel()
	db := open(t)
	for query, index := range map[string]string{
		`SELECT id FROM public_releases r ORDER BY published DESC, seq DESC LIMIT 20`:              "releases_public",
		`SELECT id FROM releases WHERE status = 'scheduled' AND published <= 5 ORDER BY published`: "releases_scheduled",
		`SELECT seq FROM publications WHERE kind = 'withdrawn' ORDER BY seq DESC LIMIT 1`:          "publications_withdrawn",
		strings.ReplaceAll(recoverQuery, "?", "1"):                                                 "deliveries_open (state=?)",
		strings.ReplaceAll(resumable, "?", "5"):                                                    "subscribers_paused (paused_until",
		`SELECT d.id` + strings.ReplaceAll(deliveriesTo, "?1", "1") + `ORDER BY u.id DESC`:         "SEARCH d USING INTEGER PRIMARY KEY (rowid=?)",
		`DELETE FROM deliveries WHERE` + strings.ReplaceAll(unsentTo, "?1", "1"):                   "deliveries_back (subscriber_id=?)",
		strings.ReplaceAll(freshQuery, "?", "1"):                                                   "SEARCH d USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
		strings.ReplaceAll(sentQuery, "?", "'[]'"):                                                 "SEARCH d USING INTEGER PRIMARY KEY (rowid=?)",
		strings.ReplaceAll(unsentRuns, "?", "1"):                                                   "runs_unsent",
		strings.ReplaceAll(partQuery, "?", "1"):                                                    "subscriptions_slot (cadence=? AND slot_zone=? AND slot_hour=? AND rowid>?)",
	} {
		got := plan(t, db.writer, query)
		if !strings.Contains(got, index) || strings.Contains(got, "TEMP B-TREE") {
			t.Errorf("%s\n%s", query, got)
		}
	}
}

func TestOldPathsFilesAndVersionsAreFoundByTheirIndex(t *testing.T) {
	t.Parallel()
	db := open(t)
	for query, want := range map[string]string{
		aliasQuery:       "SEARCH a USING PRIMARY KEY (path=?)",
		fileQuery:        "SEARCH s USING PRIMARY KEY (hash=?)",
		alternatesQuery:  "SEARCH releases USING INDEX releases_translation",
		sameVersionQuery: "SEARCH r USING INDEX releases_translation",
		touchedQuery:     "SEARCH releases USING INDEX releases_translation",
		tombstones + ` ORDER BY r.published DESC, r.seq DESC LIMIT 9`: "SCAN releases USING INDEX releases_withdrawn",
	} {
		got := plan(t, db.readers, query, 1, 2, 3)
		if !strings.Contains(got, want) || strings.Contains(got, "SCAN r ") || strings.Contains(got, "SCAN b") {
			t.Errorf("%s\n%s", query, got)
		}
	}
}

func TestLogsCannotBeChanged(t *testing.T) {
	t.Parallel()
	db := open(t)
	topic := tidings.Topic{Slug: "energy", Names: map[string]string{"en": "Energy"}}
	if _, err := db.SaveTopic(t.Context(), &topic, at(1), "kim"); err != nil {
		t.Fatal(err)
	}
	published(t, db)
	for _, q := range []string{
		`UPDATE audit SET actor = 'nobody'`, `DELETE FROM audit`,
		`UPDATE publications SET kind = 'archived'`, `DELETE FROM publications`,
		`UPDATE releases SET seq = NULL, status = 'draft'`,
	} {
		if _, err := db.writer.ExecContext(t.Context(), q); err == nil {
			t.Errorf("the database did: %s", q)
		}
	}
	log, err := db.Audit(t.Context(), 0)
	if err != nil || len(log) != 3 || log[2].Actor != "kim" || log[2].Action != "topic.save" || !log[2].At.Equal(at(1)) ||
		log[2].Subject != "topic:energy" || !strings.Contains(string(log[2].Detail), `"rule"`) {
		t.Errorf("%+v, %v", log, err)
	}
	if last, err := db.Audit(t.Context(), 1); err != nil || len(last) != 1 || last[0].ID != log[0].ID {
		t.Errorf("the last one: %+v, %v", last, err)
	}
}

func TestAReadThatFailedIsNoSuppression(t *testing.T) {
	t.Parallel()
	db := open(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	err := db.write(t.Context(), at(0), "test", func(tx *tx) error { return tx.refuseSuppressed(ended, "kim@example.org") })
	if err == nil || errors.Is(err, tidings.ErrSuppressed) {
		t.Errorf("got %v", err)
	}
}

func TestOneWhoCannotResumeKeepsNobodyElse(t *testing.T) {
	t.Parallel()
	db := open(t)
	for address, filter := range map[string]string{"kim@example.org": "steel", "lee@example.org": "hydrogen"} {
		f, err := tidings.ParseFilter(filter)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.AddSubscriber(t.Context(), &tidings.Subscriber{
			Address: address, State: tidings.Paused, PausedUntil: at(5), Consent: tidings.Consent{Basis: "a test"},
			Subscriptions: []tidings.Subscription{{Cadence: tidings.Daily, Zone: "UTC", Hour: tidings.AnyHour, Filter: f}},
		}, at(0), "test"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.writer.ExecContext(t.Context(), `UPDATE filters SET text = '(' WHERE text = 'steel'`); err != nil {
		t.Fatal(err)
	}
	if n, err := db.ResumeDue(t.Context(), at(6)); n != 1 || err == nil || !strings.Contains(err.Error(), "subscriber ") {
		t.Errorf("%d came back, %v", n, err)
	}
	if s, err := db.Subscriber(t.Context(), "lee@example.org"); err != nil || s.State != tidings.Active {
		t.Errorf("is %s, %v", s.State, err)
	}
}

func TestCanceledWriteLeavesNothingAndTheWriterGoesOn(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := db.write(ctx, at(0), "test", func(tx *tx) error {
		if err := tx.audit(ctx, "test", "test", nil); err != nil {
			return err
		}
		cancel()
		return nil
	})
	if err == nil {
		t.Error("committed")
	}
	if log, err := db.Audit(t.Context(), 0); err != nil || len(log) != 0 {
		t.Errorf("%d records, %v", len(log), err)
	}
	if _, err := db.NoteConfiguration(t.Context(), "a", at(0)); err != nil {
		t.Error(err)
	}
}

func TestStandingsLeapFromSlotToSlot(t *testing.T) {
	t.Parallel()
	got := plan(t, open(t).readers, standingsQuery, 1, 2, 3)
	if strings.Contains(got, "SCAN s\n") || strings.Contains(got, "SCAN p") || strings.Contains(got, "SCAN n\n") ||
		!strings.Contains(got, "subscriptions_slot (cadence>?)") || !strings.Contains(got, "subscriptions_slot (cadence=? AND slot_zone>?)") ||
		!strings.Contains(got, "subscriptions_slot (cadence=? AND slot_zone=? AND slot_hour>?)") ||
		!strings.Contains(got, "subscriptions_since (cadence=? AND slot_zone=? AND slot_hour=?)") || strings.Count(got, "TEMP B-TREE") > 1 {
		t.Error(got)
	}
}

func TestWhatIsToBePutRightIsFoundByIndexes(t *testing.T) {
	t.Parallel()
	db := open(t)
	for _, statement := range []string{aheadDue, aheadUncertain, aheadLetters, aheadRuns} {
		if got := plan(t, db.readers, statement, 1, 2); strings.Contains(got, "SCAN") && !strings.Contains(got, "SCAN u USING INDEX runs_unsent") {
			t.Errorf("%s:\n%s", statement, got)
		}
	}
	if got := plan(t, db.readers, unfinishedCancels) + "\n"; strings.Contains(got, "SCAN d\n") || strings.Contains(got, "SCAN u") {
		t.Error(got)
	}
}
