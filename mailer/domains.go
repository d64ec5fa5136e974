package mailer

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tidings/tidings"
)

// What is set aside for its domain's turn. It waits no longer than claimGood, so that a slow domain has less of it.
const (
	asideMost  = 1000 // at once, but for letters
	asideEach  = 200  // of one domain
	asideFew   = 10   // of the slowest one
	asideLasts = 10 * time.Second
)

// What there is more of goes back into the outbox, and is due again in the order in which it came, at twice the domain's pace: it is here in
// time, and the outbox is not written for nothing. A domain that has become quicker meanwhile waits for nobody up to putOffPace.
const (
	putOffFirst = time.Second // until the first of them is due
	putOffPace  = 50          // mails a second at the least
)

// paceSoon is how soon the pace of a domain is first known.
const paceSoon = 50 * time.Millisecond

// domains sees to it that no more than a few connections, over all relays, talk to one recipient domain at the same time. What comes
// for a domain that has them is set aside, and goes when one of them is free; what is more than that is put off.
type domains struct {
	most    int // 0: any number
	mu      sync.Mutex
	at      map[string]*domain
	waiting int       // set aside
	until   time.Time // when the last that was put off is due again
}

// domain is one that a connection talks to, or that mails wait for.
type domain struct {
	talking int // connections
	aside   []tidings.Delivery
	lines   [ranks]time.Time // when the last of a rank that was put off is due again
	gone    int              // since then
	since   time.Time
	pace    float64 // mails a second; 0: not known yet
}

func newDomains(most int) *domains { return &domains{most: most, at: map[string]*domain{}} }

// domainOf is where a delivery goes.
func domainOf(d *tidings.Delivery) string {
	return strings.ToLower(d.Address[strings.LastIndexByte(d.Address, '@')+1:])
}

const ranks = 3

// rank is what goes first: letters, for somebody waits for them, then what was to go at once.
func rank(d *tidings.Delivery) int {
	switch {
	case d.Letter != nil:
		return 0
	case d.Cadence == tidings.Immediate:
		return 1
	}
	return 2
}

func (s *domains) of(name string, now time.Time) *domain {
	if s.at[name] == nil {
		s.at[name] = &domain{since: now}
	}
	return s.at[name]
}

// admit lets a delivery out, or sets it aside. mine: the connection talks to that domain already. Where too much is aside, what would go
// last is not, and has to go back until it is due again; zero: nothing has to.
func (s *domains) admit(d *tidings.Delivery, name string, mine bool, now time.Time) (ok bool, off tidings.Delivery, due time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.of(name, now)
	if s.room(at, mine) {
		return true, off, due
	}
	place := len(at.aside)
	for place > 0 && rank(d) < rank(&at.aside[place-1]) {
		place--
	}
	at.aside = slices.Insert(at.aside, place, *d)
	s.waiting++
	off = at.aside[len(at.aside)-1]
	if len(at.aside) <= at.keeps() && (s.waiting <= asideMost || off.Letter != nil) {
		return false, tidings.Delivery{}, due
	}
	at.aside = at.aside[:len(at.aside)-1]
	s.waiting--
	due = at.putOff(rank(&off), now)
	if due.After(s.until) {
		s.until = due
	}
	return false, off, due
}

// keeps is how many may be aside.
func (at *domain) keeps() int {
	if at.pace == 0 {
		return asideEach
	}
	return min(max(int(at.pace*asideLasts.Seconds()), asideFew), asideEach)
}

// putOff is when one more of a rank is due again.
func (at *domain) putOff(rank int, now time.Time) time.Time {
	line := &at.lines[rank]
	if first := now.Add(putOffFirst); line.Before(first) {
		*line = first
	}
	*line = line.Add(time.Duration(float64(time.Second) / max(putOffPace, 2*at.pace)))
	return *line
}

// room takes the connection into account, if the domain may have it.
func (s *domains) room(at *domain, mine bool) bool {
	switch {
	case mine:
	case at.talking < s.most:
		at.talking++
	default:
		return false
	}
	return true
}

// next gives one that was set aside and may go now; nil: none may.
func (s *domains) next(mine func(domain string) bool) *tidings.Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	var first *domain
	best, own := ranks, false
	for name, at := range s.at {
		if len(at.aside) == 0 || rank(&at.aside[0]) >= best {
			continue
		}
		if talks := mine(name); talks || at.talking < s.most {
			first, best, own = at, rank(&at.aside[0]), talks
		}
	}
	if first == nil || !s.room(first, own) {
		return nil
	}
	d := first.aside[0]
	first.aside = first.aside[1:]
	s.waiting--
	return &d
}

// ended says that one for the domain had an end, and whether its connection talks to the domain no more.
func (s *domains) ended(name string, leaves bool, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.of(name, now)
	at.gone++
	if lasted := now.Sub(at.since); lasted >= time.Second || at.pace == 0 && lasted >= paceSoon {
		at.pace, at.gone, at.since = float64(at.gone)/lasted.Seconds(), 0, now
	}
	if leaves {
		at.talking--
	}
	if at.talking == 0 && len(at.aside) == 0 && slices.MaxFunc(at.lines[:], time.Time.Compare).Before(now) {
		delete(s.at, name)
	}
}

// dueAgain is when the last that was put off is; zero: nothing was.
func (s *domains) dueAgain() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.until
}

// rest is what was set aside and did not go.
func (s *domains) rest() (all []tidings.Delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, at := range s.at {
		all = append(all, at.aside...)
		at.aside = nil
	}
	s.waiting = 0
	return all
}
