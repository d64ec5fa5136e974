package mailer

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tidings/tidings"
)

// How many deliveries are claimed at once, for all connections together: the more, the faster they go. What is claimed is sent, whatever
// is held meanwhile, so that it is never much more than a second's worth.
const (
	claimLeast = 16
	claimMost  = 512
	claimLasts = time.Second // what has been claimed
)

// shareLasts is how long what the workers take at once lasts, but for shareMost each: on a slow wire they have little laid by.
const shareLasts = claimLasts / 4

// urgentMost is how many of the letters that were just posted are claimed at once, ahead of what waits.
const urgentMost = 8

// queue holds what has been claimed and not begun. Letters go before all else: somebody waits for them.
type queue struct {
	*drain
	mu               sync.Mutex
	letters, digests []tidings.Delivery
	left             []tidings.Delivery // by a relay to others, that may take them
	most             int                // claimed in one go
	claimed          time.Time          // when most were, last
	gone             atomic.Int64       // had an end since then
	workers, share   int                // how many they may be, and what one of them takes at once
	paced            bool               // by a rate, of which most is a second's worth
	ahead            sync.WaitGroup
	claiming         bool // somebody claims ahead
	dry              bool // the last claim brought less than it might have
}

// newQueue is empty. Where the rate is known, a second's worth is: with what each of the workers has in its hands.
func newQueue(d *drain) *queue {
	q := &queue{drain: d, most: claimLeast, share: shareMost}
	for _, r := range d.routes {
		q.workers += r.Connections
	}
	if gap := d.routes[0].pace.gap; gap > 0 {
		q.paced, q.most = true, min(max(int(claimLasts/gap)-q.workers, 1), claimMost)
	}
	return q
}

// letter gives the next letter, those that were posted since the last claim included; nil: none waits.
func (q *queue) letter() *tidings.Delivery {
	if q.posted.Swap(false) && !q.stopped() {
		q.claims <- struct{}{}
		if claimed := q.claim(urgentMost); len(claimed) == urgentMost && claimed[urgentMost-1].Letter != nil {
			q.posted.Store(true) // there may be more
		}
		<-q.claims
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.letters) == 0 {
		return nil
	}
	d := q.letters[0]
	q.letters = q.letters[1:]
	return &d
}

// take gives up to most deliveries; none: nothing is due, or the pass has been stopped.
func (q *queue) take(most int) []tidings.Delivery {
	for !q.stopped() {
		if some := q.next(most); len(some) > 0 {
			return some
		}
		q.claims <- struct{}{} // one claims for all
		some, n := q.next(most), 0
		if len(some) == 0 {
			n = len(q.claim(q.most))
		}
		<-q.claims
		if len(some) > 0 || n == 0 {
			return some
		}
	}
	return nil
}

// probe gives the first delivery that fits, and claims so many when none of those that are claimed does. left: there are others.
func (q *queue) probe(claim int, fits func(*tidings.Delivery) bool) (d *tidings.Delivery, left bool) {
	q.claims <- struct{}{}
	defer func() { <-q.claims }()
	if q.stopped() {
		return nil, false
	}
	d, left = q.pick(fits)
	if d == nil && claim > 0 {
		q.claim(claim)
		d, left = q.pick(fits)
	}
	return d, left
}

func (q *queue) pick(fits func(*tidings.Delivery) bool) (d *tidings.Delivery, left bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, from := range []*[]tidings.Delivery{&q.letters, &q.digests} {
		for i := range *from {
			if one := (*from)[i]; fits(&one) {
				*from = slices.Delete(*from, i, i+1)
				return &one, true
			}
		}
	}
	return nil, len(q.letters)+len(q.digests) > 0
}

// next gives what is claimed already, letters first, and has more claimed while that is sent.
func (q *queue) next(most int) []tidings.Delivery {
	q.mu.Lock()
	defer q.mu.Unlock()
	from := &q.digests
	if len(q.letters) > 0 {
		from, most = &q.letters, 1
	}
	n := min(most, q.share, len(*from))
	some := slices.Clone((*from)[:n])
	*from = (*from)[n:]
	if q.most > claimLeast && len(q.digests) <= q.most/2 && !q.dry && !q.claiming && n > 0 && !q.stopped() {
		q.claiming = true
		q.ahead.Go(q.claimAhead)
	}
	return some
}

func (q *queue) claimAhead() {
	q.claims <- struct{}{}
	defer func() { <-q.claims }()
	q.mu.Lock()
	most := q.most
	if q.paced {
		most -= len(q.digests)
	}
	q.mu.Unlock()
	q.claim(most)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.claiming = false
}

// claim adds to what waits, and gives what it added. Who calls it holds claims.
func (q *queue) claim(most int) []tidings.Delivery {
	if q.stopped() {
		return nil
	}
	claimed, err := q.Outbox.Claim(context.WithoutCancel(q.soft), time.Now(), most)
	if err != nil {
		q.fail(fmt.Errorf("claiming deliveries: %w", err))
		return nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.dry = len(claimed) < most
	if most == q.most && !q.paced {
		q.measure(time.Now())
	}
	for i := range claimed {
		if claimed[i].Letter != nil {
			q.letters = append(q.letters, claimed[i])
		} else {
			q.digests = append(q.digests, claimed[i])
		}
	}
	return claimed
}

// measure decides by how fast they have gone since the last claim how much the next one takes. What is claimed ahead comes on top of the
// half that is left, and workers take many at once: it is what had an end that counts.
func (q *queue) measure(now time.Time) {
	if lasted := now.Sub(q.claimed); !q.claimed.IsZero() {
		perClaimLasts := float64(q.gone.Load()) * float64(claimLasts) / float64(max(lasted, 1))
		share := perClaimLasts * float64(shareLasts) / float64(claimLasts) / float64(q.workers)
		q.share = min(max(int(share), 1), shareMost)
		switch most := float64(q.most + q.most/2); {
		case perClaimLasts >= 2*most:
			q.most = min(2*q.most, claimMost)
		case perClaimLasts < most:
			q.most = max(q.most/2, claimLeast)
		}
	}
	q.claimed = now
	q.gone.Store(0)
}

// putBack gives back what was claimed and not begun. Nobody may take any more.
func (q *queue) putBack(l *ledger) {
	q.ahead.Wait()
	for _, left := range [][]tidings.Delivery{q.letters, q.digests, q.left, q.domains.rest()} {
		for i := range left {
			d := &left[i]
			l.results <- entry{outcome: putBack(d, d.LastReply, cmp.Or(d.Next, time.Now()))}
		}
	}
	q.letters, q.digests, q.left = nil, nil, nil
}
