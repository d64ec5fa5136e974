package tidings_test

import (
	"testing"
	"time"

	"github.com/tidings/tidings"
)

func TestRefusalsOfASortAreToldAtOnceAndThenOnceAMinuteWithTheirNumber(t *testing.T) {
	t.Parallel()
	var r tidings.Refusals
	at := time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)
	for i, one := range []struct {
		after time.Duration
		sort  string
		want  int
	}{
		{0, "forged", 1},
		{0, "forged", 0},
		{0, "garbled", 1},
		{59 * time.Second, "forged", 0},
		{time.Minute, "forged", 3},
		{time.Minute, "garbled", 1},
		{time.Hour, "forged", 1},
	} {
		if n := r.Note(one.sort, at.Add(one.after)); n != one.want {
			t.Errorf("%d: told of %d, want %d", i+1, n, one.want)
		}
	}
}
