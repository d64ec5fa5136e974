package mailer

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/digest"
	"github.com/tidings/tidings/mailer/faulty"
	"github.com/tidings/tidings/store/storetest"
)

var soakFor = flag.Duration("soak", 0, "how long to soak in real time; 0: two hours of virtual time")

const soakReaders = 20

// weather is a script for a relay that has mishaps in good times, and in bad ones lets nobody in.
type weather struct {
	mu  sync.Mutex
	bad bool
	end bool // of all faults
}

func (w *weather) script(at faulty.At) faulty.Fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.end:
		return faulty.None
	case w.bad && at.Phase == faulty.Greeting:
		return faulty.Closing
	case at.Phase == faulty.Mail:
		return every(at.Message, 31, faulty.Closing, faulty.Close, faulty.Garbage)
	case at.Phase == faulty.Rcpt:
		return every(at.Message, 23, faulty.Temporary, faulty.HalfYes)
	case at.Phase == faulty.Body:
		return every(at.Message, 43, faulty.Close, faulty.Closing)
	case at.Phase == faulty.Dot:
		return every(at.Message, 17, faulty.Close, faulty.Temporary, faulty.HalfYes, faulty.Garbage)
	}
	return faulty.None
}

func (w *weather) set(bad, end bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bad, w.end = bad, end
}

// TestSoakLeavesNothingBehind publishes, posts letters, and has the relay come and go, for hours: then memory, files and
// goroutines are what they were. It runs alone, since it counts what the whole process has.
func TestSoakLeavesNothingBehind(t *testing.T) { //nolint:paralleltest // see above
	before := runtime.NumGoroutine()
	if *soakFor > 0 {
		t.Run("in real time", func(t *testing.T) { soak(t, *soakFor, time.Second) }) // its end closes the database
	} else {
		length := 2 * time.Hour
		if testing.Short() { // under the race detector: see Makefile
			length = time.Hour
		}
		synctest.Test(t, func(t *testing.T) { soak(t, length, 2*time.Minute) })
	}
	for range 100 { // those that are about to end
		if runtime.NumGoroutine() > before {
			<-time.After(10 * time.Millisecond)
		}
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines, and %d before", n, before)
	}
}

func soak(t *testing.T, length, step time.Duration) {
	t.Helper()
	f, sky := soaked(t), &weather{}
	options := faulty.Options{Script: sky.script}
	if step == time.Second {
		f.server = must(faulty.Listen(options))(t)
		f.relay = relayTo(t, f.server.Addr())
	} else {
		f.meet(options)
	}
	m := f.mailer(3)
	m.Planner = &digest.Planner{Ledger: f.db, Site: testSite(), Cadences: tidings.Cadences{{Name: tidings.Immediate}}}
	stop := running(t, m)
	letters, steps := 0, int(length/step)
	var early usage
	for n := range steps {
		sky.set(n%30 >= 20 && n%30 < 28, false)
		if n%2 == 0 {
			f.news++
			publish(t, f.db, f.news, time.Now())
			m.Wake()
		} else {
			letters++
			postConfirm(t, f.db, fmt.Sprintf("visitor%d@example.net", letters))
			m.Post()
		}
		<-time.After(step)
		if n == steps/4 {
			early = use(t, f.server.Taken())
		}
	}
	late := use(t, f.server.Taken())
	stop()
	late.flat(t, early)
	sky.set(false, true)
	must(m.Planner.Plan(t.Context(), time.Now()))(t) // what waited for the relay
	f.outbox = impatient{f.db}
	for f.drain() != (Summary{}) {
	}
	f.checkSoak(letters)
	f.part()
}

// soaked is an office with readers who want everything at once.
func soaked(t *testing.T) *underFire {
	t.Helper()
	f := newFire(t, 0)
	for n := range soakReaders {
		s := storetest.To(t, tidings.Immediate, "")
		s.Zone = "UTC"
		storetest.Subscribe(t, f.db, time.Now(), fmt.Sprintf("reader%04d@example.com", n), s)
	}
	return f
}

// checkSoak wants every release to have reached every reader, and every letter its own, as often as the relay kept its answer
// to itself.
func (f *underFire) checkSoak(letters int) {
	f.t.Helper()
	first := map[string]faulty.Receipt{}
	for _, r := range f.server.Receipts() {
		if known, again := first[r.MessageID]; again && known != r {
			f.t.Errorf("a copy that is none: %+v, then %+v", known, r)
		}
		first[r.MessageID] = r
	}
	mails := 0
	for reader := range int64(soakReaders) {
		once := map[int64]bool{}
		for _, d := range must(f.db.Deliveries(f.t.Context(), reader+1, 10_000))(f.t) {
			for _, e := range must(f.db.Edition(f.t.Context(), d.EditionID))(f.t).Entries {
				if once[e.Release] {
					f.t.Errorf("reader %d got release %d twice", reader, e.Release)
				}
				once[e.Release] = true
			}
			mails++
			if _, arrived := first["<"+d.MessageID+">"]; !arrived {
				f.t.Errorf("reader %d: a mail that is %s did not arrive", reader, d.State)
			}
		}
		if len(once) != f.news {
			f.t.Errorf("reader %d got %d releases of %d", reader, len(once), f.news)
		}
	}
	if copies := f.server.Taken() - len(first); len(first) != mails+letters || copies > f.server.Unanswered() {
		f.t.Errorf("%d mails of %d, %d copies of at most %d", len(first), mails+letters, copies, f.server.Unanswered())
	}
	f.t.Logf("%d mails, %d answers kept back, %d connections", f.server.Taken(), f.server.Unanswered(), f.server.Dials())
}

// usage is what the process has.
type usage struct {
	heap              uint64
	files, goroutines int
	mails             int // that the test itself remembers
}

func use(t *testing.T, mails int) usage {
	t.Helper()
	runtime.GC()
	runtime.GC() // what finalizers let go
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil && runtime.GOOS == "linux" {
		t.Error(err)
	}
	return usage{m.HeapAlloc, len(files), runtime.NumGoroutine(), mails}
}

// flat wants no more than there was, but for what is in flight, and what the test itself notes of each mail.
func (u usage) flat(t *testing.T, early usage) {
	t.Helper()
	more := int64(u.heap) - int64(early.heap) - 500*int64(u.mails-early.mails)
	t.Logf("heap %d kB, then %d kB; files %d, then %d; goroutines %d, then %d; mails %d, then %d", early.heap>>10, u.heap>>10,
		early.files, u.files, early.goroutines, u.goroutines, early.mails, u.mails)
	if more > 4<<20 || u.files > early.files+8 || u.goroutines > early.goroutines+12 {
		t.Error("that is not flat")
	}
}
