package tidings_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

func TestContrastIsThatOfWCAG(t *testing.T) {
	t.Parallel()
	for pair, want := range map[[2]string]string{
		{"#000000", "#ffffff"}: "21.00", {"#767676", "#ffffff"}: "4.54", {"#ffffff", "#777777"}: "4.48", {"#14427d", "#14427d"}: "1.00",
	} {
		if got := two(colour(t, pair[0]).Contrast(colour(t, pair[1]))); got != want {
			t.Errorf("%v: %s, want %s", pair, got, want)
		}
	}
	for _, bad := range []string{"", "#fff", "14427d", "#14427", "#14427dd", "#xyzxyz", "blue", "#-1-1-1"} {
		if _, err := tidings.ParseColour(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestAnAccentThatCannotBeReadIsRefusedWithOneThatCan(t *testing.T) {
	t.Parallel()
	if _, err := tidings.Light().Accent(colour(t, "#14427d")); err != nil {
		t.Error(err)
	}
	_, err := tidings.Light().Accent(colour(t, "#ff7a00"))
	if err == nil || !strings.Contains(err.Error(), "#ff7a00 has a contrast of 2.") || !strings.Contains(err.Error(), "4.5:1") {
		t.Fatal(err)
	}
	for _, scheme := range []tidings.Scheme{tidings.Light(), tidings.Dark()} {
		for _, c := range []string{"#ff7a00", "#ffff00", "#000000", "#ffffff", "#c8102e", "#808080"} {
			legible := scheme.Legible(colour(t, c))
			if _, err := scheme.Accent(legible.Colour); err != nil {
				t.Errorf("%s is said to be legible: %v", legible.Colour, err)
			}
		}
	}
}

func colour(t *testing.T, s string) tidings.Colour {
	t.Helper()
	c, err := tidings.ParseColour(s)
	if err != nil || c.String() != s {
		t.Fatalf("%s: %s, %v", s, c, err)
	}
	return c
}

func two(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) }
