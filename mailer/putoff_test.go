package mailer

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/faulty"
)

// enrol adds readers at one domain after the other.
func (f *underFire) enrol(readers int, domain func(n int) string) {
	f.t.Helper()
	now := time.Now()
	for n := 0; n < readers; {
		part := make([]tidings.Enrolment, min(500, readers-n))
		for i := range part {
			part[i].Subscriber = tidings.Subscriber{
				Address: fmt.Sprintf("reader%d@%s", f.readers+n, domain(n)), Language: "en", State: tidings.Active,
				Consent:       tidings.Consent{Basis: "asked", By: "test", At: now},
				Subscriptions: []tidings.Subscription{{Cadence: tidings.Weekly, Zone: "UTC", Hour: tidings.AnyHour}},
			}
			n++
		}
		must(f.db.Enrol(f.t.Context(), part, now, "test"))(f.t)
	}
	f.readers += readers
}

// backs is an outbox that counts what is given back.
type backs struct {
	Outbox
	mu   sync.Mutex
	back int
}

func (b *backs) Settle(ctx context.Context, outcomes []tidings.Outcome) error {
	b.mu.Lock()
	for i := range outcomes {
		if outcomes[i].State == tidings.DeliveryPending {
			b.back++
		}
	}
	b.mu.Unlock()
	return b.Outbox.Settle(ctx, outcomes)
}

// crawl is a relay that takes a tenth of a second for each mail to slow.example, as long as it does not hurry.
func (c *talk) crawl(hurries func() bool) func(faulty.At) faulty.Fault {
	return func(at faulty.At) faulty.Fault {
		_, domain, _ := strings.Cut(strings.Trim(at.To, "<>"), "@")
		key := [2]int{0, at.Connection}
		switch at.Phase {
		case faulty.Rcpt:
			c.mu.Lock()
			c.with[key] = domain
			n := 0
			for _, d := range c.with {
				if d == domain {
					n++
				}
			}
			c.most[domain] = max(c.most[domain], n)
			c.mu.Unlock()
		case faulty.Dot:
			c.mu.Lock()
			domain = c.with[key]
			c.mu.Unlock()
			if domain == "slow.example" && !hurries() {
				<-time.After(100 * time.Millisecond)
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			c.last[domain] = time.Now()
			delete(c.with, key)
		default:
		}
		return faulty.None
	}
}

func newTalk() *talk {
	return &talk{with: map[[2]int]string{}, most: map[string]int{}, last: map[string]time.Time{}}
}

// slowAhead has more readers at a slow domain than can be set aside, and behind them 300 at a hundred others.
func slowAhead(t *testing.T, hurries func() bool) (*underFire, *talk, *backs, *Mailer) {
	t.Helper()
	slow := 1500
	if testing.Short() { // under the race detector: see Makefile
		slow = 400
	}
	f := newFire(t, 0)
	f.enrol(slow, func(int) string { return "slow.example" })
	f.enrol(300, func(n int) string { return fmt.Sprintf("quick%d.example", n%100) })
	c := newTalk()
	f.scene(1, faulty.Options{Script: c.crawl(hurries)})
	b := &backs{Outbox: f.db}
	f.outbox = b
	m := f.mailer(10)
	m.PerDomain = 2
	return f, c, b, m
}

func never() bool { return false }

func TestABigSlowDomainKeepsNobodyElseWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, c, b, m := slowAhead(t, never)
		slow, began := f.readers-300, time.Now()
		f.drainWith(m, nil)
		f.sent()
		once(t, f.readers, 0, f.server)
		for domain, at := range c.last {
			took := at.Sub(began)
			if domain != "slow.example" && took > 5*time.Second || took > time.Duration(slow)*time.Second/20+10*time.Second {
				t.Errorf("%s was done after %v", domain, took)
			}
			if c.most[domain] > 2 {
				t.Errorf("%d connections talked to %s at once", c.most[domain], domain)
			}
		}
		if b.back > 3*slow {
			t.Errorf("%d were put back", b.back)
		}
		f.part()
	})
}

// What was put off is due later, and a stop in the middle changes nothing: none of it was begun.
func TestWhatWasPutOffForItsDomainWaitsInTheOutboxWhenTheMailerStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, _, _, m := slowAhead(t, never)
		stop := running(t, m)
		<-time.After(5 * time.Second)
		stop()
		states, attempts := map[tidings.DeliveryState]int{}, 0
		for n := range f.readers {
			d := f.delivery(int64(n + 1))
			if states[d.State]++; d.State != tidings.DeliverySent {
				attempts += d.Attempts
			}
		}
		sent := states[tidings.DeliverySent]
		if sent < 300+90 || sent > 300+110 || states[tidings.DeliveryPending] != f.readers-sent || attempts != 0 {
			t.Errorf("%v, %d attempts", states, attempts)
		}
		next := f.mailer(10)
		next.PerDomain = 2
		f.drainWith(next, nil)
		f.sent()
		once(t, f.readers, 0, f.server)
		f.part()
	})
}

// A domain that has become quick is done before what was put off for it is due again.
func TestDrainWaitsForWhatWasPutOffForItsDomain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		f, c, _, m := slowAhead(t, func() bool { return time.Since(began) > 3*time.Second })
		f.drainWith(m, nil)
		f.sent()
		once(t, f.readers, 0, f.server)
		if took := c.last["slow.example"].Sub(began); took > 40*time.Second { // 1500 at putOffPace
			t.Errorf("it took %v", took)
		}
		f.part()
	})
}

func TestOfAFullDomainLettersGoFirstAndThenWhatWasToGoAtOnce(t *testing.T) {
	t.Parallel()
	s, now := newDomains(1), time.Now()
	of := func(id int64, cadence string, letter *tidings.Letter) *tidings.Delivery {
		return &tidings.Delivery{ID: id, Address: "a@full.example", Cadence: cadence, Letter: letter}
	}
	admit := func(d *tidings.Delivery) (int64, time.Duration) {
		ok, off, due := s.admit(d, "full.example", false, now)
		if ok != (d.ID == 0) {
			t.Errorf("%d: %v", d.ID, ok)
		}
		return off.ID, due.Sub(now)
	}
	for n := range int64(asideEach + 1) { // the first one goes
		if off, _ := admit(of(n, tidings.Weekly, nil)); off != 0 {
			t.Errorf("%d is put off", off)
		}
	}
	for _, step := range []struct {
		d   *tidings.Delivery
		off int64
		due time.Duration
	}{
		{of(1000, tidings.Weekly, nil), 1000, 1020 * time.Millisecond},
		{of(1001, tidings.Immediate, nil), 200, 1040 * time.Millisecond},
		{of(1002, "", &tidings.Letter{}), 199, 1060 * time.Millisecond},
		{of(1003, "", &tidings.Letter{}), 198, 1080 * time.Millisecond},
	} {
		if off, due := admit(step.d); off != step.off || due != step.due {
			t.Errorf("%d: %d is put off for %v", step.d.ID, off, due)
		}
	}
	s.ended("full.example", true, now)
	for _, want := range []int64{1002, 1003, 1001, 1, 2} {
		if d := s.next(func(string) bool { return false }); d == nil || d.ID != want {
			t.Errorf("%v, want %d", d, want)
		}
		s.ended("full.example", true, now)
	}
}
