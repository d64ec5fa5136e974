package mailer

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/mailbox"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/templates"
)

const (
	crashMails       = 2000
	crashLetters     = 20 // posted before each process
	crashKills       = 10
	crashConnections = 4
)

// The environment that makes the test binary the process to be killed.
const (
	childDatabase = "TIDINGS_TEST_CHILD_DATABASE"
	childRelay    = "TIDINGS_TEST_CHILD_RELAY"
)

func runsAsChild() bool { return os.Getenv(childDatabase) != "" }

// impatient claims what is uncertain at once, so that the test need not wait for a quarter of an hour.
type impatient struct{ *store.DB }

func (o impatient) Claim(ctx context.Context, now time.Time, limit int) ([]tidings.Delivery, error) {
	return o.DB.Claim(ctx, now.Add(2*uncertainWait), limit)
}

// childMain drains the outbox, as `digest run` does, and gives the exit code.
func childMain() int {
	if err := drainAsChild(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func drainAsChild(ctx context.Context) error {
	keys, err := tidings.NewKeyring(bytes.Repeat([]byte("k"), 32))
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, os.Getenv(childDatabase), store.Keyed(keys))
	if err != nil {
		return err
	}
	defer db.Close()
	set, err := templates.New(nil)
	if err != nil {
		return err
	}
	composer, err := NewComposer(testSite(), set, keys, testSender())
	if err != nil {
		return err
	}
	relay := &Relay{Host: "127.0.0.1", Security: Plain}
	if _, err := fmt.Sscanf(os.Getenv(childRelay), "127.0.0.1:%d", &relay.Port); err != nil {
		return err
	}
	m, err := New(Config{
		Relay: relay, Composer: composer, Outbox: impatient{db}, Journal: db, Editions: db,
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), Connections: crashConnections,
	})
	if err != nil {
		return err
	}
	sum, err := m.Drain(ctx)
	if err == nil && sum.Sent == 0 {
		err = fmt.Errorf("nothing was left to send: %+v", sum)
	}
	return err
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

func (w *tripwire) reply(p mailbox.Phase, _, _ string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p == mailbox.Dot {
		if w.left--; w.left == 0 {
			close(w.pulled)
		}
	}
	return nil
}

func TestKilledTenTimesNothingIsLostAndCopiesAreFewAndAlike(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tidings.db")
	db := must(store.Open(t.Context(), path, store.Volatile()))(t)
	fill(t, db, crashMails, time.Now())
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	wire := &tripwire{}
	box := must(mailbox.Listen("127.0.0.1:0", mailbox.Options{Reply: wire.reply}))(t)
	t.Cleanup(closing(box))
	for n := range crashKills {
		postLetters(t, path, n)
		most := crashMails/crashKills - 20
		if n%2 == 1 { // while letters are on the wire: they go first
			most = crashLetters
		}
		pulled := wire.set(1 + rand.IntN(most))
		child := startChild(t, path, box.Addr())
		select {
		case <-pulled:
		case <-t.Context().Done():
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait() // "signal: killed"
	}
	wire.set(0)
	if err := startChild(t, path, box.Addr()).Wait(); err != nil {
		t.Fatalf("the last process: %v", err)
	}
	checkMails(t, box.Mails())
	checkRows(t, path)
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

func checkMails(t *testing.T, mails []mailbox.Mail) {
	t.Helper()
	first := map[string]mailbox.Mail{}
	copies := 0
	for _, m := range mails {
		earlier, again := first[m.To]
		if !again {
			first[m.To] = m
			continue
		}
		copies++
		if !bytes.Equal(earlier.Data, m.Data) {
			t.Errorf("%s: mail %d is no copy of mail %d", m.To, m.Index, earlier.Index)
		}
	}
	all := crashMails + crashKills*crashLetters
	if lost := all - len(first); lost != 0 {
		t.Errorf("%d mails are lost", lost)
	}
	if most := crashConnections * crashKills; copies > most {
		t.Errorf("%d copies, more than %d", copies, most)
	}
	t.Logf("%d mails, killed %d times: lost %d, copies %d of at most %d", all, crashKills, all-len(first), copies,
		crashConnections*crashKills)
}

func checkRows(t *testing.T, path string) {
	t.Helper()
	db := must(store.Open(t.Context(), path))(t)
	defer db.Close()
	reports := must(db.Runs(t.Context(), 1))(t)
	if got := reports[0].States[tidings.DeliverySent]; got != crashMails {
		t.Errorf("the rows say %v", reports[0].States)
	}
	o := &office{t: t, path: path}
	for id := range int64(crashKills * crashLetters) {
		if l := o.letter(id + 1); l.state != tidings.DeliverySent || l.nonce {
			t.Errorf("letter %d is %+v", id+1, l)
		}
	}
}
