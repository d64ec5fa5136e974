package digest_test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/digest"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
	"github.com/tidings/tidings/subscribe"
)

// newSeed makes a database with the topics in it, and gives its bytes: a copy is a fresh world.
func newSeed(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "seed.db")
	db, err := store.Open(t.Context(), path, store.Volatile())
	if err != nil {
		t.Fatal(err)
	}
	for i, slug := range []string{"energy", "trade", "safety"} {
		topic := tidings.Topic{Slug: slug, Names: map[string]string{"en": slug}, Order: i}
		if _, err := db.SaveTopic(t.Context(), &topic, epoch(), "test"); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	seed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return seed
}

func epoch() time.Time { return time.Date(2026, 1, 1, 3, 0, 0, 0, time.UTC) }

func cadences(t testing.TB) tidings.Cadences {
	t.Helper()
	var cs tidings.Cadences
	for _, c := range [][2]string{
		{tidings.Immediate, "* * * * *"}, {tidings.Daily, "0 8 * * *"}, {tidings.Weekly, "0 8 * * 1"}, {tidings.Monthly, "0 8 1 * *"},
	} {
		s, err := tidings.ParseSchedule(c[1])
		if err != nil {
			t.Fatal(err)
		}
		cs = append(cs, tidings.Cadence{Name: c[0], Schedule: s})
	}
	return cs
}

func site() *tidings.Site {
	return &tidings.Site{
		Names: map[string]string{"en": "Ministry"}, Base: &url.URL{Scheme: "https", Host: "news.example.org"}, Language: "en",
		Languages: []string{"en", "ko"}, Zone: time.UTC, TagEntity: "news.example.org,2026", MailDomain: "news.example.org",
	}
}

// world is a database with its planner, and the oracle beside it.
type world struct {
	t       *testing.T
	n       int
	rnd     *rand.Rand
	path    string
	db      *store.DB
	planner *digest.Planner
	service *subscribe.Service
	keys    tidings.Keyring
	now     time.Time
	relay   bool // whether mail goes out at a tick
	o       oracle
	made    int // releases and subscribers ever made, for their names
}

func newWorld(t *testing.T, seed []byte, rnd *rand.Rand, n int) *world {
	t.Helper()
	w := &world{t: t, n: n, rnd: rnd, path: filepath.Join(t.TempDir(), fmt.Sprintf("%d.db", n)), now: epoch(), relay: true}
	if err := os.WriteFile(w.path, seed, 0o600); err != nil {
		t.Fatal(err)
	}
	w.keys = storetest.Keys(t)
	w.planner = &digest.Planner{Cadences: cadences(t), Site: site()}
	w.open()
	w.o.newest = w.newest() // numbers given to topics, if any
	return w
}

func (w *world) newest() int64 {
	n, err := w.db.NewestSeq(w.t.Context())
	w.must(err)
	return n
}

func (w *world) open() {
	db, err := store.Open(w.t.Context(), w.path, store.Volatile(), store.Parts(2), store.Keyed(w.keys))
	w.must(err)
	w.db, w.planner.Ledger = db, db
	w.service = &subscribe.Service{
		Register: db, Personal: db, Tickets: db, Requests: db, Topics: db, Suppressions: db, Keyring: w.keys, Site: site(),
		Cadences: w.planner.Cadences, Languages: []string{"en", "ko", "fr-CA", "de"},
	}
}

func (w *world) close() {
	w.must(w.db.Close())
	for _, f := range []string{w.path, w.path + "-wal", w.path + "-shm"} {
		_ = os.Remove(f) // a thousand worlds need not lie about until the end
	}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("sequence %d at %s: %v", w.n, w.now, err)
	}
}

func describe(cadence string, entries []oEntry) string {
	var words []string
	for _, e := range entries {
		words = append(words, e.String())
	}
	slices.Sort(words)
	return fmt.Sprint(cadence, words)
}

// tick is the daemon's: publish what is due, plan, and send when the relay is up. Then both sides must say the same.
func (w *world) tick() {
	ctx := w.t.Context()
	w.now = w.now.Add(time.Second) // two runs of a slot never share an instant
	_, err := w.db.PublishDue(ctx, w.now)
	w.must(err)
	w.o.publishDue(w.now)
	if got := w.newest(); got != w.o.newest {
		w.t.Fatalf("sequence %d: %d publications, the oracle has %d", w.n, got, w.o.newest)
	}
	for _, s := range w.o.subscribers {
		if s.paused && !s.until.IsZero() && !s.until.After(w.now) {
			s.paused, s.until = false, time.Time{}
		}
	}
	runs, err := w.planner.Plan(ctx, w.now)
	w.must(err)
	// Which slots are due is another test's question (TestAYearOfDigests); what they hold is this one's. An immediate
	// run may leave no row, so the oracle always plays it, first.
	w.o.run(tidings.Slot{Cadence: tidings.Immediate})
	for _, r := range runs {
		if r.Slot.Cadence != tidings.Immediate {
			w.o.run(r.Slot)
		}
	}
	if w.relay {
		w.send()
	}
}

func (w *world) send() {
	ctx := w.t.Context()
	got := map[string][]string{}
	for at := w.now; ; {
		claimed, err := w.db.Claim(ctx, at, 100)
		w.must(err)
		if len(claimed) == 0 { // a correction waits until what it corrects has gone
			next, err := w.db.NextDue(ctx)
			w.must(err)
			if at = next; next.IsZero() {
				break
			}
			continue
		}
		var outcomes []tidings.Outcome
		for _, d := range claimed {
			if d.Letter != nil {
				outcomes = append(outcomes, tidings.Outcome{Delivery: d.ID, Letter: true, State: tidings.DeliverySent, At: w.now})
				continue
			}
			e, err := w.db.Edition(ctx, d.EditionID)
			w.must(err)
			state := tidings.DeliverySuppressed
			if len(e.Releases) > 0 {
				state = tidings.DeliverySent
				got[d.Address] = append(got[d.Address], describe(d.Cadence, w.entries(&e)))
			}
			outcomes = append(outcomes, tidings.Outcome{Delivery: d.ID, State: state, At: w.now})
		}
		w.must(w.db.Settle(ctx, outcomes))
	}
	for _, mails := range got {
		slices.Sort(mails)
	}
	if diff := cmp.Diff(w.o.send(), got); diff != "" {
		w.t.Fatalf("sequence %d at %s: the mails differ (-oracle +tidings):\n%s", w.n, w.now, diff)
	}
}

// entries are those of an edition. Each must have with it what is to be told.
func (w *world) entries(e *tidings.Edition) []oEntry {
	var all []oEntry
	for i, entry := range e.Entries {
		r := &e.Releases[i]
		if entry.Release != r.ID || entry.Revision != r.Revision ||
			entry.Kind == tidings.CorrectedEntry && r.Note == "" ||
			entry.Kind == tidings.WithdrawnEntry != (r.Status == tidings.Withdrawn && r.Reason != "" && r.Body.Text == "") {
			w.t.Errorf("sequence %d: entry %+v has release %+v", w.n, entry, r)
		}
		all = append(all, oEntry{entry.Release, entry.Revision, entry.Kind})
	}
	return all
}

// settleAll brings everybody back and lets every slot come due, so that nothing is left to send.
func (w *world) settleAll() {
	w.relay = true
	for _, s := range w.o.subscribers {
		if s.active && s.paused {
			w.resumeOne(s)
		}
	}
	for _, hours := range []time.Duration{1, 26, 9 * 24, 33 * 24, 26, 9 * 24, 33 * 24} { // every cadence comes due, twice
		w.now = w.now.Add(hours * time.Hour)
		w.tick()
	}
}

// checkOnce asks of the end result what no step-by-step comparison does: nobody got a release twice, or was told the same
// of it twice; and whoever made one choice and kept it has every release that matched, in one language, and no other. Of
// what was withdrawn it cannot tell whether a mail was in time, but a version that stayed public must have come in its place.
func (w *world) checkOnce() {
	for _, s := range w.o.subscribers {
		sent := s.sent()
		for e, times := range sent {
			if times > 1 {
				w.t.Errorf("sequence %d: %s got entry %v %d times", w.n, s.address, e, times)
			}
		}
		steady := s.active && !s.dropped && !slices.ContainsFunc(s.subs, func(sub *oSubscription) bool { return !sub.static })
		if !steady {
			continue
		}
		for _, r := range w.o.releases {
			versions := w.o.versions(r)
			if r.seq == 0 || slices.ContainsFunc(versions, func(v *oRelease) bool { return v.touched }) {
				continue
			}
			least, most, got := 0, 0, 0
			for _, v := range versions {
				got += sent[oEntry{id: v.id}]
				for _, sub := range s.subs {
					if v.mailed && v.seq > sub.joined && sub.filter.match(v) {
						most = 1
						if !v.gone {
							least = 1
						}
					}
				}
			}
			if got < least || got > most {
				w.t.Errorf("sequence %d: %s got release %d, in some language, %d times, not %d to %d", w.n, s.address, r.id, got, least, most)
			}
		}
	}
}
