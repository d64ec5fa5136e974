package mailer

import (
	"cmp"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/tidings/tidings"
)

// fate is what became of a message or a recipient. The zero value is a good one.
type fate struct {
	refused  bool
	delivery int64  // that can be tried again when the relay turns out to refuse whatever comes; 0: none
	domain   string // of a recipient that was refused; "": none was
}

// window is the last few fates. Its zero value is empty.
type window struct {
	fates   []fate
	next    int // the oldest, once the window is full
	refused int
}

func (w *window) note(size int, f fate) {
	if len(w.fates) < size {
		w.fates = append(w.fates, f)
	} else {
		if w.fates[w.next].refused {
			w.refused--
		}
		w.fates[w.next] = f
		w.next = (w.next + 1) % size
	}
	if f.refused {
		w.refused++
	}
}

// deliveries are those of the fates in it.
func (w *window) deliveries() (all []int64) {
	for _, f := range w.fates {
		if f.delivery != 0 {
			all = append(all, f.delivery)
		}
	}
	return all
}

// alone is the recipient domain that most of what was refused went to; "": there is none, or enough was refused without it. A domain
// that wants nothing of us says nothing of the others.
func (w *window) alone() (domain string) {
	refused, recipients := map[string]int{}, 0
	for _, f := range w.fates {
		if f.refused && f.domain != "" {
			refused[f.domain]++
			recipients++
		}
	}
	for of, n := range refused {
		if n > refused[domain] || n == refused[domain] && of < domain {
			domain = of
		}
	}
	others := recipients - refused[domain]
	if w.refused-recipients > refusedMost || refused[domain] < recipientsFew/2 || len(refused) >= domainsFew && others >= recipientsFew/2 {
		return ""
	}
	return domain
}

// drop forgets a domain's refusals, and gives their deliveries.
func (w *window) drop(domain string) (all []int64) {
	kept := window{}
	for i := range w.fates {
		switch f := w.fates[(w.next+i)%len(w.fates)]; {
		case !f.refused || f.domain != domain:
			kept.note(len(w.fates), f)
		case f.delivery != 0:
			all = append(all, f.delivery)
		}
	}
	*w = kept
	return all
}

const (
	messagesSeen = 200
	// refusedMost is 5 % of the messages: one more, and the run is held.
	refusedMost = messagesSeen * 5 / 100

	recipientsSeen = 50
	// recipientsFew is from how many refused recipients on a relay is suspected to refuse whoever comes.
	recipientsFew = 10
	// domainsFew is of how many domains they must be at least for others to be held with them.
	domainsFew = 3
)

// suspicion finds runs whose messages the relay refuses one after the other, or whose recipients, which it can do in
// a dozen ways that are the fault of neither: "relay not permitted", a broken map of recipients.
type suspicion struct {
	mu   sync.Mutex
	runs map[suspected]*suspect
	held map[withheld]reason
}

// reason is why something is held, and since when.
type reason struct {
	why   string
	since time.Time
}

// relayRefused is what every reason begins with.
const relayRefused = "the relay refused "

// withheld is what is held: a run, or what goes to one domain of it.
type withheld struct {
	run    int64
	domain string // "": all
}

// suspected is a run as one relay takes it: the word of another says nothing about that one's.
type suspected struct {
	run   int64
	relay *route
}

// suspect is its last fates.
type suspect struct {
	messages, recipients window
	taken                bool // a message was
}

// message remembers a message's fate, and says why the run, or what goes to a domain of it, is held when it has just become one to hold,
// and which deliveries had failed for what holds it: they wait with the others.
func (s *suspicion) message(run int64, relay *route, f fate) (why string, recalled []int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.of(suspected{run, relay})
	of.taken = of.taken || !f.refused
	if s.why(run, f.domain) != "" {
		return "", late(f)
	}
	seen := &of.messages
	seen.note(messagesSeen, f)
	return s.judge(suspected{run, relay}, seen, seen.refused > refusedMost, relayRefused+"too many messages of this run", " for ")
}

// recipient is the same for a recipient.
func (s *suspicion) recipient(run int64, relay *route, f fate) (why string, recalled []int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := &s.of(suspected{run, relay}).recipients
	if s.why(run, f.domain) != "" {
		return "", late(f)
	}
	seen.note(recipientsSeen, f)
	most := seen.refused >= recipientsFew && 2*seen.refused > len(seen.fates)
	return s.judge(suspected{run, relay}, seen, most, relayRefused+"most recipients of this run", " at ")
}

// late is what was on the wire when the others were held: if it is refused after that, it waits too.
func late(f fate) []int64 {
	if f.delivery == 0 {
		return nil
	}
	return []int64{f.delivery}
}

// judge holds the run when enough was refused, or what goes to one domain when that is by itself.
func (s *suspicion) judge(which suspected, seen *window, enough bool, why, to string) (_ string, recalled []int64) {
	if !enough {
		return "", nil
	}
	domain := seen.alone()
	if domain == "" {
		s.held[withheld{which.run, ""}] = reason{why, time.Now()}
		return why, seen.deliveries()
	}
	why += to + domain
	s.held[withheld{which.run, domain}] = reason{why, time.Now()}
	of := s.of(which)
	return why, append(of.messages.drop(domain), of.recipients.drop(domain)...)
}

func (s *suspicion) of(which suspected) *suspect {
	if s.runs == nil {
		s.runs, s.held = map[suspected]*suspect{}, map[withheld]reason{}
	}
	if s.runs[which] == nil {
		s.runs[which] = &suspect{}
	}
	return s.runs[which]
}

// holds says why the run's deliveries to a domain are to be held; empty: they are not.
func (s *suspicion) holds(run int64, domain string) (why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.why(run, domain)
}

func (s *suspicion) why(run int64, domain string) string {
	return cmp.Or(s.held[withheld{run, ""}], s.held[withheld{run, domain}]).why
}

// bars says why a delivery is to be held; empty: it is not. Where a person has one tried again that was held, what was suspected of its run
// before is forgotten.
func (s *suspicion) bars(d *tidings.Delivery) (why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, domain := withheld{d.RunID, ""}, withheld{d.RunID, domainOf(d)}
	because := cmp.Or(s.held[all], s.held[domain])
	if because.why == "" || !d.Next.After(because.since) || !strings.HasPrefix(d.LastReply, relayRefused) {
		return because.why
	}
	delete(s.held, all)
	delete(s.held, domain)
	maps.DeleteFunc(s.runs, func(which suspected, _ *suspect) bool { return which.run == d.RunID })
	return ""
}

// hold has the run's deliveries held.
func (s *suspicion) hold(run int64, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held == nil {
		s.runs, s.held = map[suspected]*suspect{}, map[withheld]reason{}
	}
	all := withheld{run, ""}
	s.held[all] = cmp.Or(s.held[all], reason{why, time.Now()})
}

// took reports whether the relay took a message of the run in this pass.
func (s *suspicion) took(run int64, relay *route) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.of(suspected{run, relay}).taken
}

// hearing is the fates of the last recipients of all runs: what the relay's word about a single one is worth.
type hearing struct {
	mu   sync.Mutex
	last window
}

func (h *hearing) note(refused bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last.note(recipientsSeen, fate{refused: refused})
}

// trusted reports whether the relay may be believed that an address is gone: it has taken others, and refused few.
func (h *hearing) trusted() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last.refused < min(recipientsFew, len(h.last.fates))
}
