package web

import (
	"testing"
	"time"

	"github.com/tidings/tidings"
)

func TestAShelfKeepsWhatIsAskedForAndNoMoreThanItHolds(t *testing.T) {
	t.Parallel()
	s := shelf[string]{most: 10}
	made := 0
	take := func(key string, seq int64, octets int) {
		t.Helper()
		got, err := s.take(key, tidings.Mark{Seq: seq, At: time.Unix(seq, 0)}, func() (string, int, error) {
			made++
			return key, octets, nil
		})
		if err != nil || got != key || s.held > max(s.most, octets) {
			t.Errorf("%s: %q, %v; %d octets are held", key, got, err, s.held)
		}
	}
	for i, step := range []struct {
		key         string
		seq         int64
		octets, new int
	}{
		{"a", 1, 4, 1},
		{"b", 1, 4, 1},
		{"a", 1, 4, 0},
		{"c", 1, 4, 1},
		{"a", 1, 4, 0},
		{"b", 1, 4, 1}, // b was asked for longest ago, and made room
		{"b", 2, 4, 1},
		{"b", 2, 4, 0}, // the mark moved
		{"large", 2, 99, 1},
		{"large", 2, 99, 0},
		{"b", 2, 4, 1},
		{"b", 2, 4, 0},
		{"large", 2, 99, 1}, // alone it may be larger
	} {
		before := made
		if take(step.key, step.seq, step.octets); made-before != step.new {
			t.Errorf("step %d, %s at %d: made %d times, want %d", i, step.key, step.seq, made-before, step.new)
		}
	}
	if s.held != 99 || len(s.kept) != 1 {
		t.Errorf("%d octets in %d things are held at the end", s.held, len(s.kept))
	}
}
