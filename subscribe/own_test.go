package subscribe_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

func TestAMoveIsAskedAtTheNewAddressAndSaysNothingOfOthers(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	for _, address := range []string{"lee@example.org", "bounced@example.org", "park@example.org"} {
		j := join()
		j.Address = address
		if _, err := d.Add(t.Context(), j, d.now, "test"); err != nil {
			t.Fatal(err)
		}
	}
	d.suppress(t, "bounced@example.org")
	if err := d.Leave(t.Context(), "park@example.org", d.now, "test"); err != nil {
		t.Fatal(err)
	}
	token := d.own(t)
	wantInvalid(t, d.Move(t.Context(), token, "min", d.now), "address: ")
	wantInvalid(t, d.Move(t.Context(), token, "MIN@Example.org", d.now), "address: mails go to this one")
	before := len(d.letters(t))
	for _, address := range []string{"lee@example.org", "Bounced@example.org", "new@예시.한국"} {
		if err := d.Move(t.Context(), token, address, d.now); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	got := d.letters(t)[before:]
	if len(got) != 1 || got[0].kind != "move" || got[0].address != "new@xn--vv4b11d.xn--3e0b707e" {
		t.Fatalf("%+v", got)
	}
	wantInvalid(t, d.Move(t.Context(), token, "new2@example.org", d.now), "letters: you have asked")
	d.pass(time.Hour)
	if err := d.Move(t.Context(), token, "park@example.org", d.now); err != nil || d.newest(t).address != "park@example.org" {
		t.Errorf("an address of one who left: %v, %+v", err, d.newest(t))
	}
	if d.stored(t).Address != "Min@example.org" {
		t.Error("moved before it was confirmed")
	}
	d.confirm(t, got[0].token)
	moved, err := d.db.Subscriber(t.Context(), "new@xn--vv4b11d.xn--3e0b707e")
	if err != nil || moved.Subscriptions[0].Filter.String() != "topic:energy" {
		t.Errorf("%+v, %v", moved, err)
	}
	if l := d.newest(t); l.kind != "moved" || l.address != "Min@example.org" {
		t.Errorf("the old address was told %+v", l)
	}
}

func TestErasingIsAskedByMailAndConfirmed(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	token := d.own(t)
	for range 3 {
		if err := d.AskErase(t.Context(), token, d.now); err != nil {
			t.Fatal(err)
		}
	}
	wantInvalid(t, d.AskErase(t.Context(), token, d.now), "letters: ")
	if l := d.newest(t); l.kind != "erase" || l.address != "Min@example.org" || d.stored(t).State != tidings.Active {
		t.Fatalf("%+v", l)
	}
	d.confirm(t, d.newest(t).token)
	if _, err := d.db.Subscriber(t.Context(), "min@example.org"); !errors.Is(err, tidings.ErrNotFound) {
		t.Errorf("still there: %v", err)
	}
}

func TestAMailOfOnesOwnMayBeHadAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	d.token(t)
	token := d.own(t)
	mails, err := d.db.Deliveries(t.Context(), d.stored(t).ID, 1)
	if err != nil || len(mails) != 1 {
		t.Fatal(len(mails), err)
	}
	id := mails[0].ID
	for range 5 {
		if err := d.MailAgain(t.Context(), token, id, d.now); err != nil {
			t.Fatal(err)
		}
	}
	wantInvalid(t, d.MailAgain(t.Context(), token, id, d.now), "letters: ")
	if l := d.posted(t)[0]; l.Letter.Kind != tidings.CopyLetter || l.Letter.Delivery != id || !l.Letter.Expires.IsZero() {
		t.Errorf("the letter is %+v", l.Letter)
	}
	d.pass(time.Hour)
	for name, other := range map[string]int64{"none": 0, "not there": id + 1} {
		if err := d.MailAgain(t.Context(), token, other, d.now); !errors.Is(err, tidings.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	d.pass(91 * 24 * time.Hour)
	late := d.own(t)
	if err := d.MailAgain(t.Context(), late, id, d.now); !errors.Is(err, tidings.ErrNotFound) {
		t.Errorf("of 91 days ago: %v", err)
	}
	if v, err := d.Visit(t.Context(), late, d.now); err != nil || len(v.Mails) != 0 {
		t.Errorf("shows %+v, %v", v.Mails, err)
	}
}

func TestAMailOfSomebodyElseIsNotHad(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	d.token(t)
	mails, err := d.db.Deliveries(t.Context(), d.stored(t).ID, 1)
	if err != nil || len(mails) != 1 {
		t.Fatal(len(mails), err)
	}
	j := join()
	j.Address = "lee@example.org"
	if _, err := d.Add(t.Context(), j, d.now, "test"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.SendLink(t.Context(), "lee@example.org", "", form("").From, d.now); err != nil {
		t.Fatal(err)
	}
	lee := d.newest(t).token
	if err := d.MailAgain(t.Context(), lee, mails[0].ID, d.now); !errors.Is(err, tidings.ErrNotFound) {
		t.Errorf("%v", err)
	}
	if v, err := d.Visit(t.Context(), lee, d.now); err != nil || !v.Own || len(v.Mails) != 0 || v.Subscriber.Address != "lee@example.org" {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestThePersonalFeedFollowsTheChoicesUntilItIsReset(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	token := d.own(t)
	feed := func() string {
		v, err := d.Visit(t.Context(), token, d.now)
		if err != nil {
			t.Fatal(err)
		}
		return v.Feed
	}
	first := feed()
	d.change(t, daily("topic:trade"), weekly("hydrogen"))
	f, err := d.FeedOf(t.Context(), first)
	if err != nil || f.Language != "ko" || len(f.Filters) != 2 || f.Filters[0].String() != "topic:trade" {
		t.Errorf("%+v, %v", f, err)
	}
	if err := d.ResetFeed(t.Context(), token, d.now); err != nil {
		t.Fatal(err)
	}
	if _, err := d.FeedOf(t.Context(), first); !errors.Is(err, tidings.ErrBadToken) {
		t.Errorf("the old address: %v", err)
	}
	second := feed()
	if _, err := d.FeedOf(t.Context(), second); err != nil || second == first {
		t.Errorf("the new address: %v", err)
	}
	if err := d.LeaveVisit(t.Context(), token, d.now); err != nil {
		t.Fatal(err)
	}
	if _, err := d.FeedOf(t.Context(), second); !errors.Is(err, tidings.ErrBadToken) {
		t.Errorf("who left: %v", err)
	}
	d.add(t)
	if _, err := d.FeedOf(t.Context(), first); !errors.Is(err, tidings.ErrBadToken) {
		t.Errorf("came back, and the address of before the reset: %v", err)
	}
}

func TestTheExportHasEverythingHeld(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	d.token(t)
	d.signUp(t, form("min@example.org"))
	token := d.own(t)
	text, err := d.Export(t.Context(), token, d.now)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"address": "Min@example.org"`, `"language": "ko"`, `"state": "active"`, `"basis": "signed form"`, `"kind": "recorded"`,
		`"filter": "topic:energy"`, `"releases": [`, `"solar"`, `"state": "sent"`, `"last_reply": "250 ok"`, `"kind": "link"`,
		`"wording": "w1"`, `"network": "203.0.113.0/24"`, `"suppression": null`,
		`"personal_feed": "https://news.example.org/feeds/mine/`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if strings.Contains(string(text), token) {
		t.Error("a ticket is in it")
	}
	d.suppress(t, "min@example.org")
	if text, err = d.Export(t.Context(), token, d.now); err != nil || !strings.Contains(string(text), `"reason": "by test"`) {
		t.Errorf("suppressed: %v\n%s", err, text)
	}
	wantInvalid(t, d.AskErase(t.Context(), token, d.now), "subscriber: no mail may")
}
