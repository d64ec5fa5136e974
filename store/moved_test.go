package store

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

// wherever names every column in which one of the words stands, in any case.
func wherever(t *testing.T, db *DB, words ...string) (found []string) {
	t.Helper()
	text := func(row *sql.Rows) (s string, err error) { return s, row.Scan(&s) }
	tables, err := list(t.Context(), db.readers, text, `
		SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' AND name NOT LIKE 'sqlite%'`)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		columns, err := list(t.Context(), db.readers, text, `SELECT name FROM pragma_table_xinfo(?)`, table)
		if err != nil {
			t.Fatal(err)
		}
		for _, column := range columns {
			for _, word := range words {
				if n := count(t, db, `"`+table+`" WHERE instr(lower(CAST("`+column+`" AS TEXT)), ?) > 0`, word); n > 0 {
					found = append(found, fmt.Sprintf("%s in %s.%s", word, table, column))
				}
			}
		}
	}
	return found
}

func TestWhoMovedAndIsErasedIsNowhereByEitherAddress(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "t.db")
	db := openAt(t, path)
	joined := signedUp(t, db, "Old@example.org", "otters", at(0))
	if err := db.ConfirmSignUp(t.Context(), joined.TicketHash, at(1), "web"); err != nil {
		t.Fatal(err)
	}
	other := added(t, db, "lee@example.org")
	s, err := db.Subscriber(t.Context(), "old@example.org")
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, db, `letters WHERE subscriber_id = ? AND kind = 'confirm'`, s.ID); n != 1 {
		t.Errorf("%d letters of the sign-up are theirs", n)
	}
	waits := signedUp(t, db, "old@example.org", "narwhals", at(2))
	moving := func(to string, who int64) *tidings.Letter {
		l := letterFor(t, tidings.MoveLetter, tidings.PurposeMove, at(3))
		l.Address, l.Subscriber = to, who
		return posted(t, db, at(3), l)
	}
	move := moving("New@example.org", s.ID)
	moving("OLD@example.org", other.ID)
	moving("NEW@example.org", other.ID)
	if err := db.ConfirmMove(t.Context(), move.TicketHash, letterFor(t, tidings.MovedLetter, "", at(4)), at(4), "web"); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]int{
		`signups`: 0,
		`letters WHERE address = 'old@example.org' AND kind = 'moved' AND state = 'pending'`: 1,
		`letters WHERE address = 'old@example.org'`:                                          1,
		`letters WHERE state = 'pending'`:                                                    3, // and those to the new one
	} {
		if got := count(t, db, query); got != want {
			t.Errorf("%s: %d rows, want %d", query, got, want)
		}
	}
	if err := db.ConfirmSignUp(t.Context(), waits.TicketHash, at(5), "web"); !errors.Is(err, tidings.ErrExpired) {
		t.Errorf("what waited for the old address: %v", err)
	}
	if err := db.RemoveSubscriber(t.Context(), "new@example.org", at(6), "test"); err != nil {
		t.Fatal(err)
	}
	if found := wherever(t, db, "old@", "new@", "otters", "narwhals"); len(found) != 0 {
		t.Errorf("%q", found)
	}
	for _, file := range []string{path, path + "-wal"} {
		if data := strings.ToLower(contentsOf(t, file)); strings.Contains(data, "old@") || strings.Contains(data, "new@") {
			t.Errorf("an address is still in %s", filepath.Base(file))
		}
	}
}

func TestWhoMovesToAnAddressOfOneWhoLeftKeepsTheirOwnSignUps(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "t.db")
	db := openAt(t, path)
	mover := added(t, db, "old@example.org")
	added(t, db, "new@example.org", daily(t, "seahorses"))
	if err := db.UpdateSubscriber(t.Context(), "new@example.org", at(1), "web", func(s *tidings.Subscriber) error {
		s.State = tidings.Left
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	waits := signedUp(t, db, "new@example.org", "otters", at(2))
	move := letterFor(t, tidings.MoveLetter, tidings.PurposeMove, at(3))
	move.Address, move.Subscriber = "new@example.org", mover.ID
	posted(t, db, at(3), move)
	for range 2 { // the second time it is done
		if err := db.ConfirmMove(t.Context(), move.TicketHash, letterFor(t, tidings.MovedLetter, "", at(4)), at(4), "web"); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{path, path + "-wal"} {
		if strings.Contains(contentsOf(t, file), "seahorses") {
			t.Errorf("what they chose who had left is still in %s", filepath.Base(file))
		}
	}
	if err := db.ConfirmSignUp(t.Context(), waits.TicketHash, at(5), "web"); err != nil {
		t.Fatal(err)
	}
	if s, err := db.Subscriber(t.Context(), "new@example.org"); err != nil || s.ID != mover.ID || len(s.Subscriptions) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestWhatIsNoChangeOfChoicesIsNotInTheRecordOfConsent(t *testing.T) {
	t.Parallel()
	db := open(t)
	s := added(t, db, "kim@example.org", daily(t, "topic:energy"))
	for _, change := range []func(*tidings.Subscriber){
		func(s *tidings.Subscriber) { s.Feed++ },
		func(s *tidings.Subscriber) { s.Offered = at(1) },
	} {
		if err := db.UpdateSubscriber(t.Context(), "1", at(1), "web", func(s *tidings.Subscriber) error {
			change(s)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if entries, err := db.Consents(t.Context(), s.ID); err != nil || len(entries) != 1 {
		t.Errorf("%+v, %v", entries, err)
	}
}
