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
	runs map[int64]*suspect
}

// suspect is the last fates of one run.
type suspect struct {
	messages, recipients window
	held                 string // why; empty: it is not
}

// message remembers a message's fate, and says why the run is held when it has just become one to hold.
func (s *suspicion) message(run int64, refused bool) (why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.of(run)
	r.messages.note(messagesSeen, refused)
	if r.held != "" || r.messages.refused <= refusedMost {
		return ""
	}
	r.held = "the relay refused too many messages of this run"
	return r.held
}

// recipient remembers a recipient's fate, and says why the run is held when it has just become one to hold.
func (s *suspicion) recipient(run int64, refused bool) (why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.of(run)
	r.recipients.note(recipientsSeen, refused)
	if r.held != "" || r.recipients.refused < recipientsFew || 2*r.recipients.refused <= len(r.recipients.fates) {
		return ""
	}
	r.held = "the relay refused most recipients of this run"
	return r.held
}

func (s *suspicion) of(run int64) *suspect {
	if s.runs == nil {
		s.runs = map[int64]*suspect{}
	}
	if s.runs[run] == nil {
		s.runs[run] = &suspect{}
	}
	return s.runs[run]
}

// holds says why the run's deliveries are to be held; empty: they are not.
func (s *suspicion) holds(run int64) (why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runs[run] == nil {
		return ""
	}
	return s.runs[run].held
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
