package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
)

// TestWhoEndsTheDesksHoldLeavesTheMailsOnTheWireToWhoSendsThem is of the moment between the journal and the outbox, in which a sender is
// nearly always.
func TestWhoEndsTheDesksHoldLeavesTheMailsOnTheWireToWhoSendsThem(t *testing.T) {
	t.Parallel()
	dir, ctx := t.TempDir(), t.Context()
	config := filepath.Join(dir, "tidings.toml")
	must(t, time.Now, "init", dir, "--base-url", "https://news.example.org", "--from", "press@example.org")
	for _, line := range []string{
		"subscriber add a@example.org --basis form --daily all", "publish " + writeRelease(t, "A"), "digest run --cadence daily --no-send",
	} {
		must(t, time.Now, append([]string{"--config", config}, strings.Fields(line)...)...)
	}
	db, err := store.Open(ctx, filepath.Join(dir, "tidings.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	claimed, err := db.Claim(ctx, time.Now(), 1)
	if err != nil || len(claimed) != 1 {
		t.Fatalf("%d claimed, %v", len(claimed), err)
	}
	d := &claimed[0]
	for _, step := range []tidings.TraceStep{tidings.TraceBegun, tidings.TraceSent} {
		one := tidings.Trace{Run: d.RunID, MessageID: d.MessageID, Step: step, Attempts: 1, Reply: "250 queued as 77", At: time.Now()}
		if err := db.Trace(ctx, []tidings.Trace{one}); err != nil {
			t.Fatal(err)
		}
	}
	must(t, time.Now, "--config", config, "run", "hold", "--all", "--reason", "a look")
	must(t, time.Now, "--config", config, "run", "resume", "--all")
	sent := tidings.Outcome{Delivery: d.ID, State: tidings.DeliverySent, Attempts: 1, Reply: "250 queued as 77", At: time.Now()}
	if err := db.Settle(ctx, []tidings.Outcome{sent}); err != nil {
		t.Errorf("who has sent it cannot write that down: %v", err)
	}
	if said := must(t, time.Now, "--config", config, "delivery", "explain", "a@example.org"); !strings.Contains(said, "250 queued as 77") {
		t.Errorf("explain says\n%s", said)
	}
}
