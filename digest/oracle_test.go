package digest_test

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// The oracle: what ought to happen, written down as naively as can be. It shares no code with the planner or the store: filters
// are Go functions, and every question is answered by walking a list.

// aFilter is a filter in the filter language, and the same said in Go.
type aFilter struct {
	text  string
	match func(*oRelease) bool
}

func filters() []aFilter {
	has := func(topics ...string) func(*oRelease) bool {
		return func(r *oRelease) bool {
			return slices.ContainsFunc(topics, func(t string) bool { return slices.Contains(r.topics, t) })
		}
	}
	word := func(w string) func(*oRelease) bool {
		return func(r *oRelease) bool { return strings.Contains(r.words, w) }
	}
	return []aFilter{
		{"", func(*oRelease) bool { return true }},
		{"topic:energy", has("energy")},
		{"topic:energy,trade", has("energy", "trade")},
		{"topic:safety -steel", func(r *oRelease) bool { return has("safety")(r) && !word("steel")(r) }},
		{"steel", word("steel")},
		{"lang:ko", func(r *oRelease) bool { return r.language == "ko" }},
		{"topic:trade OR hydrogen", func(r *oRelease) bool { return has("trade")(r) || word("hydrogen")(r) }},
	}
}

type oRelease struct {
	id       int64
	seq      int64 // of its first publication; 0: none
	mailed   bool  // first publication of a kind that goes into digests
	gone     bool
	touched  bool // edited or sorted anew after it was stored: what it matched then is not what it matches now
	topics   []string
	words    string
	language string
	at       time.Time // when it goes public, if scheduled
	source   string
}

type oSubscription struct {
	cadence string
	zone    string
	hour    int
	filter  int // of filters()
	pos     int64
	joined  int64 // the newest number when it began
	static  bool  // its filter never changed
}

type oSubscriber struct {
	address string
	active  bool
	paused  bool
	until   time.Time
	subs    []*oSubscription
	got     map[int64]int // release → mails decided with it
	dropped bool          // ever dropped a subscription, or left
	waiting []oMail       // decided, not sent yet
	sent    map[int64]int // release → mails sent with it
}

type oMail struct {
	cadence  string
	releases []int64
}

type oracle struct {
	releases    []*oRelease
	subscribers []*oSubscriber
	newest      int64
}

// speed is a cadence's place: the lower the faster.
func speed(cadence string) int {
	return slices.Index([]string{tidings.Immediate, tidings.Daily, tidings.Weekly, tidings.Monthly}, cadence)
}

// publishDue gives numbers to what is scheduled and due, in the order of their instants.
func (o *oracle) publishDue(now time.Time) {
	var due []*oRelease
	for _, r := range o.releases {
		if r.seq == 0 && !r.gone && !r.at.IsZero() && !r.at.After(now) {
			due = append(due, r)
		}
	}
	slices.SortStableFunc(due, func(a, b *oRelease) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.id, b.id)) })
	for _, r := range due {
		o.newest++
		r.seq, r.mailed = o.newest, true
	}
}

// run decides one slot's run.
func (o *oracle) run(slot tidings.Slot) {
	for _, s := range o.subscribers {
		for _, sub := range s.subs {
			in := sub.cadence == slot.Cadence
			if sub.cadence != tidings.Immediate {
				in = in && sub.zone == slot.Zone && sub.hour == slot.Hour
			}
			if in && s.active && !s.paused {
				o.decide(s, sub)
			}
		}
	}
}

func (o *oracle) decide(s *oSubscriber, sub *oSubscription) {
	var take []int64
	stand := o.newest
	for _, r := range o.bySeq() {
		if r.seq <= sub.pos || !r.mailed || r.gone || s.got[r.id] > 0 || !filters()[sub.filter].match(r) {
			continue
		}
		later := false
		for _, other := range s.subs {
			if speed(other.cadence) < speed(sub.cadence) && other.pos < r.seq && filters()[other.filter].match(r) {
				later = true
			}
		}
		if later {
			stand = min(stand, r.seq-1)
			continue
		}
		take = append(take, r.id)
	}
	sub.pos = max(stand, sub.pos)
	for _, id := range take {
		s.got[id]++
	}
	if len(take) > 0 {
		s.waiting = append(s.waiting, oMail{sub.cadence, take})
	}
}

func (o *oracle) bySeq() []*oRelease {
	var public []*oRelease
	for _, r := range o.releases {
		if r.seq > 0 {
			public = append(public, r)
		}
	}
	slices.SortFunc(public, func(a, b *oRelease) int { return cmp.Compare(a.seq, b.seq) })
	return public
}

func (o *oracle) release(id int64) *oRelease {
	for _, r := range o.releases {
		if r.id == id {
			return r
		}
	}
	return nil
}

// send gives what goes over the wire to each address: what waits for it, less what was withdrawn since.
func (o *oracle) send() map[string][]string {
	out := map[string][]string{}
	for _, s := range o.subscribers {
		if !s.active || s.paused {
			continue
		}
		for _, m := range s.waiting {
			m.releases = slices.DeleteFunc(slices.Clone(m.releases), func(id int64) bool { return o.release(id).gone })
			if len(m.releases) == 0 {
				continue
			}
			for _, id := range m.releases {
				s.sent[id]++
			}
			out[s.address] = append(out[s.address], describe(m.cadence, m.releases))
		}
		s.waiting = nil
	}
	for _, mails := range out {
		slices.Sort(mails)
	}
	return out
}
