package store_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// held is the hold of a database.
func held(t *testing.T, db *store.DB) tidings.Hold {
	t.Helper()
	h, err := db.HeldAll(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestWhileAllIsHeldLettersGoAndNothingElse(t *testing.T) {
	t.Parallel()
	db := outbox(t, 2)
	if err := db.Hold(t.Context(), tidings.Hold{By: tidings.HeldByDesk, Reason: "the press office says so"}, at(3), "test"); err != nil {
		t.Fatal(err)
	}
	if got := claim(t, db, at(4), 10); len(got) != 0 {
		t.Errorf("claimed %d deliveries", len(got))
	}
	if next, err := db.NextDue(t.Context()); err != nil || !next.IsZero() {
		t.Errorf("next due %v, %v", next, err)
	}
	storetest.Save(t, db, at(4), tidings.Release{Slug: "b"})
	if _, opened := openRun(t, db, tidings.Daily, at(1500)); opened {
		t.Error("a run was made")
	}
	store.Post(t, db, at(2), confirming(t, "one@example.net")) // also one from before: nobody has sent it
	if next, err := db.NextDue(t.Context()); err != nil || !next.Equal(at(2)) {
		t.Errorf("next due %v, %v", next, err)
	}
	if got := claim(t, db, at(4), 10); len(got) != 1 || got[0].Letter == nil {
		t.Errorf("claimed %+v", got)
	}
	if _, err := db.ResumeAll(t.Context(), at(6), "test"); err != nil || held(t, db).Holds() {
		t.Errorf("after resuming: %+v, %v", held(t, db), err)
	}
	if got := claim(t, db, at(6), 10); len(got) != 2 {
		t.Errorf("claimed %d deliveries after", len(got))
	}
	if _, opened := openRun(t, db, tidings.Daily, at(1500)); !opened {
		t.Error("no run was made after")
	}
}

func TestACopyKeepsBackTheLettersThatItCameWith(t *testing.T) {
	t.Parallel()
	db := outbox(t, 1)
	store.Post(t, db, at(2), confirming(t, "one@example.net"))
	if err := db.Hold(t.Context(), tidings.Hold{By: tidings.HeldByDoctor, Reason: "SPF"}, at(3), "test"); err != nil {
		t.Fatal(err)
	}
	if err := db.Hold(t.Context(), tidings.Hold{By: tidings.HeldAsCopy, Reason: "a copy"}, at(3), "test"); err != nil || held(t, db).By != tidings.HeldAsCopy {
		t.Fatalf("%+v, %v", held(t, db), err)
	}
	lift(t, db, 4, 0, tidings.HeldByDoctor)
	if held(t, db).By != tidings.HeldAsCopy {
		t.Errorf("the doctor lifted what others hold: %+v", held(t, db))
	}
	if got := claim(t, db, at(4), 10); len(got) != 0 {
		t.Errorf("claimed %+v", got)
	}
	store.Post(t, db, at(5), confirming(t, "two@example.net"))
	if got := claim(t, db, at(5), 10); len(got) != 1 || got[0].Address != "two@example.net" {
		t.Errorf("claimed %+v", got)
	}
}

// startSender starts a sender on the file and says how it is held.
func startSender(t *testing.T, path string, minute int) tidings.Hold {
	t.Helper()
	db := storetest.Open(t, path)
	h, err := db.TakeInstance(t.Context(), at(minute))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return h
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	if err := os.WriteFile(to, []byte(readFile(t, from)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestACopyOfTheFileStartsHeldAndTheOriginalDoesNot(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "t.db")
	older := filepath.Join(t.TempDir(), "older.db")
	if h := startSender(t, path, 1); h.Holds() {
		t.Fatalf("a new database is held: %+v", h)
	}
	copyFile(t, path, older)
	if h := startSender(t, path, 2); h.Holds() {
		t.Fatalf("held at the second start: %+v", h)
	}
	if info, err := os.Stat(path + "-instance"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}

	elsewhere := filepath.Join(t.TempDir(), "t.db")
	copyFile(t, path, elsewhere)
	h := startSender(t, elsewhere, 3)
	if h.By != tidings.HeldAsCopy || !strings.Contains(h.Reason, "t.db-instance, which lies beside the original, is not here") {
		t.Errorf("a clone: %+v", h)
	}
	if again := startSender(t, elsewhere, 4); again != h {
		t.Errorf("at its second start %+v", again)
	}

	copyFile(t, older, path) // put back by hand, where the original was
	if h := startSender(t, path, 5); h.By != tidings.HeldAsCopy || !strings.Contains(h.Reason, "not the one that t.db-instance") {
		t.Errorf("an older state: %+v", h)
	}
	db := storetest.Open(t, path)
	if _, err := db.ResumeAll(t.Context(), at(6), "test"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if h := startSender(t, path, 7); h.Holds() {
		t.Errorf("resumed, and held again: %+v", h)
	}
}

func TestACopyOfTheFileAloneIsKnownFromTheFirstStartOn(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "t.db")
	db := storetest.Open(t, path)
	storetest.Subscribe(t, db, at(0), "s@example.org", storetest.To(t, tidings.Daily, ""))
	if h, err := db.TakeInstance(t.Context(), at(1)); err != nil || h.Holds() {
		t.Fatalf("%+v, %v", h, err)
	}
	elsewhere := filepath.Join(t.TempDir(), "t.db")
	copyFile(t, path, elsewhere) // while the other has it open, and without its log
	if h := startSender(t, elsewhere, 2); h.By != tidings.HeldAsCopy {
		t.Errorf("the copy is not held: %+v", h)
	}
}

func TestTheHoldsOfSomeKindsAreEndedAndTheDesksStays(t *testing.T) {
	t.Parallel()
	db := outbox(t, 1)
	for i, kind := range []tidings.HoldKind{tidings.HeldByDesk, tidings.HeldByDoctor, tidings.HeldAsCopy} {
		if err := db.Hold(t.Context(), tidings.Hold{By: kind, Reason: "why"}, at(3+i), string(kind)); err != nil {
			t.Fatal(err)
		}
	}
	lifted, err := db.ResumeAll(t.Context(), at(6), "test", tidings.HeldAsCopy, tidings.HeldByDoctor)
	if err != nil || len(lifted) != 2 || held(t, db).By != tidings.HeldByDesk {
		t.Errorf("ended %+v, %v; %+v stands", lifted, err, held(t, db))
	}
	if who, err := db.WhoHeld(t.Context(), held(t, db)); err != nil || who != "desk" {
		t.Errorf("held by %q, %v", who, err)
	}
	if lifted, err = db.ResumeAll(t.Context(), at(7), "test"); err != nil || len(lifted) != 1 || held(t, db).Holds() {
		t.Errorf("ended %+v, %v; %+v stands", lifted, err, held(t, db))
	}
}

func TestADatabaseOfBeforeInstancesIsOnlyHeldWhereThereWasOne(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "t.db")
	db := storetest.Open(t, path)
	storetest.Subscribe(t, db, at(0), "s@example.org", storetest.To(t, tidings.Daily, ""))
	if err := db.Close(); err != nil { // as an older program left it
		t.Fatal(err)
	}
	before := filepath.Join(t.TempDir(), "before.db")
	copyFile(t, path, before)
	if h := startSender(t, path, 1); h.Holds() {
		t.Errorf("the upgrade: %+v", h)
	}
	copyFile(t, before, path)
	if h := startSender(t, path, 2); !strings.Contains(h.Reason, "older than t.db-instance") {
		t.Errorf("put back: %+v", h)
	}
	if err := os.Remove(path); err != nil { // somebody begins afresh
		t.Fatal(err)
	}
	if h := startSender(t, path, 3); h.Holds() {
		t.Errorf("a new one in the place of another: %+v", h)
	}
}

// The next id lies beside the database before the database has it, and gets its name after.
func TestACrashWhileTheInstanceIsRenewedHoldsNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "t.db")
	startSender(t, path, 1)
	if err := os.WriteFile(path+"-instance.new", []byte("never committed\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if h := startSender(t, path, 2); h.Holds() {
		t.Errorf("cut off before the commit: %+v", h)
	}
	if err := os.Rename(path+"-instance", path+"-instance.new"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+"-instance", []byte("the one before\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if h := startSender(t, path, 3); h.Holds() {
		t.Errorf("cut off after the commit: %+v", h)
	}
	if _, err := os.Stat(path + "-instance.new"); err == nil {
		t.Error("left behind")
	}
}

func TestABackupIsHeldByWhateverWayItCameToItsPlace(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "t.db")
	db := storetest.Open(t, path)
	if _, err := db.TakeInstance(t.Context(), at(1)); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "b.db")
	if err := db.Backup(t.Context(), to, at(2)); err != nil {
		t.Fatal(err)
	}
	if held(t, db).Holds() {
		t.Error("the original is held")
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	copyFile(t, to, path) // beside its own instance's file
	h := startSender(t, path, 3)
	if h.By != tidings.HeldAsCopy || h.Reason != "this is a backup, made at 2026-03-02 09:02:00 UTC" || !h.Since.Equal(at(2)) {
		t.Errorf("got %+v", h)
	}
}

func TestWhatWasSentAfterABackupIsNotSentAgain(t *testing.T) {
	t.Parallel()
	db := outbox(t, 4)
	store.Post(t, db, at(2), confirming(t, "one@example.net"), confirming(t, "two@example.net"))
	all := claim(t, db, at(3), 10)
	settle(t, db, tidings.Outcome{Delivery: all[2].ID, State: tidings.DeliverySent, At: at(3)})
	journal := map[string]bool{all[0].MessageID: true, all[2].MessageID: true, all[3].MessageID: true, all[4].MessageID: true, "other@x": true}
	for _, write := range []bool{false, true, true} { // only counted, it changes nothing
		before, _, _ := db.Waiting(t.Context(), tidings.Hold{})
		got, err := db.Reconcile(t.Context(), at(9), func(id string) bool { return journal[id] }, write)
		want := store.Reconciled{Deliveries: 2, Due: 2, Letters: 1, Waiting: 2}
		if journal["again"] {
			want = store.Reconciled{Waiting: 2}
		}
		if err != nil || got != want {
			t.Errorf("got %+v, want %+v; %v", got, want, err)
		}
		if before-got.Due != 1 {
			t.Errorf("%d of %d waiting ones are still to go out, not the one that was being sent", before-got.Due, before)
		}
		journal["again"] = write
	}
	if got := states(t, db, 4); got != "sent sent sent sending" {
		t.Errorf("deliveries: %s", got)
	}
	if got := letterStates(t, db); got != "sent sending" {
		t.Errorf("letters: %s", got)
	}
}

func TestWhoMakesTheFirstRunMakesCopiesKnown(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "t.db")
	db := storetest.Open(t, path)
	for minute := range 2 { // the id stays
		if h, err := db.BeInstance(t.Context(), at(minute)); err != nil || h.Holds() {
			t.Fatal(h, err)
		}
	}
	if h, err := db.HeldNow(t.Context(), at(3)); err != nil || h.Holds() {
		t.Error(h, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	elsewhere := filepath.Join(t.TempDir(), "t.db")
	copyFile(t, path, elsewhere)
	other := storetest.Open(t, elsewhere)
	for range 2 { // looking holds nothing
		if h, err := other.HeldNow(t.Context(), at(4)); err != nil || h.By != tidings.HeldAsCopy || !h.Since.Equal(at(4)) {
			t.Error(h, err)
		}
		if held(t, other).Holds() {
			t.Error("looking held it")
		}
	}
	if h, err := other.BeInstance(t.Context(), at(5)); err != nil || h.By != tidings.HeldAsCopy || !held(t, other).Holds() {
		t.Error(h, err)
	}
}
