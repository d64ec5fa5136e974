package mailer

import (
	"bytes"
	"database/sql"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/mailbox"
	"github.com/tidings/tidings/store"
)

// postConfirm posts a letter that asks whether an address is to get a weekly digest.
func postConfirm(t testing.TB, db *store.DB, address string) *tidings.Letter {
	t.Helper()
	now := time.Now()
	l := &tidings.Letter{
		Kind: tidings.ConfirmLetter, Address: address, Language: "en", Purpose: tidings.PurposeConfirm, Domain: "news.example.org",
		Expires: now.Add(48 * time.Hour),
		SignUp: tidings.SignUp{
			Address: address, Language: "en", Subscriptions: []tidings.Subscription{chosen(t, tidings.Weekly, "topic:energy")},
		},
	}
	l.Nonce, l.TicketHash = testKeys(t).NewTicket(l.Purpose)
	request := &tidings.Request{Kind: tidings.SignUpRequest, Address: address}
	if a := must(db.AdmitSignUp(t.Context(), request, l, now))(t); a != tidings.Admitted || l.ID == 0 {
		t.Fatalf("%s: letter %d", a, l.ID)
	}
	return l
}

// row is what is kept of a letter.
type row struct {
	state    tidings.DeliveryState
	attempts int
	reply    string
	nonce    bool
}

func (o *office) letter(id int64) (r row) {
	o.t.Helper()
	file := must(sql.Open("sqlite", "file:"+o.path+"?mode=ro"))(o.t)
	defer file.Close()
	err := file.QueryRowContext(o.t.Context(), `SELECT state, attempts, reply, nonce IS NOT NULL FROM letters WHERE id = ?`, id).
		Scan(&r.state, &r.attempts, &r.reply, &r.nonce)
	if err != nil {
		o.t.Fatal(err)
	}
	return r
}

// wantLetter checks the state of a letter, and that it has its nonce for as long as it may be sent.
func (o *office) wantLetter(id int64, state tidings.DeliveryState, attempts int) {
	o.t.Helper()
	r := o.letter(id)
	waits := state == tidings.DeliveryPending || state == tidings.DeliveryDeferred || state == tidings.DeliveryUncertain
	if r.state != state || r.attempts != attempts || r.nonce != waits {
		o.t.Errorf("the letter is %+v, want %s after %d attempts", r, state, attempts)
	}
}

// to are the mails that went to an address.
func (o *office) to(address string) (mails []mailbox.Mail) {
	for _, m := range o.box.Mails() {
		if m.To == address {
			mails = append(mails, m)
		}
	}
	return mails
}

const visitor = "visitor@example.net"

func TestPostedLetterLeavesWithinASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1, mailbox.Options{})
		m := o.mailer(2)
		stop := running(t, m)
		<-time.After(100 * time.Second) // between two ticks of the minute
		l := postConfirm(t, o.db, visitor)
		m.Post()
		<-time.After(time.Second)
		if n := len(o.to(visitor)); n != 1 {
			t.Errorf("%d mails after a second", n)
		}
		other := postConfirm(t, o.db, "other@example.net") // by a process that cannot tell this one
		<-time.After(time.Minute)
		if n := len(o.to("other@example.net")); n != 1 {
			t.Errorf("%d mails after a minute", n)
		}
		stop()
		o.wantLetter(l.ID, tidings.DeliverySent, 1)
		o.wantLetter(other.ID, tidings.DeliverySent, 1)
	})
}

func TestPostedLetterGoesAheadOfARunThatIsBeingSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 100, mailbox.Options{})
		m := must(New(Config{
			Relay: o.relay, Composer: testComposer(t), Outbox: o.db, Journal: o.db, Editions: o.db, Planner: idle{}, Connections: 2, Rate: 2,
		}))(t)
		stop := running(t, m)
		<-time.After(10 * time.Second)
		for range 3 {
			postConfirm(t, o.db, visitor)
		}
		m.Post()
		<-time.After(4 * time.Second) // what waits for its turn, and three letters, half a second each
		if n := len(o.to(visitor)); n != 3 {
			t.Errorf("%d letters of 3 have left, and %d mails", n, len(o.box.Mails()))
		}
		<-time.After(time.Minute)
		stop()
		if n := len(o.box.Mails()); n != 103 {
			t.Errorf("%d mails of 103", n)
		}
	})
}

func TestUnansweredLetterIsRetriedWithTheSameOctets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var dots atomic.Int64
		o := newOffice(t, 1, mailbox.Options{Reply: func(p mailbox.Phase, _, to string) error {
			if p == mailbox.Dot && to == visitor && dots.Add(1) < 3 {
				return mailbox.ErrHangUp // the box keeps it
			}
			return nil
		}})
		m := o.mailer(1)
		l := postConfirm(t, o.db, visitor)
		stop := running(t, m)
		<-time.After(14 * time.Minute)
		o.wantLetter(l.ID, tidings.DeliveryUncertain, 1)
		<-time.After(time.Hour)
		stop()
		mails := o.to(visitor)
		if len(mails) != 3 || !bytes.Equal(mails[0].Data, mails[1].Data) || !bytes.Equal(mails[0].Data, mails[2].Data) {
			t.Errorf("%d mails, or they differ", len(mails))
		}
		o.wantLetter(l.ID, tidings.DeliverySent, 3)
	})
}

func TestLetterNeverWaitsForAPerson(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1, mailbox.Options{Reply: func(p mailbox.Phase, _, to string) error {
			if p == mailbox.Dot && to == visitor {
				return mailbox.ErrHangUp
			}
			return nil
		}})
		l := postConfirm(t, o.db, visitor)
		stop := running(t, o.mailer(1))
		<-time.After(24 * time.Hour)
		stop()
		o.wantLetter(l.ID, tidings.DeliveryFailed, 3)
	})
}

func TestLetterIsGivenUpAfterADayAndNeverSentWithALinkThatHasEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1, mailbox.Options{Reply: func(p mailbox.Phase, _, to string) error {
			if p == mailbox.To && to == visitor {
				return mailbox.Refusal(450, "4.2.1", "busy")
			}
			return nil
		}})
		o.idle = true
		l := postConfirm(t, o.db, visitor)
		stop := running(t, o.mailer(1))
		<-time.After(16 * time.Hour)
		if r := o.letter(l.ID); r.state != tidings.DeliveryDeferred {
			t.Errorf("after sixteen hours it is %+v", r)
		}
		<-time.After(16 * time.Hour)
		if r := o.letter(l.ID); r.state != tidings.DeliveryFailed || r.attempts < giveUpAttempts {
			t.Errorf("after a day and a third it is %+v", r)
		}
		stop()
		late := postConfirm(t, o.db, "late@example.net")
		<-time.After(48 * time.Hour) // nobody sends
		stop = running(t, o.mailer(1))
		<-time.After(time.Minute)
		stop()
		if r := o.letter(late.ID); r.state != tidings.DeliverySuppressed || len(o.to("late@example.net")) != 0 || r.reply != errLate.Error() {
			t.Errorf("with a link that has ended: %+v", r)
		}
	})
}

func TestLettersThatAreRefusedHoldNothingAndSayNothingOfReaders(t *testing.T) {
	t.Parallel()
	o := overTCP(t, 30, mailbox.Options{Reply: func(p mailbox.Phase, _, to string) error {
		if p == mailbox.To && (strings.HasSuffix(to, "@example.net") || to == "reader0029@example.com") {
			return mailbox.Refusal(550, "5.1.1", "no such user")
		}
		return nil
	}})
	for n := range 60 { // somebody makes addresses up
		postConfirm(t, o.db, fmt.Sprintf("nobody%d@example.net", n))
	}
	if got := o.drain(); got != (Summary{Sent: 29, Failed: 61}) {
		t.Errorf("%+v", got)
	}
	// Of letters, none was taken: the relay's word on them is worth nothing. Of readers, it is.
	if s := must(o.db.Subscriber(t.Context(), "reader0029@example.com"))(t); s.State != tidings.Suppressed {
		t.Errorf("the reader who is gone is %s", s.State)
	}
	again := postConfirm(t, o.db, "nobody1@example.net")
	if got := o.drain(); got.Failed != 1 || o.letter(again.ID).state != tidings.DeliveryFailed {
		t.Errorf("%+v: letters are sent to who was refused when nobody was taken", got)
	}
}

func TestAddressThatIsGoneIsSuppressedByALetterToItsSubscriberOnly(t *testing.T) {
	t.Parallel()
	const reader = "reader0000@example.com"
	var moved atomic.Bool
	o := overTCP(t, 1, mailbox.Options{Reply: func(p mailbox.Phase, _, to string) error {
		if p == mailbox.To && (to == visitor || to == reader && moved.Load()) {
			return mailbox.Refusal(550, "5.1.1", "no such user")
		}
		return nil
	}})
	postConfirm(t, o.db, "first@example.net") // taken: the relay may be believed
	gone := postConfirm(t, o.db, visitor)
	o.drain()
	moved.Store(true)
	s := must(o.db.Subscriber(t.Context(), reader))(t)
	link := &tidings.Letter{Kind: tidings.LinkLetter, Subscriber: s.ID, Purpose: tidings.PurposeManage, Expires: time.Now().Add(time.Hour)}
	link.Domain = "news.example.org"
	link.Nonce, link.TicketHash = testKeys(t).NewTicket(link.Purpose)
	request := &tidings.Request{Kind: tidings.LinkRequest, Address: reader}
	postConfirm(t, o.db, "second@example.net") // ahead of it
	must(o.db.PostPersonal(t.Context(), request, link, time.Now(), "test"))(t)
	o.drain()
	if s := must(o.db.Subscriber(t.Context(), reader))(t); s.State != tidings.Suppressed {
		t.Errorf("the reader who is gone is %s", s.State)
	}
	o.wantLetter(gone.ID, tidings.DeliveryFailed, 1)
	if got := o.log.with("example.net"); got != nil {
		t.Errorf("addresses in the log: %q", got)
	}
	if got := o.log.with(fmt.Sprint("letter=", gone.ID, " ")); len(got) != 1 {
		t.Errorf("the log says %q of it", got)
	}
	s = tidings.Subscriber{Address: visitor, State: tidings.Active}
	if err := o.db.AddSubscriber(t.Context(), &s, time.Now(), "test"); err != nil {
		t.Errorf("whoever has got the address since is barred: %v", err)
	}
}
