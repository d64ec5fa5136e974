package digest_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
)

var (
	sequences = flag.Int("sequences", 1000, "how many random sequences the model test plays")
	first     = flag.Int("first", 0, "the first of them: with -sequences 1 the one that failed, again")
)

// TestEveryMatchingReleaseExactlyOnce plays random sequences of all that can happen to releases, subscribers and the daemon
// on a real database, and compares every mail with a naive oracle that keeps, for each subscriber, nothing but lists.
func TestEveryMatchingReleaseExactlyOnce(t *testing.T) {
	t.Parallel()
	const workers = 4
	total := *sequences
	if testing.Short() { // under the race detector: see Makefile
		total /= 40
	}
	seed := newSeed(t)
	for w := range workers {
		t.Run(fmt.Sprint("worker", w), func(t *testing.T) {
			t.Parallel()
			for n := *first + w; n < *first+total; n += workers {
				playSequence(t, seed, rand.New(rand.NewPCG(uint64(n), 20250317)), n)
				if t.Failed() {
					return
				}
			}
		})
	}
}

// playSequence plays one sequence, then lets everybody come back and every cadence come due, so that nothing is pending.
func playSequence(t *testing.T, seed []byte, rnd *rand.Rand, n int) {
	t.Helper()
	w := newWorld(t, seed, rnd, n)
	defer w.close()
	for range 80 {
		w.step()
	}
	w.settleAll()
	w.checkOnce()
}

// step is one thing that happens.
func (w *world) step() {
	steps := []struct {
		weight int
		do     func()
	}{
		{16, w.tick},
		{8, w.publish},
		{3, w.publishVersions},
		{2, w.schedule},
		{2, w.mend},
		{2, w.backdate},
		{1, w.archive},
		{4, w.edit},
		{2, w.link},
		{2, w.retopic},
		{2, w.withdraw},
		{2, w.withdrawWaiting},
		{3, w.join},
		{2, w.changeFilter},
		{2, w.changeCadence},
		{5, w.addSubscription},
		{4, w.dropSubscription},
		{2, w.moveZone},
		{1, w.speak},
		{3, w.pause},
		{3, w.resume},
		{2, w.leave},
		{2, w.rejoin},
		{3, w.signUp},
		{3, w.confirm},
		{2, w.choose},
		{2, w.leaveTopic},
		{2, w.slower},
		{1, w.move},
		{1, w.eraseOne},
		{1, w.restart},
		{2, w.toggleRelay},
		{8, w.pass},
	}
	total := 0
	for _, s := range steps {
		total += s.weight
	}
	at := w.rnd.IntN(total)
	for _, s := range steps {
		if at -= s.weight; at < 0 {
			s.do()
			return
		}
	}
}
