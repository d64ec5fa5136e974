package store

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
)

// requestOf is a request for the link to one's own page.
func requestOf(address string) *tidings.Request {
	return &tidings.Request{Kind: tidings.LinkRequest, Address: address, Network: "203.0.113.7", Block: "203.0.113.0/24"}
}

// letterFor is a letter with a ticket for the purpose; with none for "".
func letterFor(t *testing.T, kind tidings.LetterKind, p tidings.Purpose, now time.Time) *tidings.Letter {
	t.Helper()
	l := &tidings.Letter{Kind: kind, Purpose: p, Language: "en", Domain: "news.example.org"}
	if p != "" {
		l.Expires = now.Add(24 * time.Hour)
		l.Nonce, l.TicketHash = testKeys(t, "k").NewTicket(p)
	}
	return l
}

// signedUp asks to join with a filter.
func signedUp(t *testing.T, db *DB, address, filter string, now time.Time) *tidings.Letter {
	t.Helper()
	l := letterFor(t, tidings.ConfirmLetter, tidings.PurposeConfirm, now)
	l.Address = address
	l.SignUp = tidings.SignUp{Address: address, Language: "en", Subscriptions: []tidings.Subscription{daily(t, filter)}}
	r := requestOf(address)
	r.Kind = tidings.SignUpRequest
	if a, err := db.AdmitSignUp(t.Context(), r, l, now); a != tidings.Admitted || err != nil {
		t.Fatal(a, err)
	}
	return l
}

func daily(t *testing.T, filter string) tidings.Subscription {
	t.Helper()
	f, err := tidings.ParseFilter(filter)
	if err != nil {
		t.Fatal(err)
	}
	return tidings.Subscription{Cadence: tidings.Daily, Filter: f, Zone: "UTC", Hour: tidings.AnyHour}
}

func posted(t *testing.T, db *DB, now time.Time, l *tidings.Letter) *tidings.Letter {
	t.Helper()
	if err := db.write(t.Context(), now, "test", func(tx *tx) error { return tx.post(t.Context(), l) }); err != nil {
		t.Fatal(err)
	}
	return l
}

func count(t *testing.T, db *DB, query string, args ...any) (n int) {
	t.Helper()
	if err := db.readers.QueryRowContext(t.Context(), `SELECT count(*) FROM `+query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func added(t *testing.T, db *DB, address string, subs ...tidings.Subscription) tidings.Subscriber {
	t.Helper()
	s := tidings.Subscriber{
		Address: address, Language: "en", State: tidings.Active, Subscriptions: subs,
		Consent: tidings.Consent{Basis: "asked by phone", By: "kim", At: at(0)},
	}
	if err := db.AddSubscriber(t.Context(), &s, at(0), "kim"); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhoeverIsErasedIsInNoTableNorTheirWords(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "t.db")
	db := openAt(t, path)
	park := added(t, db, "park@example.org", daily(t, "seahorses"))
	other := added(t, db, "lee@example.org", daily(t, "topic:energy OR otters"))
	signedUp(t, db, "Park@example.org", "narwhals", at(1))
	own := letterFor(t, tidings.LinkLetter, tidings.PurposeManage, at(1))
	if _, err := db.AdmitLink(t.Context(), requestOf("park@example.org"), own, at(1)); err != nil {
		t.Fatal(err)
	}
	move := letterFor(t, tidings.MoveLetter, tidings.PurposeMove, at(2))
	move.Address, move.Subscriber = "park@elsewhere.example", park.ID
	posted(t, db, at(2), move)
	theirs := letterFor(t, tidings.LinkLetter, tidings.PurposeManage, at(2))
	theirs.Address, theirs.Subscriber = other.Address, other.ID
	posted(t, db, at(2), theirs)
	if err := db.RemoveSubscriber(t.Context(), "park@example.org", at(3), "test"); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]int{
		`signups`:  0,
		`consents`: 1, `subscriptions`: 1, `filters`: 1, `letters WHERE address <> ''`: 1, // of somebody else
		`letters WHERE state = 'suppressed' AND next_at IS NULL AND settled IS NOT NULL AND nonce IS NULL`: 3,
		`letters WHERE state = 'pending'`:         1,
		`tickets WHERE subscriber_id IS NOT NULL`: 1,
		`tickets WHERE detail <> ''`:              0,
		`subscribers WHERE address IS NULL AND language = '' AND basis = '' AND state='left'`: 1,
	} {
		if got := count(t, db, query); got != want {
			t.Errorf("%s: %d rows, want %d", query, got, want)
		}
	}
	for _, file := range []string{path, path + "-wal"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"park@", "seahorses", "narwhals"} {
			if bytes.Contains(bytes.ToLower(data), []byte(word)) {
				t.Errorf("%s is still in %s", word, filepath.Base(file))
			}
		}
	}
}

func TestTheRecordOfConsentTellsEveryStep(t *testing.T) {
	t.Parallel()
	db := open(t)
	s := added(t, db, "kim@example.org", daily(t, "topic:energy"))
	minute := 1
	step := func(change func(*tidings.Subscriber)) {
		t.Helper()
		err := db.UpdateSubscriber(t.Context(), "1", at(minute), "web", func(s *tidings.Subscriber) error {
			change(s)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		minute++
	}
	step(func(s *tidings.Subscriber) { s.Subscriptions[0].Filter = daily(t, "hydrogen").Filter })
	step(func(*tidings.Subscriber) {}) // nothing
	step(func(s *tidings.Subscriber) { s.State, s.PausedUntil = tidings.Paused, at(60) })
	step(func(s *tidings.Subscriber) { s.Address = "kim@example.com" })
	step(func(s *tidings.Subscriber) { s.State = tidings.Left })
	again := s
	again.Address, again.Subscriptions = "kim@example.com", nil
	if err := db.AddSubscriber(t.Context(), &again, at(minute), "kim"); err != nil {
		t.Fatal(err)
	}
	entries, err := db.Consents(t.Context(), s.ID)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, fmt.Sprintf("%d %s by %s: %s", int(e.At.Sub(at(0)).Minutes()), e.Kind, e.Actor, e.Detail))
	}
	const choice = `"choices":[{"cadence":"daily","filter":"%s","zone":"UTC","hour":-1}]`
	want := []string{
		`0 recorded by kim: {"basis":"asked by phone","by":"kim","given":"2026-03-02T09:00:00Z","language":"en",` +
			fmt.Sprintf(choice, "topic:energy") + `}`,
		`1 changed by web: {"state":"active","language":"en",` + fmt.Sprintf(choice, "hydrogen") + `}`,
		`3 changed by web: {"state":"paused","paused_until":"2026-03-02T10:00:00Z","language":"en",` + fmt.Sprintf(choice, "hydrogen") + `}`,
		`4 moved by web: {}`,
		`5 left by web: {}`,
		`6 recorded by kim: {"basis":"asked by phone","by":"kim","given":"2026-03-02T09:00:00Z","language":"en"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, e := range entries {
		if strings.Contains(e.Detail, "@") {
			t.Errorf("an address is in %s", e.Detail)
		}
	}
}

func TestTheRecordOfConsentIsOnlyAddedTo(t *testing.T) {
	t.Parallel()
	db := open(t)
	added(t, db, "kim@example.org")
	for _, change := range []string{`UPDATE consents SET detail = '{}'`, `DELETE FROM consents`} {
		if _, err := db.writer.ExecContext(t.Context(), change); err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: %v", change, err)
		}
	}
}

func TestRequestsAreCountedByTheirIndex(t *testing.T) {
	t.Parallel()
	db := open(t)
	for query, index := range map[string]string{
		`SELECT count(*) FROM requests WHERE network = ?1 AND at > ?2 AND at <= ?3`:              "requests_network (network=? AND at>? AND at<?)",
		`SELECT count(*) FROM requests WHERE block = ?1 AND at > ?2 AND at <= ?3`:                "requests_block (block=? AND at>? AND at<?)",
		`SELECT count(*) FROM requests WHERE ` + ofAddress("link") + ` AND at > ?2 AND at <= ?3`: "requests_address (address=? AND kind=? AND at>? AND at<?)",
		`SELECT count(*) FROM requests WHERE ` + ofVisitors + ` AND at > ?2 AND at <= ?3`:        "COVERING INDEX requests_at (at>? AND at<?)",
		forgetRequests: "requests_at (at<?)",
		`SELECT 1 FROM letters WHERE settled < 5 AND address <> ''`:   "letters_settled",
		`SELECT id FROM deliveries WHERE settled < 5 AND reply <> ''`: "deliveries_reply",
		theyLeft: "subscribers_left",
		`SELECT f.id FROM filters f WHERE ` + isUnused: "subscriptions_filter (filter_id=?)",
		eraseLetters:  "letters_address",
		eachConsent:   "SEARCH c USING INTEGER PRIMARY KEY (rowid>?)",
		consentsOfOne: "consents_subscriber (subscriber_id=? AND rowid>?)",
		ownLetters:    "letters_address",
		eraseDetails:  "tickets_detail",
		theSuppressed: "subscribers_suppressed",
	} {
		if got := plan(t, db.writer, query, 1, 2, 3); !strings.Contains(got, index) {
			t.Errorf("%s\n%s", query, got)
		}
	}
}

func TestAFilterInUseOutlivesWhoeverElseHadIt(t *testing.T) {
	t.Parallel()
	db := open(t)
	added(t, db, "kim@example.org", daily(t, "otters"))
	added(t, db, "lee@example.org", daily(t, "otters"))
	if err := db.RemoveSubscriber(t.Context(), "kim@example.org", at(1), "test"); err != nil {
		t.Fatal(err)
	}
	if s, err := db.Subscriber(t.Context(), "lee@example.org"); err != nil || s.Subscriptions[0].Filter.String() != "otters" {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestWhatIsRefusedByNetworkLeavesNoRow(t *testing.T) {
	t.Parallel()
	db := open(t)
	admit := func(r *tidings.Request, now time.Time) (a tidings.Admission, mail bool) {
		err := db.write(t.Context(), now, "test", func(tx *tx) (err error) {
			a, mail, err = tx.admit(context.WithoutCancel(t.Context()), r, true)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return a, mail
	}
	r := requestOf("kim@example.org")
	r.Limits = tidings.Limits{NetworkHour: 1}
	if a, mail := admit(r, at(0)); a != tidings.Admitted || !mail {
		t.Error(a, mail)
	}
	if a, mail := admit(r, at(59)); a != tidings.NetworkBusy || mail || count(t, db, `requests`) != 1 {
		t.Error(a, mail, count(t, db, `requests`))
	}
	if a, mail := admit(r, at(60)); a != tidings.Admitted || !mail {
		t.Error(a, mail)
	}
}
