package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

// many has so many daily readers, each with a filter of their own: for whom the n-th is, "word<n>". Every fifth reads Korean, but for
// those up to koFrom.
func many(t *testing.T, readers, koFrom int) *DB {
	t.Helper()
	db := open(t)
	numbers := fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) `, readers)
	for _, q := range []string{
		numbers + fmt.Sprintf(`INSERT INTO subscribers (id, address, language, state, basis, recorded_by, created, multi)
			SELECT i, 's' || i || '@example.org', iif(i > %d AND i %% 5 = 0, 'ko', 'en'), 'active', '', '', 1, 0 FROM n`, koFrom),
		numbers + `INSERT INTO filters SELECT i, 'word' || i FROM n`,
		`INSERT INTO subscriptions (id, subscriber_id, cadence, filter_id, zone, hour, created, since)
			SELECT id, id, 'daily', id, 'Asia/Seoul', -1, 1, 1 FROM subscribers`,
		`INSERT INTO positions SELECT id, 0 FROM subscriptions`,
	} {
		Exec(t, db, q)
	}
	r := tidings.Release{Source: "a", Slug: "a", Language: "en", Title: "A", Status: tidings.Published}
	if _, err := db.Save(t.Context(), &tidings.Site{MailDomain: "x.org", Zone: time.UTC, Language: "en"}, &r, at(1), "test"); err != nil {
		t.Fatal(err)
	}
	return db
}

func dailyRun() *tidings.Run {
	return &tidings.Run{
		Slot: tidings.Slot{Cadence: tidings.Daily, Zone: "Asia/Seoul", Hour: tidings.AnyHour}, Kind: tidings.ScheduledRun,
		Due: at(10), Created: at(11), Domain: "x.org",
	}
}

// More cohorts than are decided at once, more than a small first part has, and more rows than one statement takes. Who decides uses the
// memory of the entries again, as the planner does.
func TestEveryoneOfThousandsGetsWhatWasDecidedForThem(t *testing.T) {
	t.Parallel()
	const readers = 3_333
	db := many(t, readers, 2_500)
	run := dailyRun()
	var given []tidings.Entry
	opened, err := db.OpenRun(t.Context(), run, func(cohorts []tidings.Cohort, _ []tidings.Candidate) ([]tidings.Decision, error) {
		if len(cohorts) > 1_000 {
			t.Errorf("%d cohorts are decided at once", len(cohorts))
		}
		clear(given)
		given = given[:0]
		decisions := make([]tidings.Decision, len(cohorts))
		for i, c := range cohorts {
			given = append(given, tidings.Entry{Release: 1, Revision: 1, Section: c.Filter.String()})
			decisions[i] = tidings.Decision{Position: 1, Entries: given[i : i+1 : i+1]}
		}
		return decisions, nil
	})
	if err != nil || !opened {
		t.Fatalf("opened %t, %v", opened, err)
	}
	var right, moved, editions int
	if err := db.readers.QueryRowContext(t.Context(), `
		SELECT (SELECT count(*) FROM deliveries d JOIN editions n ON n.id = d.edition_id JOIN edition_entries e ON e.edition_id = n.id
				JOIN subscribers p ON p.id = d.subscriber_id
				WHERE e.section = 'word' || d.subscriber_id AND n.language = p.language AND d.state = 'pending'),
			(SELECT count(*) FROM positions WHERE position = 1), (SELECT count(*) FROM editions)`).Scan(&right, &moved, &editions); err != nil {
		t.Fatal(err)
	}
	if right != readers || moved != readers || editions != readers {
		t.Errorf("of %d, %d get their own mail, %d were moved; %d editions", readers, right, moved, editions)
	}
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// What is read ahead of the first decision is read again when somebody leaves meanwhile, whichever part they are in.
func TestWhoeverLeavesWhileThePartsBeforeAreDecidedGetsNothing(t *testing.T) {
	t.Parallel()
	for _, who := range []int{1, 999, 2_001, 2_900} {
		db := many(t, 3_000, 0)
		run := dailyRun()
		asked := 0
		opened, err := db.OpenRun(t.Context(), run, func(cohorts []tidings.Cohort, _ []tidings.Candidate) ([]tidings.Decision, error) {
			if asked++; asked == 1 {
				err := db.UpdateSubscriber(t.Context(), fmt.Sprintf("s%d@example.org", who), at(12), "test", func(s *tidings.Subscriber) error {
					s.State = tidings.Left
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
			decisions := make([]tidings.Decision, len(cohorts))
			for i := range cohorts {
				decisions[i] = tidings.Decision{Position: 1, Entries: []tidings.Entry{{Release: 1, Revision: 1}}}
			}
			return decisions, nil
		})
		if err != nil || !opened {
			t.Fatalf("opened %t, %v", opened, err)
		}
		var n, theirs, all int
		if err := db.readers.QueryRowContext(t.Context(), `
			SELECT count(*), count(*) FILTER (WHERE subscriber_id = ?), (SELECT count(*) FROM positions WHERE position = 1)
			FROM deliveries`, who).Scan(&n, &theirs, &all); err != nil || n != 2_999 || theirs != 0 || all != 2_999 {
			t.Errorf("when %d left: %d mails, %d of them theirs, %d moved, %v", who, n, theirs, all, err)
		}
	}
}

func TestWhatWasReadAheadFromElsewhereIsReadAnew(t *testing.T) {
	t.Parallel()
	p := &planning{db: many(t, 10, 0), run: dailyRun()}
	p.db.parts, p.run.UpTo = 2, 1
	defer p.stopReading()
	p.readOn(t.Context(), 0)
	for _, after := range []int64{0, 2, 5} { // not 4: a part that was read again went up to 5
		if s, err := p.take(t.Context(), after); err != nil || s.from != after || s.n != 2 || s.to != after+2 {
			t.Errorf("after %d: %+v, %v", after, s, err)
		}
	}
	p.run.UpTo = 0
	if s, err := p.take(t.Context(), 7); err != nil || s.from != 7 || s.upTo != 0 {
		t.Errorf("up to 0: %+v, %v", s, err)
	}
	for _, after := range []int64{9, 9} { // the second time nothing is being read any more
		if s, err := p.take(t.Context(), after); err != nil || s.from != 9 || s.n != 1 || !s.last {
			t.Errorf("the last: %+v, %v", s, err)
		}
	}
}

func TestWhatWasDecidedIsFoundByItsCohort(t *testing.T) {
	t.Parallel()
	var all rulings
	keys := []rulingKey{{5, 10, 0}, {2, 10, 0}, {5, 9, 0}, {5, 10, 1}, {maxUsual, 10, 0}, {maxUsual - 1, 10, 0}}
	for i, key := range keys {
		if all.of(key) != nil {
			t.Errorf("%v is there before it was added", key)
		}
		all.add(&ruling{rulingKey: key, next: int64(i)})
	}
	for i, key := range keys {
		if got := all.of(key); got == nil || got.next != int64(i) {
			t.Errorf("%v: %v", key, got)
		}
	}
	if got := all.of(rulingKey{3, 10, 0}); got != nil {
		t.Errorf("%v was never decided", got)
	}
}
