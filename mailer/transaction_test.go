package mailer

import (
	"bufio"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/mailbox"
)

func TestWithPipeliningTheNextTransactionComesWithTheBody(t *testing.T) {
	t.Parallel()
	s := listenScripted(t, usual(pipelining))
	if got := s.office(20).drain(); got.Sent != 20 {
		t.Errorf("%+v", got)
	}
	if s.bodies != 20 || s.ahead != 19 || s.count("EHLO") != 1 {
		t.Errorf("%d bodies, %d with the next transaction behind them, over %d connections", s.bodies, s.ahead, s.count("EHLO"))
	}
}

func TestWithoutPipeliningEveryCommandWaitsForItsReply(t *testing.T) {
	t.Parallel()
	s := listenScripted(t, usual(""))
	if got := s.office(5).drain(); got.Sent != 5 || s.bodies != 5 || s.ahead != 0 {
		t.Errorf("%+v, %d bodies, %d ahead", got, s.bodies, s.ahead)
	}
}

// RFC 2920 §3.1: a relay may answer 354 though it took no recipient. Nobody must get what comes then.
func TestARefusedRecipientWithAGoAheadGetsTheDotAlone(t *testing.T) {
	t.Parallel()
	for name, extensions := range map[string]string{"pipelined": pipelining, "one by one": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := listenScripted(t, usual(extensions, "RCPT TO:<reader0001@", "450 4.2.1 later\r\n"))
			o := s.office(3)
			if got := o.drain(); got.Sent != 2 || got.Deferred != 1 {
				t.Errorf("%+v", got)
			}
			empty := s.count("body of 0 lines")
			if pipelined := extensions != ""; empty > 1 || (empty == 1) != pipelined || s.count("body of 1") != 2 {
				t.Errorf("heard %q", s.heard)
			}
		})
	}
}

func TestARelayThatGoesAwayBetweenMessagesCostsNothing(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	dots := 0
	s := listenScripted(t, func(line string) string {
		mu.Lock()
		defer mu.Unlock()
		if line == "." {
			dots++
		}
		if strings.HasPrefix(line, "MAIL") && dots == 3 {
			dots++ // once
			return "421 4.7.0 enough for one connection\r\n"
		}
		return usual(pipelining)(line)
	})
	o := s.office(8)
	if got := o.drain(); got.Sent != 8 {
		t.Errorf("%+v", got)
	}
	for n := range int64(8) {
		if d := o.delivery(n + 1); d.Attempts != 1 {
			t.Errorf("delivery %d took %d attempts", n+1, d.Attempts)
		}
	}
	if s.count("EHLO") != 2 {
		t.Errorf("%d connections", s.count("EHLO"))
	}
}

func TestAConnectionIsReplacedBeforeItIsOld(t *testing.T) {
	t.Parallel()
	s := listenScripted(t, usual(pipelining))
	o := s.office(1)
	session := must(o.relay.open(t.Context(), t.Context()))(t)
	session.begun = sessionMost
	m := o.mailer(1)
	w := &worker{drain: &drain{Mailer: m}, route: m.routes[0], session: session}
	if w.ahead() != nil {
		t.Error("something was announced on an old connection")
	}
	session.quit()
}

// What was withdrawn after the next message had been announced, and made, is not in it.
func TestAWithdrawalReachesWhatIsAnnounced(t *testing.T) {
	t.Parallel()
	var o *office
	var once sync.Once
	withdraw := func(p mailbox.Phase, _, _ string) error {
		if p == mailbox.Dot {
			once.Do(func() {
				r := must(o.db.Release(o.t.Context(), "release-number-1"))(o.t)
				if err := o.db.Withdraw(o.t.Context(), r.ID, tidings.Withdrawal{Reason: "wrong"}, time.Now(), "test"); err != nil {
					o.t.Error(err)
				}
			})
		}
		return nil
	}
	o = overTCP(t, 4, mailbox.Options{Reply: withdraw})
	o.drain()
	for i, m := range o.box.Mails() {
		if has := strings.Contains(string(m.Data), "release-number-1"); has != (i == 0) {
			t.Errorf("mail %d: the withdrawn release is in it: %v", i+1, has)
		}
	}
}

func TestARelayIsHeardToTheEndOfTheLine(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]struct {
		code  int
		words string
	}{
		"250 2.0.0 Ok\r\n":     {250, "2.0.0 Ok"},
		"250\r\n":              {250, ""},
		"250 bare line feed\n": {250, "bare line feed"},
		"250-one\r\n250-two\r\n250 three\r\nnext": {250, "one\ntwo\nthree"},
		"550 no\r\n":                   {550, "no"},
		"250 2.0.0 Ok":                 {},
		"25":                           {},
		"":                             {},
		"250-one\r\n":                  {},
		"250-one\r\n550 two\r\n":       {},
		"HTTP/1.1 400 Bad Request\r\n": {},
		"2500 odd\r\n":                 {},
		"199 too low\r\n":              {},
		"250-" + strings.Repeat("x", 5000) + "\r\n":    {},
		strings.Repeat("250-x\r\n", 200) + "250 x\r\n": {},
	} {
		code, words, err := hear(bufio.NewReaderSize(strings.NewReader(said), replyLineMost))
		if code != want.code || words != want.words || (err == nil) != (want.code > 0) {
			t.Errorf("%.40q: %d %q, %v", said, code, words, err)
		}
	}
}

func TestDotsAreStuffed(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"a\r\n":                   "a\r\n",
		".\r\n":                   "..\r\n",
		"a\r\n.\r\n..b\r\n.c\r\n": "a\r\n..\r\n...b\r\n..c\r\n",
		"a":                       "a\r\n",
		"":                        "\r\n",
	} {
		if got := string(stuff(nil, []byte(message))); got != want {
			t.Errorf("%q becomes %q, not %q", message, got, want)
		}
	}
}

// broken is a journal that does not work for a while.
type broken struct {
	Journal
	mu   sync.Mutex
	left int
}

func (b *broken) Trace(ctx context.Context, traces []tidings.Trace) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left--; b.left >= 0 {
		return errors.New("the disk is full")
	}
	return b.Journal.Trace(ctx, traces)
}

func TestNoBodyIsSentBeforeTheJournalHasTheLast(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 5, mailbox.Options{})
		m := o.mailer(1)
		sick := &broken{Journal: o.db, left: 4}
		m.Journal = sick
		started := time.Now()
		sum := must(m.Drain(t.Context()))(t)
		if took := time.Since(started); sum.Sent != 5 || took < 15*time.Second { // 1 + 2 + 4 + 8
			t.Errorf("%+v after %v", sum, took)
		}
	})
}
