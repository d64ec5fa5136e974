package store

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
)

func begun(id string) tidings.Trace { return tidings.Trace{Step: tidings.TraceBegun, MessageID: id} }

func ended(id string) tidings.Trace { return tidings.Trace{Step: tidings.TraceEnded, MessageID: id} }

func sentTrace(id string) tidings.Trace {
	return tidings.Trace{
		Step: tidings.TraceSent, MessageID: id, At: at(3), Attempts: 2, Reply: "250 2.0.0 Ok: queued as 4F1",
	}
}

func newJournal(t *testing.T) (j *journal, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "tidings.db.sent")
	j, err := makeJournal(path, rand.Text(), onDisk)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.close() })
	return j, path
}

func add(t *testing.T, j *journal, traces ...tidings.Trace) {
	t.Helper()
	if err := j.add(traces, nil); err != nil {
		t.Fatal(err)
	}
}

func readJournal(t *testing.T, path, id string) (all []tidings.Trace) {
	t.Helper()
	for trace, err := range traces(path, id) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, trace)
	}
	return all
}

func TestTheJournalGivesBackWhatWasAdded(t *testing.T) {
	t.Parallel()
	j, path := newJournal(t)
	want := []tidings.Trace{begun("a@x"), sentTrace("a@x"), begun("b@x"), ended("b@x")}
	add(t, j, want[:2]...)
	if err := j.close(); err != nil {
		t.Fatal(err)
	}
	again, err := openJournal(path, j.id, onDisk)
	if err != nil {
		t.Fatal(err)
	}
	add(t, again, want[2:]...)
	if err := again.close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, readJournal(t, path, j.id)); diff != "" {
		t.Error(diff)
	}
	if _, err := openJournal(path, "another", onDisk); err == nil {
		t.Error("another database's journal was opened")
	}
	if got := readJournal(t, path, "another"); len(got) > 0 {
		t.Errorf("another database's journal was read: %v", got)
	}
}

// A line that was cut off anywhere, or overwritten by a failing disk, is none; those before and after it are.
func TestAJournalsBrokenLineIsNone(t *testing.T) {
	t.Parallel()
	j, path := newJournal(t)
	add(t, j, sentTrace("a@x"))
	before := j.end
	add(t, j, sentTrace("b@x"))
	after := j.end
	if err := j.close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := before; cut < after; cut++ {
		for name, text := range map[string][]byte{
			"truncated":  whole[:cut],
			"room after": append(bytes.Clone(whole[:cut]), make([]byte, 100)...),
			"flipped":    append(append(bytes.Clone(whole[:cut]), whole[cut]^1), whole[cut+1:]...),
		} {
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
			again, err := openJournal(path, j.id, 0)
			if err != nil {
				t.Fatal(err)
			}
			add(t, again, begun("c@x"))
			if err := again.close(); err != nil {
				t.Fatal(err)
			}
			want := []tidings.Trace{sentTrace("a@x"), begun("c@x")}
			got := readJournal(t, path, j.id)
			if cut == after-1 && name != "flipped" { // only the end of the line was missing
				want = []tidings.Trace{sentTrace("a@x"), sentTrace("b@x"), begun("c@x")}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%s at octet %d of %d:\n%s", name, cut-before, after-before, diff)
			}
		}
	}
}

func TestAFullJournalIsPutAsideAndStillRead(t *testing.T) {
	t.Parallel()
	j, path := newJournal(t)
	j.limit = 1000
	var want []tidings.Trace
	for n := range 60 {
		trace := sentTrace(fmt.Sprintf("%d@x", n))
		add(t, j, trace)
		want = append(want, trace)
	}
	if diff := cmp.Diff(want, readJournal(t, path, j.id)); diff != "" {
		t.Error(diff)
	}
	for n := range 800 {
		add(t, j, begun(fmt.Sprintf("%d@y", n)))
	}
	if old, err := filepath.Glob(path + ".*"); err != nil || len(old) != journalsKept {
		t.Errorf("%d old files, %v", len(old), err)
	}
}

func FuzzALineOfTheJournalIsReadAsItWasWritten(f *testing.F) {
	f.Add("a@x", "250 ok", int64(5), 1)
	f.Add("", "", int64(-1), -7)
	f.Fuzz(func(t *testing.T, id, reply string, ms int64, attempts int) {
		if strings.ContainsAny(id, " \n") || strings.Contains(reply, "\n") {
			t.Skip("ids have no spaces, and replies are one line")
		}
		want := tidings.Trace{Step: tidings.TraceSent, MessageID: id, At: time.UnixMilli(ms).UTC(), Attempts: attempts, Reply: reply}
		got, ok := parseTrace(bytes.TrimSuffix(appendTrace(nil, &want), []byte("\n")))
		if !ok || got != want {
			t.Errorf("%+v becomes %+v, %v", want, got, ok)
		}
	})
}
