package digest_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/digest"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// lostWorld is a database that sends, is backed up, lost and put back, and what arrived at its readers in all its lives.
type lostWorld struct {
	t        *testing.T
	n        int
	rnd      *rand.Rand
	dir      string
	db       *store.DB
	planner  *digest.Planner
	now      time.Time
	made     int
	readers  []*lostReader
	releases map[string]*oRelease // by title; those that are public now
	backups  []lostBackup
	restored int
	known    map[string]bool // titles that the backup knew which was put back first
	moved    int
}

type lostReader struct {
	address string
	filters []oFilter // of each subscription
	before  map[string]bool
	paused  bool            // ever
	got     map[string]int  // by title
	unnoted map[string]bool // a mail with it arrived of which the journal does not know
}

type lostBackup struct {
	file     string
	releases map[string]*oRelease
}

// A database is put back to a random moment, be it in the middle of a run's planning, while mails wait, are held, deferred or of unknown
// fate. Nobody loses a release that the database knows. And nobody gets one again that came before, and that the backup knew, but for
// those of whom the journal does not know it, who paused, or who have several subscriptions.
func TestAfterARestoreNobodyLosesAReleaseAndFewGetOneAgain(t *testing.T) {
	t.Parallel()
	const workers = 4
	total := *sequences / 50
	if testing.Short() { // under the race detector: see Makefile
		total = workers
	}
	seed := newSeed(t)
	moved := make([]int, workers)
	t.Run("all", func(t *testing.T) {
		for one := range workers {
			t.Run(fmt.Sprint("worker", one), func(t *testing.T) {
				t.Parallel()
				for n := *first + one; n < *first+total; n += workers {
					moved[one] += playLost(t, seed, n)
					if t.Failed() {
						return
					}
				}
			})
		}
	})
	if sum := moved[0] + moved[1] + moved[2] + moved[3]; sum < total/4 {
		t.Errorf("only %d readers had a lost digest in %d sequences", sum, total)
	}
}

func playLost(t *testing.T, seed []byte, n int) (moved int) {
	t.Helper()
	w := &lostWorld{
		t: t, n: n, rnd: rand.New(rand.NewPCG(uint64(n), 20261127)), dir: t.TempDir(), now: epoch(), releases: map[string]*oRelease{},
		planner: &digest.Planner{Cadences: cadences(t), Site: site()},
	}
	w.must(os.WriteFile(w.path(), seed, 0o600))
	w.open()
	w.planner.Ledger = w
	for range 8 {
		w.join()
	}
	restores := 1
	if w.rnd.IntN(3) == 0 {
		restores = 2 + w.rnd.IntN(2)
	}
	w.steps(20)
	for range restores {
		w.backup()
		w.steps(5 + w.rnd.IntN(25))
		w.restore()
		w.steps(w.rnd.IntN(15))
	}
	w.settle()
	w.check()
	w.must(w.db.Close())
	w.must(os.RemoveAll(w.dir))
	return w.moved
}

func (w *lostWorld) path() string { return filepath.Join(w.dir, "t.db") }

func (w *lostWorld) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("sequence %d at %s: %v", w.n, w.now, err)
	}
}

func (w *lostWorld) open() {
	db, err := store.Open(w.t.Context(), w.path(), store.Volatile(), store.Parts(2), store.Keyed(storetest.Keys(w.t)))
	w.must(err)
	w.db = db
	_, err = db.TakeInstance(w.t.Context(), w.now)
	w.must(err)
	_, err = db.Recover(w.t.Context(), w.now)
	w.must(err)
}

func (w *lostWorld) steps(n int) {
	for range n {
		switch w.rnd.IntN(14) {
		case 0, 1, 2, 3:
			w.publish()
		case 4:
			w.join()
		case 5:
			w.pause()
		case 6:
			w.unpause(1)
		case 7:
			w.lift()
		case 8:
			w.backup()
		case 9:
			w.must(w.db.Close())
			w.open()
		default:
			w.tick(true)
		}
	}
}

func (w *lostWorld) publish() {
	w.now = w.now.Add(time.Second)
	w.made++
	title := fmt.Sprintf("%s %d", []string{"steel", "hydrogen", "a meeting"}[w.rnd.IntN(3)], w.made)
	r := &oRelease{words: title, language: "en"}
	for _, topic := range []string{"energy", "trade", "safety"} {
		if w.rnd.IntN(3) == 0 {
			r.topics = append(r.topics, topic)
		}
	}
	rel := tidings.Release{
		Source: title, Slug: "release", Language: r.language, Title: title, Topics: r.topics, TopicsByHand: true, Status: tidings.Published,
		Body: tidings.Body{Format: tidings.Markdown, Source: title, Text: title, HTML: "<p>" + title + "</p>"},
	}
	_, err := w.db.Save(w.t.Context(), site(), &rel, w.now, "test")
	w.must(err)
	w.releases[title] = r
}

func (w *lostWorld) join() {
	w.now = w.now.Add(time.Second)
	w.made++
	r := &lostReader{address: fmt.Sprintf("r%d@example.org", w.made), before: map[string]bool{}, got: map[string]int{}, unnoted: map[string]bool{}}
	for title := range w.releases {
		r.before[title] = true
	}
	s := tidings.Subscriber{
		Address: r.address, Language: "en", State: tidings.Active, Consent: tidings.Consent{Basis: "test", By: "test", At: w.now}, Created: w.now,
	}
	paces := []string{tidings.Immediate, tidings.Daily, tidings.Weekly}
	for range 1 + w.rnd.IntN(5)/4 {
		f := filters()[w.rnd.IntN(len(filters()))]
		parsed, err := tidings.ParseFilter(f.text())
		w.must(err)
		i := w.rnd.IntN(len(paces))
		s.Subscriptions = append(s.Subscriptions, tidings.Subscription{Cadence: paces[i], Filter: parsed, Zone: "Asia/Seoul", Hour: tidings.AnyHour})
		paces = slices.Delete(paces, i, i+1)
		r.filters = append(r.filters, f)
	}
	w.must(w.db.AddSubscriber(w.t.Context(), &s, w.now, "test"))
	w.readers = append(w.readers, r)
}

// become changes the state of a reader, if this database knows them.
func (w *lostWorld) become(r *lostReader, state tidings.SubscriberState) {
	w.now = w.now.Add(time.Second)
	err := w.db.UpdateSubscriber(w.t.Context(), r.address, w.now, "test", func(s *tidings.Subscriber) error {
		s.State = state
		return nil
	})
	if !errors.Is(err, tidings.ErrNotFound) {
		w.must(err)
	}
}

func (w *lostWorld) pause() {
	r := w.readers[w.rnd.IntN(len(w.readers))]
	r.paused = true
	w.become(r, tidings.Paused)
}

// unpause brings back those who paused: of so many one, by chance.
func (w *lostWorld) unpause(of int) {
	for _, r := range w.readers {
		if r.paused && w.rnd.IntN(of) == 0 {
			w.become(r, tidings.Active)
		}
	}
}

func (w *lostWorld) lift() {
	holds, err := w.db.Holds(w.t.Context())
	w.must(err)
	for _, h := range holds {
		if h.Run != 0 {
			_, err := w.db.Lift(w.t.Context(), h.Run, "", w.now, "test")
			w.must(err)
		}
	}
}

func (w *lostWorld) tick(troubled bool) {
	w.now = w.now.Add(time.Duration(1+w.rnd.IntN(1500)) * time.Minute)
	runs, err := w.planner.Plan(w.t.Context(), w.now)
	w.must(err)
	for i := range runs {
		if troubled && w.rnd.IntN(5) == 0 {
			w.must(w.db.Hold(w.t.Context(), tidings.Hold{Run: runs[i].ID, By: tidings.HeldByDesk, Reason: "a look"}, w.now, "test"))
		}
	}
	most := 1000
	if troubled {
		most = w.rnd.IntN(12)
	}
	for most > 0 {
		claimed, err := w.db.Claim(w.t.Context(), w.now, min(most, 50))
		w.must(err)
		if len(claimed) == 0 {
			return
		}
		most -= len(claimed)
		for i := range claimed {
			if !w.send(&claimed[i], troubled) {
				break
			}
		}
	}
}

// send has a mail arrive, or not, and the journal and the outbox know of it, or not: then the process is another one.
func (w *lostWorld) send(d *tidings.Delivery, troubled bool) (lives bool) {
	ctx, luck := w.t.Context(), w.rnd.IntN(20)
	if !troubled {
		luck = 0
	}
	w.must(w.db.Trace(ctx, []tidings.Trace{{Step: tidings.TraceBegun, MessageID: d.MessageID, Run: d.RunID}}))
	switch {
	case luck < 15:
		w.arrive(d, true)
		w.must(w.db.Trace(ctx, []tidings.Trace{{Step: tidings.TraceSent, MessageID: d.MessageID, At: w.now, Attempts: 1, Reply: "250 ok"}}))
		w.must(w.db.Settle(ctx, []tidings.Outcome{{Delivery: d.ID, State: tidings.DeliverySent, Attempts: 1, At: w.now}}))
	case luck < 16: // the process dies before it notes anything
		w.arrive(d, false)
		w.must(w.db.Close())
		w.open()
		return false
	default:
		w.must(w.db.Trace(ctx, []tidings.Trace{{Step: tidings.TraceEnded, MessageID: d.MessageID}}))
		w.must(w.db.Settle(ctx, []tidings.Outcome{
			{Delivery: d.ID, State: tidings.DeliveryDeferred, Attempts: 1, Next: w.now.Add(9 * time.Hour), At: w.now},
		}))
	}
	return true
}

func (w *lostWorld) arrive(d *tidings.Delivery, noted bool) {
	i := slices.IndexFunc(w.readers, func(r *lostReader) bool { return r.address == d.Address })
	e, err := w.db.Edition(w.t.Context(), d.EditionID)
	w.must(err)
	for j := range e.Releases {
		title := e.Releases[j].Title
		w.readers[i].got[title]++
		w.readers[i].unnoted[title] = w.readers[i].unnoted[title] || !noted
	}
}

func (w *lostWorld) backup() {
	w.made++
	b := lostBackup{filepath.Join(w.dir, fmt.Sprintf("b%d.db", w.made)), map[string]*oRelease{}}
	w.must(w.db.Backup(w.t.Context(), b.file, w.now))
	for title, r := range w.releases {
		b.releases[title] = r
	}
	w.backups = append(w.backups, b)
}

func (w *lostWorld) restore() {
	ctx := w.t.Context()
	w.must(w.db.Close())
	b := w.backups[w.rnd.IntN(len(w.backups))]
	w.now = w.now.Add(time.Minute)
	r, err := store.PrepareRestore(ctx, b.file, w.path(), w.now)
	w.must(err)
	_, err = r.Place(ctx, w.now, true)
	w.must(errors.Join(err, r.Close()))
	w.open()
	w.releases = map[string]*oRelease{}
	for title, r := range b.releases {
		w.releases[title] = r
	}
	if w.restored++; w.restored == 1 {
		w.known = map[string]bool{}
		for title := range b.releases {
			w.known[title] = true
		}
	}
	for range w.rnd.IntN(3) { // while it is held
		w.publish()
		w.join()
	}
	w.now = w.now.Add(time.Minute)
	sent, err := w.db.Sent()
	w.must(err)
	done, err := w.db.Reconcile(ctx, w.now, sent.Has, true)
	w.must(err)
	w.moved += done.Readers
	_, err = w.db.ResumeAll(ctx, w.now, "test")
	w.must(err)
}

// settle has all go out that waits, and every cadence come due some times.
func (w *lostWorld) settle() {
	w.lift()
	w.unpause(1)
	for range 4 {
		w.now = w.now.Add(8 * 24 * time.Hour)
		w.tick(false)
	}
}

func (w *lostWorld) check() {
	for _, r := range w.readers {
		_, err := w.db.Subscriber(w.t.Context(), r.address)
		if errors.Is(err, tidings.ErrNotFound) {
			continue // is lost
		}
		w.must(err)
		for title, release := range w.releases {
			wanted := !r.before[title] && slices.ContainsFunc(r.filters, func(f oFilter) bool { return f.match(release) })
			if wanted != (r.got[title] > 0) {
				w.t.Errorf("sequence %d: %s wants %q %t, and got it %d times", w.n, r.address, title, wanted, r.got[title])
			}
			sure := w.restored == 1 && w.known[title] && !r.unnoted[title] && !r.paused && len(r.filters) == 1
			if sure && r.got[title] > 1 {
				w.t.Errorf("sequence %d: %s got %q %d times", w.n, r.address, title, r.got[title])
			}
		}
	}
}

// OpenRun makes a backup in the middle of the planning, now and then. The world is its planner's ledger.
func (w *lostWorld) OpenRun(
	ctx context.Context, run *tidings.Run, decide func([]tidings.Cohort, []tidings.Candidate) ([]tidings.Decision, error),
) (bool, error) {
	at := w.rnd.IntN(12)
	return w.db.OpenRun(ctx, run, func(cohorts []tidings.Cohort, candidates []tidings.Candidate) ([]tidings.Decision, error) {
		if at--; at == 0 {
			w.backup()
		}
		return decide(cohorts, candidates)
	})
}

// What else a planner asks of its ledger.
func (w *lostWorld) Standings(ctx context.Context, now time.Time) ([]tidings.Standing, error) {
	return w.db.Standings(ctx, now)
}

func (w *lostWorld) NewestSeq(ctx context.Context) (int64, error)        { return w.db.NewestSeq(ctx) }
func (w *lostWorld) Topics(ctx context.Context) ([]tidings.Topic, error) { return w.db.Topics(ctx) }
func (w *lostWorld) ResumeDue(ctx context.Context, now time.Time) (int, error) {
	return w.db.ResumeDue(ctx, now)
}
