package tidings_test

import (
	"testing"

	"github.com/tidings/tidings"
)

func TestDistanceCountsTheOctetsToChange(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"energy", "energy", 0},
		{"", "abc", 3},
		{"abc", "", 3},
		{"enrgy", "energy", 1},
		{"energyy", "energy", 1},
		{"anergy", "energy", 1},
		{"kitten", "sitting", 3},
		{"flaw", "lawn", 2},
		{"enegry", "energy", 1},
		{"smpt.prot", "smtp.port", 2},
		{"ca", "abc", 3},
	} {
		if got := tidings.Distance(tc.a, tc.b); got != tc.want {
			t.Errorf("%q to %q: %d, want %d", tc.a, tc.b, got, tc.want)
		}
	}
}
