package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// confirming is a letter that asks the owner of an address about a weekly subscription.
func confirming(t *testing.T, address string) *tidings.Letter {
	t.Helper()
	l := ticketed(t, tidings.ConfirmLetter, tidings.PurposeConfirm)
	l.Address = address
	l.SignUp = tidings.SignUp{
		Address: address, Language: "en", Subscriptions: []tidings.Subscription{storetest.To(t, tidings.Weekly, "topic:energy")},
	}
	return l
}

func ticketed(t *testing.T, kind tidings.LetterKind, p tidings.Purpose) *tidings.Letter {
	t.Helper()
	l := &tidings.Letter{Kind: kind, Language: "en", Purpose: p, Expires: at(2000), Domain: "news.example.org"}
	l.Nonce, l.TicketHash = storetest.Keys(t).NewTicket(p)
	return l
}

// to is a letter of a kind to a subscriber.
func to(t *testing.T, s *tidings.Subscriber, kind tidings.LetterKind, p tidings.Purpose) *tidings.Letter {
	t.Helper()
	l := ticketed(t, kind, p)
	l.Address, l.Subscriber = s.Address, s.ID
	return l
}

func letterStates(t *testing.T, db *store.DB) string {
	t.Helper()
	var all []string
	for _, l := range store.Letters(t, db) {
		all = append(all, string(l.State))
	}
	return strings.Join(all, " ")
}

func TestLettersAreClaimedBeforeDeliveriesHoweverLongThoseWaited(t *testing.T) {
	t.Parallel()
	db := outbox(t, 3)
	store.Post(t, db, at(30), confirming(t, "one@example.net"), confirming(t, "two@example.net"))
	if next, err := db.NextDue(t.Context()); err != nil || !next.Equal(at(2)) {
		t.Errorf("next due %v, %v", next, err)
	}
	if early := claim(t, db, at(29), 1); len(early) != 1 || early[0].Letter != nil {
		t.Errorf("%+v was claimed before a letter was due", early)
	}
	var got []string
	for _, d := range append(claim(t, db, at(30), 3), claim(t, db, at(30), 3)...) {
		got = append(got, fmt.Sprint(d.Address, " ", d.Letter != nil))
	}
	want := []string{"one@example.net true", "two@example.net true", "s2@example.org false", "s3@example.org false"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if next, err := db.NextDue(t.Context()); err != nil || !next.IsZero() {
		t.Errorf("nothing waits, but %v is due, %v", next, err)
	}
}

func TestLetterIsTheSameMailOnEveryClaimAndLosesItsNonceAtItsEnd(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	posted := confirming(t, "one@example.net")
	store.Post(t, db, at(1).Add(1234*time.Microsecond), posted)
	first := claim(t, db, at(2), 1)[0]
	if diff := cmp.Diff(posted, first.Letter, cmp.Comparer(sameFilter)); diff != "" {
		t.Errorf("(-posted +claimed):\n%s", diff)
	}
	if first.RunID != 0 || first.ID != posted.ID || !first.Date.Equal(at(1)) || first.MessageID != posted.MessageID() {
		t.Errorf("%+v", first)
	}
	settle(t, db, tidings.Outcome{
		Delivery: first.ID, Letter: true, State: tidings.DeliveryDeferred, Next: at(20), Attempts: 1, Reply: "451 later", At: at(3),
	})
	want := first
	want.State, want.Next, want.Attempts, want.LastReply, want.Claimed = tidings.DeliveryDeferred, at(20), 1, "451 later", at(20)
	again := claim(t, db, at(20), 1)[0]
	if diff := cmp.Diff(want, again, cmp.Comparer(sameFilter)); diff != "" {
		t.Errorf("(-first +second):\n%s", diff)
	}
	for _, state := range []tidings.DeliveryState{tidings.DeliverySent, tidings.DeliveryFailed, tidings.DeliverySuppressed} {
		store.Post(t, db, at(21), confirming(t, "more@example.net"))
		l := claim(t, db, at(22), 1)[0]
		sent := tidings.Outcome{Delivery: l.ID, Letter: true, State: state, Attempts: 1, Reply: "so it is", At: at(23)}
		settle(t, db, sent)
		settle(t, db, sent) // of a commit of unknown fate: written down already
		want := store.LetterRow{State: state, Attempts: 1, Settled: true, Reply: "so it is"}
		if rows := store.Letters(t, db); rows[l.ID-1] != want || !rows[0].Nonce {
			t.Errorf("%+v, and the first one, which is not settled, %+v", rows[l.ID-1], rows[0])
		}
		late := sent
		late.State = tidings.DeliveryUncertain
		if err := db.Settle(t.Context(), []tidings.Outcome{late}); err == nil || !strings.Contains(err.Error(), fmt.Sprint("letter ", l.ID, ": is ", state)) {
			t.Errorf("an end state was overwritten: %v", err)
		}
	}
}

func sameFilter(a, b tidings.Filter) bool { return a.String() == b.String() }

func TestLetterWithTheNumberOfADeliveryIsNotMistakenForIt(t *testing.T) {
	t.Parallel()
	db := outbox(t, 1)
	l := confirming(t, "one@example.net")
	store.Post(t, db, at(2), l)
	store.Exec(t, db, `UPDATE letters SET id = 1 << 25 | 1 WHERE id = ?`, l.ID)
	got := claim(t, db, at(3), 2)
	if len(got) != 2 || got[0].ID != got[1].ID {
		t.Fatalf("%+v", got)
	}
	settle(t, db, tidings.Outcome{Delivery: got[0].ID, Letter: true, State: tidings.DeliverySent, Attempts: 1, At: at(4)})
	if l := letterStates(t, db); l != "sent" || states(t, db, 1) != "sending" {
		t.Errorf("the letter is %s, the delivery %s", l, states(t, db, 1))
	}
}

func TestLetterOnTheWireAtACrashIsUncertain(t *testing.T) {
	t.Parallel()
	db := outbox(t, 1)
	store.Post(t, db, at(2), confirming(t, "one@example.net"))
	claim(t, db, at(3), 2)
	if n, err := db.Recover(t.Context(), at(5)); err != nil || n != 2 {
		t.Errorf("%d, %v", n, err)
	}
	if next, err := db.NextDue(t.Context()); err != nil || !next.Equal(at(20)) {
		t.Errorf("next due %v, %v", next, err)
	}
	if got := claim(t, db, at(20), 9); len(got) != 2 || got[0].Letter == nil || got[0].State != tidings.DeliveryUncertain {
		t.Errorf("%+v", got)
	}
}

func TestLettersGoToThoseWhoLeftButNeverToASuppressedAddress(t *testing.T) {
	t.Parallel()
	type kind struct {
		kind tidings.LetterKind
		p    tidings.Purpose
	}
	kinds := []kind{
		{tidings.LinkLetter, tidings.PurposeManage},
		{tidings.MoveLetter, tidings.PurposeMove},
		{tidings.MovedLetter, ""},
		{tidings.EraseLetter, tidings.PurposeErase},
		{tidings.ChangedLetter, tidings.PurposeManage},
		{tidings.CopyLetter, ""},
	}
	for state, want := range map[tidings.SubscriberState]string{
		tidings.Active:     "sending sending sending sending sending sending",
		tidings.Paused:     "sending sending sending sending sending sending",
		tidings.Left:       "sending sending sending sending sending suppressed",
		tidings.Suppressed: "suppressed suppressed suppressed suppressed suppressed suppressed",
	} {
		db := outbox(t, 1)
		s, err := db.Subscriber(t.Context(), "1")
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range kinds {
			l := to(t, &s, k.kind, k.p)
			if k.p == "" {
				l.Nonce, l.TicketHash, l.Expires = nil, nil, time.Time{}
			}
			if k.kind == tidings.CopyLetter {
				l.Delivery = 1<<25 + 1
			}
			if k.kind == tidings.ChangedLetter {
				l.Consent = 1
			}
			store.Post(t, db, at(3), l)
		}
		if state != tidings.Active {
			setState(t, db, "1", at(4), state)
		}
		claim(t, db, at(5), 9)
		if got := letterStates(t, db); got != want {
			t.Errorf("%s: %s", state, got)
		}
		for i, l := range store.Letters(t, db) {
			if l.State == tidings.DeliverySuppressed && (l.Nonce || !l.Settled || l.Reply == "") {
				t.Errorf("%s: letter %d: %+v", state, i+1, l)
			}
		}
	}
}

func TestLetterWithNothingToConfirmAnyMoreIsNotSent(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	first, second := confirming(t, "one@example.net"), confirming(t, "one@example.net")
	store.Post(t, db, at(1), first, second)
	if err := db.ConfirmSignUp(t.Context(), first.TicketHash, at(2), "test"); err != nil {
		t.Fatal(err)
	}
	got := claim(t, db, at(3), 1)
	if len(got) != 1 || got[0].ID != second.ID || letterStates(t, db) != "suppressed sending" {
		t.Errorf("%+v of %s", got, letterStates(t, db))
	}
}

func TestCopyKnowsItsEditionAndTheDeliveryThatItRepeats(t *testing.T) {
	t.Parallel()
	db := outbox(t, 2)
	was := claim(t, db, at(2), 2)[1]
	s, err := db.Subscriber(t.Context(), was.Address)
	if err != nil {
		t.Fatal(err)
	}
	l := &tidings.Letter{Kind: tidings.CopyLetter, Address: s.Address, Language: "en", Subscriber: s.ID, Delivery: was.ID, Domain: "news.example.org"}
	store.Post(t, db, at(9), l)
	got := claim(t, db, at(10), 9)[0]
	if got.EditionID != was.EditionID || got.Letter.Delivery != was.ID || got.Cadence != was.Cadence || !got.Since.Equal(was.Since) ||
		got.RunID != 0 || got.MessageID == was.MessageID || !got.Date.Equal(at(9)) {
		t.Errorf("%+v repeats %+v", got, was)
	}
}

func TestHardBounceOfALetterSuppressesItsAddressForGoodUnlessNobodyHasConfirmedIt(t *testing.T) {
	t.Parallel()
	db := outbox(t, 1)
	s, err := db.Subscriber(t.Context(), "1")
	if err != nil {
		t.Fatal(err)
	}
	moving := to(t, &s, tidings.MoveLetter, tidings.PurposeMove)
	moving.Address = "two@example.net"
	store.Post(t, db, at(2), confirming(t, "one@example.net"), moving, to(t, &s, tidings.LinkLetter, tidings.PurposeManage))
	for _, d := range claim(t, db, at(3), 3) {
		settle(t, db, tidings.Outcome{
			Delivery: d.ID, Letter: true, State: tidings.DeliveryFailed, Attempts: 1, Reply: "550 5.1.1", Bounced: "5.1.1", At: at(4),
		})
	}
	if s, err := db.Subscriber(t.Context(), "1"); err != nil || s.State != tidings.Suppressed || states(t, db, 1) != "suppressed" {
		t.Errorf("%s, %v, with a delivery that is %s", s.State, err, states(t, db, 1))
	}
	store.Post(t, db, at(5), confirming(t, "ONE@example.net"), confirming(t, "two@example.net"), confirming(t, s.Address))
	if got := claim(t, db, at(6), 9); len(got) != 2 || letterStates(t, db) != "failed failed failed sending sending suppressed" {
		t.Errorf("%+v of %s", got, letterStates(t, db))
	}
	records, err := db.Audit(t.Context(), 1)
	if err != nil || len(records) != 1 || records[0].Subject != "subscriber:1" {
		t.Errorf("%+v, %v", records, err)
	}
}

func TestLetterOfWhoWasErasedMeanwhileIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tidings.db")
	db := storetest.Open(t, path)
	s := storetest.Subscribe(t, db, at(0), kim, storetest.To(t, tidings.Daily, ""))
	for range 4 {
		store.Post(t, db, at(1), to(t, &s, tidings.LinkLetter, tidings.PurposeManage))
	}
	d := claim(t, db, at(2), 3)
	if err := db.RemoveSubscriber(t.Context(), kim, at(3), "test"); err != nil {
		t.Fatal(err)
	}
	settle(t, db,
		tidings.Outcome{Delivery: d[0].ID, Letter: true, State: tidings.DeliveryDeferred, Next: at(9), Attempts: 1, Reply: "451 <" + kim + ">", At: at(4)},
		tidings.Outcome{Delivery: d[1].ID, Letter: true, State: tidings.DeliveryFailed, Attempts: 1, Reply: "550 <" + kim + ">", Bounced: "5.1.1", At: at(4)})
	if n, err := db.Recover(t.Context(), at(5)); err != nil || n != 1 {
		t.Errorf("%d, %v", n, err)
	}
	if got := letterStates(t, db); got != "suppressed failed suppressed suppressed" {
		t.Errorf("got %s", got)
	}
	if got := claim(t, db, at(60), 9); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	for _, suffix := range []string{"", "-wal"} {
		if octets, err := os.ReadFile(path + suffix); err == nil && strings.Contains(string(octets), kim) {
			t.Errorf("%s%s holds the address", path, suffix)
		}
	}
}
