package tidings_test

import (
	"net/mail"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

func morning() tidings.Run {
	at := time.Date(2025, 3, 16, 22, 0, 0, 0, time.UTC)
	return tidings.Run{
		ID: 7, Slot: tidings.Slot{Cadence: tidings.Daily, Zone: "Asia/Seoul", Hour: tidings.AnyHour},
		Due: at, Created: at.Add(1500 * time.Millisecond), Domain: "news.example.org",
	}
}

func TestMessageIDIsTheSameOnEveryRetry(t *testing.T) {
	t.Parallel()
	run, again := morning(), morning()
	again.Due, again.Created, again.UpTo = again.Due.In(seoul(t)), again.Created.In(seoul(t)), 99
	if a, b := run.MessageID(42), again.MessageID(42); a != b {
		t.Errorf("%q, then %q", a, b)
	}
}

func TestMessageIDTellsMailsApart(t *testing.T) {
	t.Parallel()
	run := morning()
	seen := map[string]string{run.MessageID(42): "the run"}
	for how, change := range map[string]func(*tidings.Run){
		"another run":      func(r *tidings.Run) { r.ID++ },
		"another cadence":  func(r *tidings.Run) { r.Slot.Cadence = tidings.Weekly },
		"another due time": func(r *tidings.Run) { r.Due = r.Due.Add(24 * time.Hour) },
		"another database": func(r *tidings.Run) { r.Created = r.Created.Add(time.Millisecond) },
		"another domain":   func(r *tidings.Run) { r.Domain = "example.com" },
	} {
		other := morning()
		change(&other)
		id := other.MessageID(42)
		if with, known := seen[id]; known {
			t.Errorf("%s shares %q with %s", how, id, with)
		}
		seen[id] = how
	}
	if id := run.MessageID(43); seen[id] != "" {
		t.Errorf("another subscriber shares %q", id)
	}
}

func TestMessageIDIsAnAddrSpec(t *testing.T) {
	t.Parallel()
	run := morning()
	id := run.MessageID(42)
	if a, err := mail.ParseAddress(id); err != nil || a.Address != id {
		t.Errorf("%q: %v", id, err) // RFC 5322 §3.6.4: id-left is a dot-atom
	}
}
