package subscribe_test

import (
	"database/sql"
	"net/netip"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

// file opens the desk's database under the hood.
func (d *desk) file(t *testing.T) *sql.DB {
	t.Helper()
	file, err := sql.Open("sqlite", "file:"+d.path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return file
}

// rows counts those of the tables that joining fills.
func (d *desk) rows(t *testing.T) map[string]int {
	t.Helper()
	file, counts := d.file(t), map[string]int{}
	for _, table := range []string{"requests", "signups", "tickets", "letters", "subscribers", "consents"} {
		var n int
		if err := file.QueryRowContext(t.Context(), `SELECT count(*) FROM `+table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		counts[table] = n
	}
	return counts
}

// posted is a letter as it is in the outbox.
type posted struct {
	kind, address, language string
	known                   bool
	token                   string // of its ticket
}

// letters are all that were written, the oldest first.
func (d *desk) letters(t *testing.T) (all []posted) {
	t.Helper()
	rows, err := d.file(t).QueryContext(t.Context(), `SELECT kind, address, language, known, purpose, nonce, ticket FROM letters ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var l posted
		var purpose tidings.Purpose
		var nonce, hash []byte
		if err := rows.Scan(&l.kind, &l.address, &l.language, &l.known, &purpose, &nonce, &hash); err != nil {
			t.Fatal(err)
		}
		if nonce != nil {
			if l.token, err = d.Keyring.TicketOf(purpose, nonce, hash); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, l)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// newest is the letter that was written last.
func (d *desk) newest(t *testing.T) posted {
	t.Helper()
	all := d.letters(t)
	if len(all) == 0 {
		t.Fatal("no letter was written")
	}
	return all[len(all)-1]
}

// form is a sign-up for energy every day, from an address that nobody else in the test has.
func form(address string) tidings.SignUpForm {
	return tidings.SignUpForm{
		Address: address, Language: "ko", Form: "page", Wording: "w1", From: netip.MustParseAddr("203.0.113.7"),
		Choices: []tidings.Choice{{Cadence: tidings.Daily, Filter: "topic:energy", Hour: tidings.AnyHour}},
	}
}

// signUp asks, and gives the token of the letter.
func (d *desk) signUp(t *testing.T, w tidings.SignUpForm) string {
	t.Helper()
	before := len(d.letters(t))
	if a, err := d.SignUp(t.Context(), w, d.now); err != nil || a != tidings.Admitted {
		t.Fatal(a, err)
	}
	if n := len(d.letters(t)); n != before+1 {
		t.Fatalf("%d letters were written, want one", n-before)
	}
	return d.newest(t).token
}

func (d *desk) confirm(t *testing.T, token string) tidings.Confirmation {
	t.Helper()
	c, err := d.Confirm(t.Context(), token, d.now, "web")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// suppress makes min's address one that must not be written to.
func (d *desk) suppress(t *testing.T, address string) {
	t.Helper()
	err := d.db.UpdateSubscriber(t.Context(), address, d.now, "test", func(s *tidings.Subscriber) error {
		s.State = tidings.Suppressed
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (d *desk) pass(by time.Duration) { d.now = d.now.Add(by) }
