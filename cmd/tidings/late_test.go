package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/mailbox"
)

// TestADueTimeThatIsPassedOverIsInTheLogOnce looks at a daily digest of eight o'clock that was missed, with six hours as the latest.
func TestADueTimeThatIsPassedOverIsInTheLogOnce(t *testing.T) {
	t.Parallel()
	_, path := newsroom(t, "N", "", mailbox.Options{})
	began := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	must(t, func() time.Time { return began }, "--config", path, "subscriber", "add", "d@example.org", "--basis", "form", "--daily", "all", "--zone", "UTC")
	var log bytes.Buffer
	h := opened(t, path, &log)
	for i := range h.cadences {
		h.cadences[i].Latest = 6 * time.Hour
	}
	said := map[missed]bool{}
	for _, look := range []struct {
		at   time.Time
		want int
	}{
		{began, 0}, // they were not there at eight
		{began.Add(20 * time.Hour), 0},
		{began.Add(26 * time.Hour), 0}, // it can be made up for until two
		{began.Add(26*time.Hour + time.Minute), 1},
		{began.Add(27 * time.Hour), 1},
		{began.Add(45 * time.Hour), 1}, // the next one is due
		{began.Add(51 * time.Hour), 2},
	} {
		said = h.notePassedOverNow(t.Context(), look.at, said)
		if n := strings.Count(log.String(), "a digest is passed over"); n != look.want {
			t.Errorf("%s: said %d times, want %d:\n%s", look.at, n, look.want, &log)
		}
	}
	if want := "cadence=daily zone=UTC due=2026-03-03T08:00:00.000Z latest=6h0m0s"; !strings.Contains(log.String(), want) {
		t.Errorf("no %q in\n%s", want, &log)
	}
	runs, err := h.planner().Plan(t.Context(), began.Add(21*time.Hour)) // what is made up for is not passed over
	if err != nil || len(runs) != 1 || runs[0].Slot.Cadence != tidings.Daily {
		t.Fatal(runs, err)
	}
	if late, err := h.planner().PassedOver(t.Context(), began.Add(27*time.Hour)); err != nil || len(late) != 0 {
		t.Error(late, err)
	}
}
