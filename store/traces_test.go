package store

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

func TestAJournalThatIsPutAsideWhileItIsReadHidesNothing(t *testing.T) {
	t.Parallel()
	j, path := newJournal(t)
	add(t, j, sentTrace("old@x"))
	j.turn() // old@x is in path.1
	add(t, j, sentTrace("new@x"))
	seen := map[string]int{}
	for trace, err := range traces(path, j.id) {
		if err != nil {
			t.Fatal(err)
		}
		if seen[trace.MessageID]++; trace.MessageID == "old@x" {
			j.turn() // the daemon, meanwhile
		}
	}
	if seen["old@x"] != 1 || seen["new@x"] != 1 {
		t.Error(seen)
	}
}

// Room may be written ahead without end: a disk that was full, a file made larger by hand.
func TestAJournalWithMuchRoomAheadIsReadToItsEnd(t *testing.T) {
	t.Parallel()
	db, ids := crashed(t)
	path := journalPath(db.path)
	info, err := os.Stat(path)
	if err == nil {
		err = os.Truncate(path, info.Size()+3<<20)
	}
	if err != nil {
		t.Fatal(err)
	}
	if sent, err := db.Sent(); err != nil || !sent.Has(ids[0]) || sent.Journals != 1 {
		t.Errorf("%+v, %v", sent, err)
	}
	if n, err := db.Recover(t.Context(), at(5)); err != nil || n != 1 {
		t.Errorf("%d unknown, %v", n, err)
	}
}

func TestWhatIsNoJournalIsNamed(t *testing.T) {
	t.Parallel()
	db, ids := crashed(t)
	path := journalPath(db.path)
	if err := os.Rename(path, asidePath(path, 1)); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "something else\n", strings.Repeat("\x00", 1<<20)} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		sent, err := db.Sent()
		if err != nil || sent.Journals != 1 || !sent.Has(ids[0]) || strings.Join(sent.Odd, " ") != "tidings.db.sent" {
			t.Errorf("%.20q: %d journals, odd %q, %v", text, sent.Journals, sent.Odd, err)
		}
	}
	if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Sent(); err == nil || !strings.Contains(err.Error(), "move it away") {
		t.Error(err)
	}
}

func TestAnEndWithoutABeginningHidesNoLaterOne(t *testing.T) {
	t.Parallel()
	db, ids := crashed(t)
	for _, trace := range []tidings.Trace{ended(ids[4]), begun(ids[4])} { // its first beginning found a full disk
		if err := db.Trace(t.Context(), []tidings.Trace{trace}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Recover(t.Context(), at(5)); err != nil {
		t.Fatal(err)
	}
	if got := statesOf(t, db); got != "sent uncertain pending pending uncertain pending" {
		t.Error(got)
	}
}
