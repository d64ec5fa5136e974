package mailer

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/faulty"
	"github.com/tidings/tidings/store/storetest"
)

// talk counts, over several relays, how many connections talk to each domain.
type talk struct {
	mu   sync.Mutex
	with map[[2]int]string // by relay and connection
	most map[string]int
	last map[string]time.Time
}

// script takes a second for each mail.
func (c *talk) script(relay int) func(faulty.At) faulty.Fault {
	return func(at faulty.At) faulty.Fault {
		switch at.Phase {
		case faulty.Rcpt:
			_, domain, _ := strings.Cut(strings.Trim(at.To, "<>"), "@")
			c.mu.Lock()
			c.with[[2]int{relay, at.Connection}] = domain
			n := 0
			for _, d := range c.with {
				if d == domain {
					n++
				}
			}
			c.most[domain] = max(c.most[domain], n)
			c.mu.Unlock()
		case faulty.Dot:
			<-time.After(time.Second)
			c.mu.Lock()
			defer c.mu.Unlock()
			c.last[c.with[[2]int{relay, at.Connection}]] = time.Now()
			delete(c.with, [2]int{relay, at.Connection})
		default:
		}
		return faulty.None
	}
}

func TestNoMoreConnectionsThanAllowedTalkToOneDomainAndTheOthersGoOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const large, small = 40, 40
		f := newFire(t, large) // all at example.com
		for n := range small {
			s := storetest.To(t, tidings.Weekly, "")
			s.Zone = "UTC"
			storetest.Subscribe(t, f.db, time.Now(), fmt.Sprintf("reader@small%d.example", n), s)
		}
		f.readers += small
		c := &talk{with: map[[2]int]string{}, most: map[string]int{}, last: map[string]time.Time{}}
		f.scene(1, faulty.Options{Script: c.script(0)})
		other := f.second(faulty.Options{Script: c.script(1)})
		m := f.mailer(4)
		m.PerDomain = 2
		began := time.Now()
		f.drainWith(m, nil)
		f.sent()
		once(t, f.readers, 0, f.server, other)
		if c.most["example.com"] != 2 {
			t.Errorf("%d connections talked to it at once", c.most["example.com"])
		}
		if took := c.last["example.com"].Sub(began); took > 25*time.Second { // 40 over two
			t.Errorf("the large domain took %v", took)
		}
		for domain, at := range c.last {
			if took := at.Sub(began); domain != "example.com" && took > 12*time.Second { // 40 over six
				t.Errorf("%s waited %v", domain, took)
			}
		}
		f.part()
	})
}

// What is set aside is nobody's when the pass ends: it goes back.
func TestWhatIsSetAsideIsPutBackWhenTheMailerStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFire(t, 40)
		c := &talk{with: map[[2]int]string{}, most: map[string]int{}, last: map[string]time.Time{}}
		f.scene(1, faulty.Options{Script: c.script(0)})
		m := f.mailer(4)
		m.PerDomain = 1
		stop := running(t, m)
		<-time.After(5500 * time.Millisecond)
		stop()
		states := f.states(40)
		if states[tidings.DeliverySent]+states[tidings.DeliveryPending] != 40 || states[tidings.DeliverySent] > 8 || c.most["example.com"] != 1 {
			t.Errorf("%v, %v", states, c.most)
		}
		f.part()
	})
}
