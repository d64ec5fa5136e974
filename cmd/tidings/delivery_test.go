package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/config"
	"github.com/tidings/tidings/store"
)

// TestWhoHasNotConfirmedIsSaidToHaveAsked asks about an address that is no subscriber's yet.
func TestWhoHasNotConfirmedIsSaidToHaveAsked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, time.Now, "init", dir, "--base-url", "https://news.example.org", "--from", "press@example.org")
	path := filepath.Join(dir, "tidings.toml")
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	h, err := open(t.Context(), cfg, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	letter := &tidings.Letter{
		Kind: tidings.ConfirmLetter, Address: "new@example.net", Language: "en", Purpose: tidings.PurposeConfirm,
		Expires: now.Add(time.Hour), Domain: "news.example.org",
		SignUp: tidings.SignUp{
			Address: "new@example.net", Language: "en",
			Subscriptions: []tidings.Subscription{{Cadence: tidings.Daily, Zone: "UTC", Hour: tidings.AnyHour}},
		},
	}
	letter.Nonce, letter.TicketHash = h.keys.NewTicket(tidings.PurposeConfirm)
	request := &tidings.Request{Kind: "sign-up", Address: letter.Address}
	if a, err := h.db.AdmitSignUp(t.Context(), request, letter, now); err != nil || a != tidings.Admitted {
		t.Fatal(a, err)
	}
	if err := h.db.Close(); err != nil {
		t.Fatal(err)
	}
	said := must(t, time.Now, "--config", path, "delivery", "explain", "new@example.net")
	for _, want := range []string{"new@example.net (unconfirmed)\n", "  asked to join on ", "confirm  ", "pending"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
}

func TestAMailThatHadNoReplyIsPerhapsThere(t *testing.T) {
	t.Parallel()
	waits := mailLine{State: "held", Run: 7, Reply: "no reply after the dot: EOF"}
	if got := waits.words(time.UTC)[0]; !strings.HasPrefix(got, "perhaps: all was sent and no reply came; it waits for somebody") {
		t.Error(got)
	}
	waits.Next = &time.Time{}
	if got := waits.words(time.UTC)[0]; !strings.HasPrefix(got, "perhaps: all was sent and no reply came; it is tried again when they are back") {
		t.Error(got)
	}
	for fate, reply := range map[store.Fate]string{
		store.FateCancelled: "it may have arrived before the run was cancelled: a wrong figure", store.FateDropped: "no reply after the dot: EOF",
	} {
		ended := personalDigest{Fate: string(fate), Mail: &mailLine{State: "suppressed", Settled: &time.Time{}, Reply: reply}}
		if got := new(personal).words(&ended, time.UTC); !strings.HasPrefix(got[0], "perhaps: ") || !strings.HasSuffix(got[1], reply) {
			t.Errorf("%q", got)
		}
	}
}

func TestWhatMayHaveComeByARunThatIsLostIsNotDenied(t *testing.T) {
	t.Parallel()
	day := func(n int) time.Time { return time.Date(2027, 3, n, 12, 0, 0, 0, time.UTC) }
	for resumed, want := range map[time.Time]string{
		{}: "no: it matches now", day(4): "no: it matches now",
		day(9): "perhaps: it may have come by a mail that this database does not know, since it was put back, and resumed on 2027-03-09",
	} {
		p := &personal{public: day(5), resumed: resumed}
		got := p.words(&personalDigest{Fate: string(store.FateLate), Since: day(1)}, time.UTC)
		if !strings.HasPrefix(got[0], want) || !strings.HasPrefix(got[len(got)-1], "subscribed since ") {
			t.Errorf("resumed on %s: %q, want %s", resumed, got, want)
		}
	}
}

// TestASuppressionThatIsOverIsNotToldAsOneThatBars asks about a reader, somebody erased and a stranger before anything has swept it away.
func TestASuppressionThatIsOverIsNotToldAsOneThatBars(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "tidings.toml")
	must(t, time.Now, "init", dir, "--base-url", "https://news.example.org", "--from", "press@example.org")
	began := time.Date(2027, 3, 2, 12, 0, 0, 0, time.UTC)
	on := func(day int) func() time.Time { return func() time.Time { return began.AddDate(0, 0, day) } }
	for _, address := range []string{"ana@example.org", "gone@example.org"} {
		must(t, on(0), "--config", path, "subscriber", "add", address, "--basis", "form", "--daily", "all")
		must(t, on(0), "--config", path, "suppression", "add", address, "--reason", "silence", "--for", "2d")
	}
	must(t, on(0), "--config", path, "subscriber", "remove", "gone@example.org")
	for _, list := range []struct {
		day         int
		state, want string
	}{{1, "suppressed", "suppressed"}, {1, "left", ""}, {2, "suppressed", ""}, {2, "left", "left"}, {2, "", "left"}} {
		said := must(t, on(list.day), "--config", path, "subscriber", "list", "--state", list.state)
		table := must(t, on(list.day), "--config", path, "subscriber", "export", "--state", list.state)
		named := strings.Contains(said, "ana@example.org  "+list.want) && strings.Contains(table, "ana@example.org,en,"+list.want)
		if list.want == "" {
			named = strings.Contains(said+table, "ana@example.org")
		}
		if named != (list.want != "") {
			t.Errorf("those %s on day %d:\n%s%s", list.state, list.day, said, table)
		}
	}
	for _, look := range []struct {
		day           int
		address, want string
	}{
		{1, "ana@example.org", "ana@example.org (suppressed)\n  must not be written to since 2027-03-02 12:00: silence\n"},
		{2, "ana@example.org", "ana@example.org (left)\n  daily "},
		{1, "gone@example.org", "gone@example.org (nobody)\n  must not be written to since 2027-03-02 12:00: silence\n"},
		{2, "gone@example.org", "gone@example.org (nobody)\n  must not be written to since 2027-03-02 12:00: erased: they were suppressed\n"},
	} {
		if said := must(t, on(look.day), "--config", path, "delivery", "explain", look.address); !strings.HasPrefix(said, look.want) {
			t.Errorf("on day %d: want %q in\n%s", look.day, look.want, said)
		}
	}
}
