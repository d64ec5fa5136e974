package digest_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// pick gives one of the list that fits, or the zero value when none does.
func pick[T any](w *world, from []T, fits func(T) bool) (one T, ok bool) {
	var all []T
	for _, x := range from {
		if fits(x) {
			all = append(all, x)
		}
	}
	if len(all) == 0 {
		return one, false
	}
	return all[w.rnd.IntN(len(all))], true
}

// pass lets time pass: minutes, hours, or nine days.
func (w *world) pass() {
	switch w.rnd.IntN(10) {
	case 0:
		w.now = w.now.Add(9 * 24 * time.Hour)
	case 1, 2, 3:
		w.now = w.now.Add(time.Duration(w.rnd.IntN(48)) * time.Hour)
	default:
		w.now = w.now.Add(time.Duration(w.rnd.IntN(600)) * time.Minute)
	}
}

func (w *world) subset() []string {
	var topics []string
	for _, t := range []string{"energy", "trade", "safety"} {
		if w.rnd.IntN(3) == 0 {
			topics = append(topics, t)
		}
	}
	return topics
}

func (w *world) words() string {
	return []string{"a meeting", "a meeting on steel", "hydrogen and steel", "hydrogen"}[w.rnd.IntN(4)]
}

// save stores a new release, or another version of one, and tells the oracle.
func (w *world) save(r *oRelease, status tidings.Status, published time.Time, archived bool) {
	w.saveNoted(r, status, published, archived, "")
}

func (w *world) saveNoted(r *oRelease, status tidings.Status, published time.Time, archived bool, note string) {
	rel := tidings.Release{
		Source: r.source, Slug: "release", Language: r.language, Title: r.words, Topics: r.topics, TopicsByHand: true,
		Body:   tidings.Body{Format: tidings.Markdown, Source: r.words, Text: r.words, HTML: "<p>" + r.words + "</p>"},
		Status: status, Published: published, Translation: r.key, Note: note,
	}
	save := w.db.Save
	if archived {
		save = w.db.SaveArchived
	}
	_, err := save(w.t.Context(), site(), &rel, w.now, "test")
	w.must(err)
	r.id, r.revision = rel.ID, rel.Revision
}

func (w *world) newRelease() *oRelease {
	w.made++
	r := &oRelease{
		topics: w.subset(), words: w.words(), language: languages()[w.rnd.IntN(len(languages()))], source: fmt.Sprint("r", w.made),
	}
	if w.rnd.IntN(2) == 0 {
		r.key = w.keyFor(r)
	}
	w.o.releases = append(w.o.releases, r)
	return r
}

func languages() []string { return []string{"en", "ko", "fr", "en-GB"} }

// keyFor is a translation's key, old or new, under which no other release has the language of this one.
func (w *world) keyFor(r *oRelease) string {
	w.made++
	keys := []string{fmt.Sprint("t", w.made)}
	for _, one := range w.o.releases {
		taken := func(v *oRelease) bool { return v != r && v.key == one.key && v.language == r.language && !v.gone }
		if one.key != "" && !slices.ContainsFunc(w.o.releases, taken) {
			keys = append(keys, one.key)
		}
	}
	return keys[w.rnd.IntN(len(keys))]
}

func (w *world) goPublic(r *oRelease, mailed bool) {
	w.o.newest++
	r.seq, r.mailed = w.o.newest, mailed
}

func (w *world) publish() {
	r := w.newRelease()
	w.save(r, tidings.Published, time.Time{}, false)
	w.goPublic(r, true)
}

// publishVersions publishes a release in two languages at once.
func (w *world) publishVersions() {
	w.made++
	key, all := fmt.Sprint("t", w.made), languages()
	w.rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	for _, language := range all[:2] {
		r := w.newRelease()
		r.key, r.language = key, language
		w.save(r, tidings.Published, time.Time{}, false)
		w.goPublic(r, true)
	}
}

func (w *world) backdate() {
	r := w.newRelease()
	w.save(r, tidings.Published, w.now.AddDate(0, -w.rnd.IntN(30), 0), false)
	w.goPublic(r, true)
}

func (w *world) archive() {
	r := w.newRelease()
	w.save(r, tidings.Published, w.now.AddDate(-3, 0, 0), true)
	w.goPublic(r, false)
}

func (w *world) schedule() {
	r := w.newRelease()
	r.at = w.now.Add(time.Duration(1+w.rnd.IntN(100)) * time.Hour)
	w.save(r, tidings.Scheduled, r.at, false)
}

// mend changes the text of a release under embargo, without a word on its status: the embargo stays.
func (w *world) mend() {
	r, ok := pick(w, w.o.releases, func(r *oRelease) bool { return r.seq == 0 && !r.gone && r.at.After(w.now) })
	if ok {
		r.words = w.words()
		w.save(r, "", time.Time{}, false)
	}
}

func public(r *oRelease) bool { return r.seq > 0 && !r.gone }

// edit changes the text of a public release: with a word to its readers, which makes it a correction, or without.
func (w *world) edit() {
	r, ok := pick(w, w.o.releases, public)
	if !ok {
		return
	}
	note, was := []string{"", "The figures are right now."}[w.rnd.IntN(2)], r.revision
	r.words, r.touched = w.words(), true
	w.saveNoted(r, tidings.Published, time.Time{}, false, note)
	if r.revision == was {
		return
	}
	w.o.newest++ // a public change takes a number, and goes to nobody who did not get the release before
	if note != "" {
		r.notice = oNotice{w.o.newest, tidings.CorrectedEntry, r.revision}
	}
}

// link makes a public release a version of others, or of none, after the fact.
func (w *world) link() {
	r, ok := pick(w, w.o.releases, public)
	if !ok {
		return
	}
	was := r.revision
	for _, v := range w.o.versions(r) { // who got one of them in place of another may be left with neither
		v.touched = true
	}
	if w.rnd.IntN(4) > 0 {
		had := r.key
		r.key = w.keyFor(r)
		w.save(r, tidings.Published, time.Time{}, false)
		if r.revision == was { // the desk took it out of just this, and what a source says again leaves the desk's word alone
			r.key = had
		}
	} else if r.key != "" {
		r.key = ""
		w.must(w.db.Unlink(w.t.Context(), r.id, w.now, "test"))
		r.revision++
	}
	if r.revision != was {
		w.o.newest++
	}
}

func (w *world) retopic() {
	r, ok := pick(w, w.o.releases, public)
	if !ok {
		return
	}
	was := strings.Join(r.topics, ",")
	r.topics, r.touched = w.subset(), true
	w.must(w.db.SetTopics(w.t.Context(), r.id, r.topics, w.now, "test"))
	if strings.Join(r.topics, ",") != was {
		w.o.newest++
		r.revision++
	}
}

func (w *world) withdraw() {
	if r, ok := pick(w, w.o.releases, func(r *oRelease) bool { return !r.gone }); ok {
		w.withdrawOne(r)
	}
}

// withdrawWaiting withdraws what waits in somebody's mail, and has another version.
func (w *world) withdrawWaiting() {
	waits := func(s *oSubscriber, id int64) bool {
		return slices.ContainsFunc(s.mails, func(m *oMail) bool {
			return !m.sent && slices.ContainsFunc(m.entries, func(e oEntry) bool { return e.id == id })
		})
	}
	r, ok := pick(w, w.o.releases, func(r *oRelease) bool {
		return public(r) && len(w.o.versions(r)) > 1 &&
			slices.ContainsFunc(w.o.subscribers, func(s *oSubscriber) bool { return waits(s, r.id) })
	})
	if ok {
		w.withdrawOne(r)
	}
}

func (w *world) withdrawOne(r *oRelease) {
	notify := w.rnd.IntN(2) == 0
	w.must(w.db.Withdraw(w.t.Context(), r.id, tidings.Withdrawal{Reason: "an error", Notify: notify}, w.now, "test"))
	r.gone = true
	if r.seq == 0 {
		return
	}
	w.o.newest++
	r.goneSeq = w.o.newest
	if notify {
		r.notice = oNotice{w.o.newest, tidings.WithdrawnEntry, r.revision}
	}
}

func (w *world) restart() {
	w.must(w.db.Close())
	w.open()
}

func (w *world) toggleRelay() { w.relay = !w.relay }
