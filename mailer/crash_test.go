package mailer

import (
	"database/sql"
	"flag"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/tidings/tidings/mailer/faulty"
	"github.com/tidings/tidings/store"
)

// How much is killed: `make crash` asks for more.
var (
	crashKills = flag.Int("kills", 8, "how often a sending process is killed")
	crashMails = flag.Int("mails", 600, "in a run whose process is killed")
	crashWhole = flag.Int("whole", 600, "mails in a run whose process is left alone")
)

const (
	crashLetters     = 5 // posted before each process
	crashConnections = 4
)

// mishaps is a script of what befalls a relay now and then. It turns upon a recipient once at RCPT, and once in the body or at the dot, which
// to who sends both in one piece are the same silence: so no delivery ever waits for a person, which takes three attempts and two silences.
type mishaps struct {
	mu  sync.Mutex
	hit map[string]bool
}

func newMishaps() *mishaps { return &mishaps{hit: map[string]bool{}} }

func (m *mishaps) script(at faulty.At) faulty.Fault {
	switch at.Phase {
	case faulty.Greeting:
		return every(at.Connection, 7, faulty.Closing)
	case faulty.Mail:
		return every(at.Message, 97, faulty.Closing, faulty.Close, faulty.HalfYes)
	case faulty.Data:
		return every(at.Message, 101, faulty.Close, faulty.Garbage, faulty.HalfYes)
	case faulty.Body:
		return m.once(at, 1, faulty.Close, faulty.Closing, faulty.HalfYes)
	case faulty.Quit:
		return every(at.Connection, 3, faulty.Close)
	case faulty.Rcpt:
		return m.once(at, 3, faulty.Temporary, faulty.Closing, faulty.Close)
	case faulty.Dot:
		return m.once(at, 6, faulty.Close, faulty.HalfYes, faulty.Garbage, faulty.WrongTLS, faulty.Temporary, faulty.Closing)
	}
	return faulty.None
}

// every gives the faults in turn, one at every so many.
func every(n, many int, faults ...faulty.Fault) faulty.Fault {
	if n%many != 0 {
		return faulty.None
	}
	return faults[n/many%len(faults)]
}

// once gives one of the faults to so many recipients of a hundred, the first time.
func (m *mishaps) once(at faulty.At, percent uint64, faults ...faulty.Fault) faulty.Fault {
	h := fnv.New64a()
	fmt.Fprint(h, at.Phase, at.To)
	n := h.Sum64()
	m.mu.Lock()
	defer m.mu.Unlock()
	key := string(at.Phase) + at.To
	if at.Phase == faulty.Body {
		key = string(faulty.Dot) + at.To
	}
	if n%100 >= percent || m.hit[key] {
		return faulty.None
	}
	m.hit[key] = true
	return faults[n/100%uint64(len(faults))]
}

// tripwire is pulled when so many more mails have arrived.
type tripwire struct {
	mu     sync.Mutex
	left   int
	pulled chan struct{}
}

func (w *tripwire) set(mails int) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left, w.pulled = mails, make(chan struct{})
	return w.pulled
}

func (w *tripwire) kept(faulty.Receipt) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.left--; w.left == 0 {
		close(w.pulled)
	}
}

func TestKilledAgainAndAgainNothingIsLostAndCopiesAreFewAndAlike(t *testing.T) {
	t.Parallel()
	path := outboxOf(t, *crashMails)
	wire := &tripwire{}
	relay := must(faulty.Listen(faulty.Options{Script: newMishaps().script, Kept: wire.kept}))(t)
	t.Cleanup(func() { _ = relay.Close() })
	kills := 0
	for n := range *crashKills {
		postLetters(t, path, n)
		left := *crashMails + (n+1)*crashLetters - relay.Taken()
		pulled := wire.set(1 + rand.IntN(max(1, left/(*crashKills-n+1))))
		child := startChild(t, path, relay.Addr())
		ended := make(chan error, 1)
		go func() { ended <- child.Wait() }()
		if n%4 == 3 { // at its beginning: it opens the file, and puts right what the last one left
			pulled = nil
		}
		select {
		case <-pulled:
			<-time.After(rand.N(2 * time.Millisecond))
		case <-time.After(timeToBegin(pulled)):
		}
		if child.Process.Kill() == nil {
			kills++
		}
		<-ended // "signal: killed", or it was done
	}
	wire.set(0)
	if err := startChild(t, path, relay.Addr()).Wait(); err != nil {
		t.Fatalf("the last process: %v", err)
	}
	checkMails(t, relay, *crashMails+*crashKills*crashLetters, kills)
	checkRows(t, path, *crashMails, *crashKills*crashLetters)
}

// timeToBegin is how long a process runs that is killed whatever it does; with a wire, long enough for that to be pulled.
func timeToBegin(pulled <-chan struct{}) time.Duration {
	if pulled == nil {
		return rand.N(300 * time.Millisecond)
	}
	return time.Minute
}

func TestLeftAloneNothingIsLostAndNothingArrivesTwice(t *testing.T) {
	t.Parallel()
	path := outboxOf(t, *crashWhole)
	relay := must(faulty.Listen(faulty.Options{}))(t)
	t.Cleanup(func() { _ = relay.Close() })
	if err := startChild(t, path, relay.Addr()).Wait(); err != nil {
		t.Fatal(err)
	}
	checkMails(t, relay, *crashWhole, 0)
	checkRows(t, path, *crashWhole, 0)
}

// outboxOf is a database file with a run of so many mails.
func outboxOf(t *testing.T, mails int) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "tidings.db")
	db := must(store.Open(t.Context(), path, store.Volatile(), store.Keyed(testKeys(t))))(t)
	fill(t, db, mails, time.Now())
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// postLetters posts letters to addresses that had none.
func postLetters(t *testing.T, path string, round int) {
	t.Helper()
	db := must(store.Open(t.Context(), path, store.Volatile(), store.Keyed(testKeys(t))))(t)
	defer db.Close()
	for n := range crashLetters {
		postConfirm(t, db, fmt.Sprintf("visitor%04d@example.net", round*crashLetters+n))
	}
}

func startChild(t *testing.T, database, relay string) *exec.Cmd {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childDatabase+"="+database, childRelay+"="+relay)
	child.Stderr = os.Stderr
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	return child
}

// checkMails wants all mails, and no more copies than can be explained: of the mail that each connection had on the wire when
// its process was killed, and of those whose answer the relay kept to itself.
func checkMails(t *testing.T, relay *faulty.Server, all, kills int) {
	t.Helper()
	first := map[string]faulty.Receipt{}
	for _, r := range relay.Receipts() {
		if known, again := first[r.To]; again && known != r {
			t.Errorf("a copy that is none: %+v, then %+v", known, r)
		}
		first[r.To] = r
	}
	most := kills*crashConnections + relay.Unanswered()
	lost, copies := all-len(first), relay.Taken()-len(first)
	if lost != 0 || copies > most {
		t.Errorf("%d mails are lost, and %d copies arrived, of at most %d", lost, copies, most)
	}
	t.Logf("%d mails, %d kills, %d answers kept back: lost %d, copies %d of at most %d",
		all, kills, relay.Unanswered(), lost, copies, most)
}

func checkRows(t *testing.T, path string, mails, letters int) {
	t.Helper()
	file := must(sql.Open("sqlite", "file:"+path+"?mode=ro"))(t)
	defer file.Close()
	for query, want := range map[string]int{
		`SELECT count(*) FROM deliveries WHERE state = 'sent'`:                mails,
		`SELECT count(*) FROM deliveries`:                                     mails,
		`SELECT count(*) FROM letters WHERE state = 'sent' AND nonce IS NULL`: letters,
	} {
		var got int
		if err := file.QueryRowContext(t.Context(), query).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %d, not %d (%v)", query, got, want, err)
		}
	}
	var verdict string
	if err := file.QueryRowContext(t.Context(), `PRAGMA integrity_check`).Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("the file is not whole: %s, %v", verdict, err)
	}
}
