package digest_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// The oracle: what ought to happen, written down as naively as can be. It shares no code with the planner or the store: filters
// are Go functions, and every question is answered by walking a list.

type oRelease struct {
	id       int64
	seq      int64 // of its first publication; 0: none
	mailed   bool  // first publication of a kind that goes into digests
	gone     bool
	goneSeq  int64 // of its withdrawal; 0: it was never public
	touched  bool  // edited, sorted or linked anew after it was stored: what it matched then is not what it matches now
	topics   []string
	words    string
	language string
	key      string    // shared with its versions in other languages; empty: it is alone
	at       time.Time // when it goes public, if scheduled
	source   string
	revision int
	notice   oNotice // the last thing to be told of it
}

type oNotice struct {
	seq      int64 // 0: there is none
	kind     tidings.EntryKind
	revision int
}

type oSubscription struct {
	cadence string
	zone    string
	hour    int
	filter  oFilter
	pos     int64
	joined  int64 // the newest number when it began
	static  bool  // its filter never changed
}

type oSubscriber struct {
	address  string
	language string
	active   bool
	paused   bool
	until    time.Time
	subs     []*oSubscription
	dropped  bool     // ever dropped a subscription, or left
	erased   bool     // and so nobody any more: whoever has the address is somebody else
	mails    []*oMail // all that were decided, in their order; those dropped are not there any more
}

type oMail struct {
	cadence string
	sent    bool
	entries []oEntry // of a mail that was sent, what was left of it
	lost    []oEntry // and what was not
}

type oEntry struct {
	id       int64
	revision int
	kind     tidings.EntryKind
}

func (e oEntry) String() string { return fmt.Sprintf("%d.%d%s", e.id, e.revision, e.kind) }

type oracle struct {
	releases    []*oRelease
	subscribers []*oSubscriber
	signUps     []*oSignUp
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
	var take []oEntry
	stand := o.newest
	for _, r := range o.bySeq() {
		if n := r.notice; n.seq > sub.pos && o.owed(s, r) {
			take = append(take, oEntry{r.id, n.revision, n.kind})
		}
		number := o.number(s, r, sub.pos)
		if number == 0 || !wants(r, sub) || slices.ContainsFunc(o.versions(r), func(v *oRelease) bool { return o.had(s, v) }) {
			continue
		}
		later := false
		for _, other := range s.subs {
			for _, v := range o.versions(r) {
				if speed(other.cadence) < speed(sub.cadence) && wants(v, other) && o.number(s, v, max(sub.pos, other.pos)) > 0 {
					later = true
				}
			}
		}
		switch {
		case later:
			stand = min(stand, number-1)
		case o.best(s, sub, r) == r:
			take = append(take, oEntry{r.id, r.revision, tidings.NewEntry})
		}
	}
	sub.pos = max(stand, sub.pos)
	if len(take) > 0 {
		s.mails = append(s.mails, &oMail{cadence: sub.cadence, entries: take})
	}
}

// wants: the release is what the subscription asked for.
func wants(r *oRelease, sub *oSubscription) bool {
	return r.mailed && !r.gone && sub.filter.match(r)
}

// number is the first one after pos under which the subscriber may get the release: its own, or that of the withdrawal
// of a version that they were to get. 0: there is none.
func (o *oracle) number(s *oSubscriber, r *oRelease, pos int64) int64 {
	if r.seq > pos {
		return r.seq
	}
	number := int64(0)
	for _, v := range o.versions(r) {
		if v != r && v.goneSeq > pos && s.missed(v) && (number == 0 || v.goneSeq < number) {
			number = v.goneSeq
		}
	}
	return number
}

// missed: the release was decided for the subscriber, and withdrawn before the mail went out.
func (s *oSubscriber) missed(r *oRelease) bool {
	is := func(e oEntry) bool { return e.id == r.id && e.kind == tidings.NewEntry }
	return r.gone && slices.ContainsFunc(s.mails, func(m *oMail) bool {
		return slices.ContainsFunc(m.lost, is) || !m.sent && slices.ContainsFunc(m.entries, is)
	})
}

// versions are the releases that are the same as this one, itself among them.
func (o *oracle) versions(r *oRelease) []*oRelease {
	var all []*oRelease
	for _, v := range o.bySeq() {
		if v == r || r.key != "" && v.key == r.key {
			all = append(all, v)
		}
	}
	return all
}

// best is the version that the subscriber reads best: the first number in the first language of a list that has any.
func (o *oracle) best(s *oSubscriber, sub *oSubscription, r *oRelease) *oRelease {
	base, _, _ := strings.Cut(s.language, "-")
	versions := slices.DeleteFunc(o.versions(r), func(v *oRelease) bool { return !wants(v, sub) || o.number(s, v, sub.pos) == 0 })
	slices.SortStableFunc(versions, func(a, b *oRelease) int {
		return cmp.Compare(o.number(s, a, sub.pos), o.number(s, b, sub.pos))
	})
	for _, speaks := range []func(language string) bool{
		func(l string) bool { return l == s.language },
		func(l string) bool { return l == base || strings.HasPrefix(l, base+"-") },
		func(l string) bool { return l == "en" },
		func(l string) bool { return strings.HasPrefix(l, "en-") },
		func(string) bool { return true },
	} {
		for _, v := range versions {
			if speaks(v.language) {
				return v
			}
		}
	}
	return nil
}

// entriesOf are what the subscriber has of a release: in mails that were sent, and in those that wait.
func (s *oSubscriber) entriesOf(r *oRelease) []oEntry {
	var all []oEntry
	for _, m := range s.mails {
		for _, e := range m.entries {
			if e.id == r.id && (m.sent || !r.gone || e.kind == tidings.WithdrawnEntry) {
				all = append(all, e)
			}
		}
	}
	return all
}

func (o *oracle) had(s *oSubscriber, r *oRelease) bool { return len(s.entriesOf(r)) > 0 }

// owed: the subscriber got the release, and does not know the last thing to be told of it.
func (o *oracle) owed(s *oSubscriber, r *oRelease) bool {
	known := s.entriesOf(r)
	if len(known) == 0 {
		return false
	}
	if r.gone {
		return r.notice.kind == tidings.WithdrawnEntry &&
			!slices.ContainsFunc(known, func(e oEntry) bool { return e.kind == tidings.WithdrawnEntry })
	}
	return !slices.ContainsFunc(known, func(e oEntry) bool { return e.revision >= r.notice.revision })
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
		for _, m := range s.mails {
			if m.sent {
				continue
			}
			m.sent = true
			all := m.entries
			m.entries = nil
			for _, e := range all {
				if o.release(e.id).gone && e.kind != tidings.WithdrawnEntry {
					m.lost = append(m.lost, e)
				} else {
					m.entries = append(m.entries, e)
				}
			}
			if len(m.entries) > 0 {
				out[s.address] = append(out[s.address], describe(m.cadence, m.entries))
			}
		}
	}
	for _, mails := range out {
		slices.Sort(mails)
	}
	return out
}

// dropUnsent is for who leaves: what is decided and not sent yet is not sent.
func (s *oSubscriber) dropUnsent() {
	s.mails = slices.DeleteFunc(s.mails, func(m *oMail) bool { return !m.sent })
}

func (s *oSubscriber) leave() {
	s.dropUnsent()
	s.active, s.paused, s.until, s.dropped = false, false, time.Time{}, true
}

// sent is how often the subscriber was sent each entry.
func (s *oSubscriber) sent() map[oEntry]int {
	times := map[oEntry]int{}
	for _, m := range s.mails {
		for _, e := range m.entries {
			if e.kind == tidings.NewEntry {
				e.revision = 0 // the same release, whatever it said
			}
			if m.sent {
				times[e]++
			}
		}
	}
	return times
}
