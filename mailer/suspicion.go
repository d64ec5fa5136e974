package mailer

import "sync"

// window is the fates of the last few: true where one was refused. Its zero value is empty.
type window struct {
	fates   []bool
	next    int // the oldest, once the window is full
	refused int
}

func (w *window) note(size int, refused bool) {
	if len(w.fates) < size {
		w.fates = append(w.fates, refused)
	} else {
		if w.fates[w.next] {
			w.refused--
		}
		w.fates[w.next] = refused
		w.next = (w.next + 1) % size
	}
	if refused {
		w.refused++
	}
}

const (
	messagesSeen = 200
	// refusedMost is 5 % of the messages: one more, and the run is held.
	refusedMost = messagesSeen * 5 / 100

	recipientsSeen = 50
	// recipientsFew is from how many refused recipients on a relay is suspected to refuse whoever comes.
	recipientsFew = 10
)

// suspicion finds runs whose messages the relay refuses one after the other, or whose recipients, which it can do in
// a dozen ways that are the fault of neither: "relay not permitted", a broken map of recipients.
type suspicion struct {
	mu   sync.Mutex
	runs map[suspected]*suspect
	held map[int64]string // why, by run
}

// suspected is a run as one relay takes it: the word of another says nothing about that one's.
type suspected struct {
	run   int64
	relay *route
}

// suspect is its last fates.
type suspect struct{ messages, recipients window }

// message remembers a message's fate, and says why the run is held when it has just become one to hold.
func (s *suspicion) message(run int64, relay *route, refused bool) (why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.of(suspected{run, relay})
	r.messages.note(messagesSeen, refused)
	if s.held[run] != "" || r.messages.refused <= refusedMost {
		return ""
	}
	return s.hold(run, "the relay refused too many messages of this run")
}

// recipient remembers a recipient's fate, and says why the run is held when it has just become one to hold.
func (s *suspicion) recipient(run int64, relay *route, refused bool) (why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.of(suspected{run, relay})
	r.recipients.note(recipientsSeen, refused)
	if s.held[run] != "" || r.recipients.refused < recipientsFew || 2*r.recipients.refused <= len(r.recipients.fates) {
		return ""
	}
	return s.hold(run, "the relay refused most recipients of this run")
}

func (s *suspicion) of(which suspected) *suspect {
	if s.runs == nil {
		s.runs, s.held = map[suspected]*suspect{}, map[int64]string{}
	}
	if s.runs[which] == nil {
		s.runs[which] = &suspect{}
	}
	return s.runs[which]
}

func (s *suspicion) hold(run int64, why string) string {
	s.held[run] = why
	return why
}

// holds says why the run's deliveries are to be held; empty: they are not.
func (s *suspicion) holds(run int64) (why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held[run]
}

// hearing is the fates of the last recipients of all runs: what the relay's word about a single one is worth.
type hearing struct {
	mu   sync.Mutex
	last window
}

func (h *hearing) note(refused bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last.note(recipientsSeen, refused)
}

// trusted reports whether the relay may be believed that an address is gone: it has taken others, and refused few.
func (h *hearing) trusted() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last.refused < min(recipientsFew, len(h.last.fates))
}
