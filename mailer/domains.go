package mailer

import (
	"strings"
	"sync"

	"github.com/tidings/tidings"
)

// asideMost is how many deliveries are set aside at once; then nothing more is claimed before some of them have gone.
const asideMost = 1000

// domains sees to it that no more than a few connections, over all relays, talk to one recipient domain at the same time. What comes
// for a domain that has them is set aside, and goes when one of them is free.
type domains struct {
	most    int // 0: any number
	mu      sync.Mutex
	talking map[string]int // connections
	aside   map[string][]tidings.Delivery
	waiting int // set aside
}

func newDomains(most int) *domains {
	return &domains{most: most, talking: map[string]int{}, aside: map[string][]tidings.Delivery{}}
}

// domainOf is where a delivery goes.
func domainOf(d *tidings.Delivery) string {
	return strings.ToLower(d.Address[strings.LastIndexByte(d.Address, '@')+1:])
}

// admit lets a delivery out, or sets it aside. mine: the connection talks to that domain already.
func (s *domains) admit(d *tidings.Delivery, domain string, mine bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.room(domain, mine) {
		return true
	}
	if d.Letter != nil { // somebody waits for it
		s.aside[domain] = append([]tidings.Delivery{*d}, s.aside[domain]...)
	} else {
		s.aside[domain] = append(s.aside[domain], *d)
	}
	s.waiting++
	return false
}

// room takes the connection into account, if the domain may have it.
func (s *domains) room(domain string, mine bool) bool {
	switch {
	case mine:
	case s.talking[domain] < s.most:
		s.talking[domain]++
	default:
		return false
	}
	return true
}

// next gives one that was set aside and may go now; nil: none may.
func (s *domains) next(mine func(domain string) bool) *tidings.Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	for domain, some := range s.aside {
		if !s.room(domain, mine(domain)) {
			continue
		}
		d := some[0]
		if s.aside[domain] = some[1:]; len(some) == 1 {
			delete(s.aside, domain)
		}
		s.waiting--
		return &d
	}
	return nil
}

// leave says that a connection talks to the domain no more.
func (s *domains) leave(domain string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.talking[domain]--; s.talking[domain] == 0 {
		delete(s.talking, domain)
	}
}

func (s *domains) full() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waiting >= asideMost
}

// rest is what was set aside and did not go.
func (s *domains) rest() (all []tidings.Delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, some := range s.aside {
		all = append(all, some...)
	}
	clear(s.aside)
	s.waiting = 0
	return all
}
