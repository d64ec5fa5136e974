package tidings

import (
	"sync"
	"time"
)

// refusalsEvery is how often the log is told of refusals of one sort at the most.
const refusalsEvery = time.Minute

// Refusals counts what was refused, so that nobody who asks often fills the log. The zero value has seen none. It is safe for
// concurrent use.
type Refusals struct {
	mu  sync.Mutex
	all map[string]*refused // by their sort
}

// refused are the refusals of one sort.
type refused struct {
	told   time.Time
	untold int
}

// Note counts one, and says how many there were since the log was told last, if it is to be told now; else 0. Sorts are few: what
// others write does not belong into one.
func (r *Refusals) Note(sort string, now time.Time) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil {
		r.all = map[string]*refused{}
	}
	one := r.all[sort]
	if one == nil {
		one = &refused{}
		r.all[sort] = one
	}
	one.untold++
	if !one.told.IsZero() && now.Sub(one.told) < refusalsEvery {
		return 0
	}
	n, one.told, one.untold = one.untold, now, 0
	return n
}
