package mailer

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings/mailer/faulty"
)

// The tables say what becomes of a delivery whose phase (the line) meets a fault (the column): its state, by the first letter,
// and how many attempts count. They are written by hand, from what doc.go says of outcomes by phase.

// alwaysTable is of a relay that has never taken anything, and fails so whenever it is asked: after three faults of its own
// it is left alone, and when it refuses for good without a word against the address, that is not believed. A dash is what cannot be.
const alwaysTable = `
          4xx  5xx  421  close hang garbage halfyes halfno slow tls
connect   -    -    -    p0    p0   -       -       -      -    -
greeting  p0   p0   p0   p0    p0   p0      p0      p0     s1   p0
EHLO      p0   p0   p0   p0    p0   p0      p0      p0     s1   p0
STARTTLS  p0   p0   p0   p0    p0   p0      p0      p0     s1   p0
handshake p0   p0   p0   p0    p0   p0      p0      p0     p0   p0
AUTH      p0   p0   p0   p0    p0   p0      p0      p0     s1   p0
MAIL      p0   p0   p0   p0    p0   p0      p0      p0     s1   p0
RCPT      d1   h1   p0   p0    p0   p0      p0      p0     s1   p0
DATA      p0   p0   p0   p0    p0   p0      p0      p0     s1   p0
body      d1   h1   p0   p0    p0   u1      p0      p0     p0   p0
dot       d1   h1   p0   u1    u1   u1      u1      u1     s1   u1
QUIT      s1   s1   s1   s1    s1   s1      s1      s1     s1   s1
`

// onceTable is of the second of three messages, on a connection that has served the first; it fails once. The relay's fault is
// answered with another connection at once. What the relay refuses early, while it takes others, is the delivery's own.
const onceTable = `
          4xx  5xx  421  close hang garbage halfyes halfno slow tls
MAIL      d1   d1   s1   s1    s1   s1      s1      s1     s1   s1
RCPT      d1   f1   s1   s1    s1   s1      s1      s1     s1   s1
DATA      d1   d1   s1   s1    s1   s1      s1      s1     s1   s1
body      d1   f1   s1   s1    s1   u1      s1      s1     s1   s1
dot       d1   f1   s1   u1    u1   u1      u1      u1     s1   u1
QUIT      s1   s1   s1   s1    s1   s1      s1      s1     s1   s1
`

// cell is one of a table.
type cell struct {
	phase faulty.Phase
	fault faulty.Fault
	want  string
}

// size is how many releases the mail has. Where the body is cut off, it is one that no buffer on its way holds: then it is certain
// that the dot was not sent.
func (c cell) size() int {
	if c.phase == faulty.Body {
		return 12
	}
	return 1
}

// tabled gives the cells of a table, by line.
func tabled(t *testing.T, table string) (rows [][]cell) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(table), "\n")
	faults := strings.Fields(lines[0])
	for i, f := range faulty.Faults() {
		if i >= len(faults) || faults[i] != string(f) {
			t.Fatalf("the table has no column %s", f)
		}
	}
	for _, line := range lines[1:] {
		cells := strings.Fields(line)
		if len(cells) != len(faults)+1 || !slices.Contains(faulty.Phases(), faulty.Phase(cells[0])) {
			t.Fatalf("the table's line %q", line)
		}
		var row []cell
		for i, want := range cells[1:] {
			row = append(row, cell{faulty.Phase(cells[0]), faulty.Fault(faults[i]), want})
		}
		rows = append(rows, row)
	}
	return rows
}

func TestEveryFaultEndsInItsTabledState(t *testing.T) {
	t.Parallel()
	for name, scene := range map[string]struct {
		table   string
		readers int
		play    func(*underFire, cell, bool)
	}{"always": {alwaysTable, 1, playAlways}, "once": {onceTable, 3, playOnce}} {
		for _, row := range tabled(t, scene.table) {
			for way, plain := range map[string]bool{"pipelined": false, "in turns": true} {
				if plain && (testing.Short() || slices.Index(faulty.Phases(), row[0].phase) < slices.Index(faulty.Phases(), faulty.Mail)) {
					continue // nothing is pipelined before MAIL
				}
				t.Run(name+" "+string(row[0].phase)+" "+way, func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						f := newFire(t, scene.readers)
						for _, c := range row {
							if c.want != "-" {
								scene.play(f, c, plain)
							}
						}
						f.part()
					})
				})
			}
		}
	}
}

func guarded(plain bool, script func(faulty.At) faulty.Fault) faulty.Options {
	return faulty.Options{
		NoPipelining: plain, StartTLS: true, Users: map[string]string{"tidings": "secret"}, Script: script,
	}
}

// playAlways has the relay fail until the mailer gives up, and then work: whatever was not refused for good arrives.
func playAlways(f *underFire, c cell, plain bool) {
	var mended atomic.Bool
	f.scene(c.size(), guarded(plain, func(at faulty.At) faulty.Fault {
		if at.Phase == c.phase && !mended.Load() {
			return c.fault
		}
		return faulty.None
	}))
	_, _ = f.mailer(1).Drain(f.t.Context()) // what the rows say counts
	synctest.Wait()
	if got := f.short(1); got != c.want {
		f.t.Errorf("%s at %s makes %s, not %s (%s)", c.fault, c.phase, got, c.want, f.delivery(1).LastReply)
	}
	if n := f.server.Open(); n != 0 {
		f.t.Errorf("%s at %s leaves %d sockets", c.fault, c.phase, n)
	}
	mended.Store(true)
	stop := running(f.t.(*testing.T), f.mailer(1))
	<-time.After(20 * time.Minute)
	stop()
	final := map[byte]string{'p': "s1", 'd': "s2", 'u': "s2", 'f': c.want, 'h': c.want, 's': c.want}[c.want[0]]
	if got := f.short(1); got != final {
		f.t.Errorf("%s at %s, mended: %s, not %s", c.fault, c.phase, got, final)
	}
	f.copies(c)
}

// TestRelayThatWantsABodyForNobodyGetsNone is for relays that answer a pipelined DATA with 354 although they refused the recipient.
func TestRelayThatWantsABodyForNobodyGetsNone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFire(t, 5)
		f.scene(1, faulty.Options{Eager: true, Script: func(at faulty.At) faulty.Fault {
			if at.Phase == faulty.Rcpt && at.Message%2 == 0 {
				return faulty.Permanent
			}
			return faulty.None
		}})
		f.drain()
		got := ""
		for reader := 1; reader <= 5; reader++ {
			got += f.short(reader)
		}
		if got != "s1f1s1f1s1" || f.server.Dials() != 1 || f.server.Taken() != 3 {
			t.Errorf("%s over %d connections, %d mails", got, f.server.Dials(), f.server.Taken())
		}
		f.part()
	})
}

// playOnce has the second message fail once.
func playOnce(f *underFire, c cell, plain bool) {
	var done atomic.Bool
	f.scene(c.size(), guarded(plain, func(at faulty.At) faulty.Fault {
		if at.Phase == c.phase && (at.Message == 2 || c.phase == faulty.Quit) && done.CompareAndSwap(false, true) {
			return c.fault
		}
		return faulty.None
	}))
	_, err := f.mailer(1).Drain(f.t.Context())
	synctest.Wait()
	if got := f.short(1) + f.short(2) + f.short(3); err != nil || !done.Load() || got != "s1"+c.want+"s1" {
		f.t.Errorf("once %s at %s makes %s, not s1 %s s1 (%v; %s)", c.fault, c.phase, got, c.want, err, f.delivery(2).LastReply)
	}
	if n := f.server.Open(); n != 0 {
		f.t.Errorf("%s at %s leaves %d sockets", c.fault, c.phase, n)
	}
	stop := running(f.t.(*testing.T), f.mailer(1))
	<-time.After(20 * time.Minute)
	stop()
	f.copies(c)
}

// copies checks that each mail arrived as often as the rows and the relay's own silence say, and always with the same octets.
func (f *underFire) copies(c cell) {
	f.t.Helper()
	first := map[string]faulty.Receipt{}
	for _, r := range f.server.Receipts() {
		if known, again := first[r.To]; again && known != r {
			f.t.Errorf("%s at %s: a copy is none: %+v, then %+v", c.fault, c.phase, known, r)
		}
		first[r.To] = r
	}
	sent := 0
	for reader := 1; reader <= f.readers; reader++ {
		if f.short(reader)[0] == 's' {
			sent++
		}
	}
	if len(first) != sent || f.server.Taken() != sent+f.server.Unanswered() {
		f.t.Errorf("%s at %s: %d mails of %d, of which %d went unanswered, for %d that were sent",
			c.fault, c.phase, len(first), f.server.Taken(), f.server.Unanswered(), sent)
	}
}
