package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/config"
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
