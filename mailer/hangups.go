package mailer

import (
	"sync"

	"github.com/tidings/tidings"
)

// hangupsMost is how many mails are remembered; then the one that was least lately hung up on is forgotten.
const hangupsMost = 100

// hangups remembers the mails on which the relay hung up, by a 421 or without a word, or which it refused at DATA when it had refused
// others there, and that were put back without an attempt. Whether
// that is the relay's fault or the mail's own, the others tell: when the relay took one in between, it is the mail's. Its zero value
// knows of none.
type hangups struct {
	mu      sync.Mutex
	taken   int             // mails, by the relay
	domains map[string]bool // some for which it took them: no more than can tell whether there are others
	of      map[int64]hangup
	readers map[int64]int // whose mails were at fault: how many it had taken by then
	last    int
}

// hangup is the last one on a mail.
type hangup struct {
	number int // the higher the later
	taken  int // how many mails the relay had taken by then
	domain string
	reader int64 // whom it is for; 0: it says nothing of the relay
	own    bool  // the mail's own fault
}

// hungUp reports whether the relay ended the conversation over a message that it had heard of, and did not take it for certain. So does
// who refuses DATA: an answer to the recipient that comes late.
func (r *result) hungUp() bool {
	code := r.code()
	switch r.phase {
	case atMail: // the recipient may have gone out with it, and a process that dies keeps its last replies to itself
		return code == 0
	case atData:
		return true
	case atRcpt, inBody:
		return code == 0 || code == serviceClosing
	case atDot:
		return code == serviceClosing
	}
	return false
}

// own remembers a hangup, and reports whether it is the mail's own fault.
func (h *hangups) own(d *tidings.Delivery) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	mail := suspectOf(d)
	known, again := h.of[mail]
	h.last++
	one := hangup{
		number: h.last, taken: h.taken, domain: domainOf(d),
		own: again && (known.own || known.taken < h.taken),
	}
	if d.Letter == nil && d.Attempts == 0 { // a letter anybody can have sent, and what was deferred has faults of its own
		one.reader = d.Subscriber
	}
	h.begin()
	if one.own {
		h.blame(one.reader, known.taken)
	}
	if h.of[mail] = one; len(h.of) > hangupsMost {
		oldest := mail
		for other, o := range h.of {
			if o.number < h.of[oldest].number {
				oldest = other
			}
		}
		delete(h.of, oldest)
	}
	return one.own
}

func (h *hangups) begin() {
	if h.of == nil {
		h.of, h.domains, h.readers = map[int64]hangup{}, map[string]bool{}, map[int64]int{}
	}
}

// blame remembers a reader whose mail was at fault when the relay had taken so many.
func (h *hangups) blame(reader int64, taken int) {
	if _, known := h.readers[reader]; known || reader == 0 {
		return
	}
	if len(h.readers) == hangupsMost {
		for other := range h.readers { // any
			delete(h.readers, other)
			break
		}
	}
	h.readers[reader] = taken
}

// settled is told what became of each mail.
func (h *hangups) settled(d *tidings.Delivery, state tidings.DeliveryState) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch state {
	case tidings.DeliveryPending, tidings.DeliveryDeferred, tidings.DeliverySending:
		return
	case tidings.DeliverySent:
		h.taken++
		h.begin()
		if d.Letter == nil {
			delete(h.readers, d.Subscriber)
		}
		if len(h.domains) < breakerFaults {
			h.domains[domainOf(d)] = true
		}
	case tidings.DeliveryFailed, tidings.DeliverySuppressed, tidings.DeliveryUncertain, tidings.DeliveryHeld:
	}
	delete(h.of, suspectOf(d))
}

// knows reports whether the relay hung up on the mail, and whether that was its own fault.
func (h *hangups) knows(d *tidings.Delivery) (known, own bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	one, known := h.of[suspectOf(d)]
	return known, one.own
}

func (h *hangups) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.of)
}

// relays reports whether it is the relay's fault, as far as is known: since it last took a mail, it hung up on several readers, and not
// of one or two domains alone where it has taken mails for others.
func (h *hangups) relays() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	readers, domains := map[int64]bool{}, map[string]bool{}
	for _, one := range h.of {
		taken, blamed := h.readers[one.reader]
		switch {
		case one.own || one.taken < h.taken || one.reader == 0:
		case blamed && taken < h.taken: // it took others since, and hangs up on this one as before
		default:
			readers[one.reader], domains[one.domain] = true, true
		}
	}
	if len(readers) < breakerFaults {
		return false
	}
	if len(domains) < breakerFaults {
		for domain := range h.domains {
			if !domains[domain] {
				return false
			}
		}
	}
	return true
}

// lonely is for when the relay lets us in, and nothing waits but what it hung up on: that is the mails' own fault now.
func (h *hangups) lonely() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for mail, one := range h.of {
		one.own = true
		h.of[mail] = one
		h.blame(one.reader, h.taken)
	}
}

// allOwn reports whether nothing is known but what is the mails' own fault.
func (h *hangups) allOwn() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, one := range h.of {
		if !one.own {
			return false
		}
	}
	return true
}
