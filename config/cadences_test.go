package config_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/config"
)

func TestACadenceHasItsLatestAndItsQuietHours(t *testing.T) {
	t.Parallel()
	c := parse(t, least+"[cadence.daily]\nlatest = \"6h\"\nquiet = \"22:00-07:00\"\n[cadence]\nweekly = { latest = \"48h\" }\n",
		"TIDINGS_CADENCE_IMMEDIATE_QUIET=00:00-06:30")
	for _, want := range []struct {
		name   string
		latest time.Duration
		quiet  string
	}{
		{tidings.Immediate, 0, "00:00-06:30"},
		{tidings.Daily, 6 * time.Hour, "22:00-07:00"},
		{tidings.Weekly, 48 * time.Hour, ""},
		{tidings.Monthly, 0, ""},
	} {
		quiet, err := tidings.ParseQuiet(want.quiet)
		got, ok := c.Cadences().Find(want.name)
		if err != nil || !ok || got.Latest != want.latest || got.Quiet != quiet {
			t.Errorf("%s: %+v, %v", want.name, got, err)
		}
	}
}

func TestWhatIsWrongWithACadenceIsSaidWithItsLine(t *testing.T) {
	t.Parallel()
	_, err := config.Parse([]byte(least+`[cadence.daily]
latest = "soon"
quiet = "22-7"
[cadence.weekly]
latest = "1m"
quiet = "07:00-07:00"
[cadence.immediate]
latest = "6h"
[cadence.hourly]
quiet = "22:00-07:00"
[desk]
notify = ["Press <press@example.org>"]
`), "t.toml", nil)
	if err == nil {
		t.Fatal("it was taken")
	}
	first := strings.Count(least, "\n") + 1
	want := strings.Split(`1: cadence.daily.latest: must be between 5m and 744h, such as "30m" or "6h"; empty: none
2: cadence.daily.quiet: quiet hours: must be from and to, such as "22:00-07:00"
4: cadence.weekly.latest: must be between 5m and 744h, such as "30m" or "6h"; empty: none
5: cadence.weekly.quiet: quiet hours: must end at another time than they begin
7: cadence.immediate.latest: is unknown
8: cadence.hourly: is unknown
11: desk.notify: must be an address without a name`, "\n")
	got := strings.Split(err.Error(), "\n")
	if len(got) != len(want) {
		t.Fatalf("%d problems, want %d:\n%v", len(got), len(want), err)
	}
	for i, line := range got {
		parts := strings.SplitN(line, ":", 3)
		number, err := strconv.Atoi(parts[1])
		if said := fmt.Sprintf("%d:%s", number-first, parts[2]); err != nil || !strings.HasPrefix(said, want[i]) {
			t.Errorf("got %s, want %s", said, want[i])
		}
	}
}
