package tidings_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/tidings/tidings"
)

func schedule(tb testing.TB, spec string) tidings.Schedule {
	tb.Helper()
	s, err := tidings.ParseSchedule(spec)
	if err != nil {
		tb.Fatalf("ParseSchedule(%q): %v", spec, err)
	}
	return s
}

func TestScheduleReadsEveryFormOfAField(t *testing.T) {
	t.Parallel()
	after := time.Date(2025, 3, 15, 12, 0, 0, 0, time.UTC) // a Saturday
	for spec, want := range map[string]string{
		"  0   7\t* * *  ":     "2025-03-16 07:00",
		"*/10 12 * * *":        "2025-03-15 12:10",
		"59/1 12 * * *":        "2025-03-15 12:59",
		"40/5,7 12 * * *":      "2025-03-15 12:07",
		"0 8-18/4 * * *":       "2025-03-15 16:00",
		"0 22-23,0-5 * * *":    "2025-03-15 22:00",
		"0 7 * * Mon-FRI":      "2025-03-17 07:00",
		"0 7 * * 7":            "2025-03-16 07:00",
		"0 7 * * 0":            "2025-03-16 07:00",
		"0 7 * * fri-sun":      "2025-03-16 07:00",
		"0 7 * * 5-7":          "2025-03-16 07:00",
		"0 7 * * 2/2":          "2025-03-18 07:00",
		"0 0 1 feb,JUN *":      "2025-06-01 00:00",
		"0 0 29 2 *":           "2028-02-29 00:00",
		"0 0 31 2 mon":         "2026-02-02 00:00", // neither day field is *: the weekday will do
		"0 0 20 * mon":         "2025-03-17 00:00",
		"0 0 20 * *":           "2025-03-20 00:00",
		"0 0 */20 * 3":         "2025-03-19 00:00", // */20 is a choice: the 1st and the 21st, or a Wednesday
		"0 0 */1 * 3":          "2025-03-19 00:00", // */1 is none
		"0 0 31 4,6,9,11,12 *": "2025-12-31 00:00",
		"1 0 1-31/30 4-5 */1":  "2025-04-01 00:01",
	} {
		s, err := tidings.ParseSchedule(spec)
		if err != nil {
			t.Errorf("%q: %v", spec, err)
			continue
		}
		if got := s.Next(after, time.UTC).Format("2006-01-02 15:04"); got != want {
			t.Errorf("%q comes on %s, want %s", spec, got, want)
		}
		if s.String() != strings.Join(strings.Fields(spec), " ") {
			t.Errorf("%q is %q", spec, s)
		}
	}
}

func TestScheduleErrorSaysWhatToWrite(t *testing.T) {
	t.Parallel()
	for spec, says := range map[string]string{
		"":                        "has 0 fields; write five",
		"0 7 * *":                 "has 4 fields",
		"0 0 7 * * *":             "has 6 fields",
		"@daily":                  "write five fields",
		" @every 1h":              "write five fields",
		"TZ=Asia/Seoul 0 7 * * *": "leave it out",
		"CRON_TZ=UTC 0 7 * * *":   "leave it out",
		"60 7 * * *":              `minute "60": write numbers from 0 to 59`,
		"0 24 * * *":              `hour "24": write numbers from 0 to 23`,
		"0 7 0 * *":               `day of the month "0": write numbers from 1 to 31`,
		"0 7 32 * *":              `"32"`,
		"0 7 * 13 *":              "names (jan feb",
		"0 7 * january *":         `month "january"`,
		"0 7 * * 8":               "from 0 to 7",
		"0 7 * mon *":             `month "mon"`,
		"0 7 * * sat,31":          `weekday "31"`,
		"0 7 * * un":              `weekday "un"`,
		"0 7 * * n m":             "has 6 fields",
		"? 7 * * *":               `minute "?"`,
		"*/0 7 * * *":             `"*/0"`,
		"*/ 7 * * *":              `"*/"`,
		"1,,2 7 * * *":            `minute ""`,
		"-5 7 * * *":              `"-5"`,
		"5- 7 * * *":              `"5-"`,
		"1-2-3 7 * * *":           `"1-2-3"`,
		"*-5 7 * * *":             `"*-5"`,
		"+5 7 * * *":              `"+5"`,
		"0 22-5 * * *":            "runs backwards",
		"0 0 31 2 *":              "never comes",
		"0 0 30-31 feb *":         "never comes",
		"0 0 31 2,4,6,9,11 */1":   "never comes",
	} {
		_, err := tidings.ParseSchedule(spec)
		invalid, ok := errors.AsType[*tidings.InvalidError](err)
		if !ok || invalid.Field != "schedule" || !strings.Contains(invalid.Reason, says) {
			t.Errorf("ParseSchedule(%q): %v; want %q", spec, err, says)
		}
	}
}

func TestScheduleAtHourKeepsTheDaysAndTheFirstMinute(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		spec string
		hour int
		want string
	}{
		{"0 7 * * *", 18, "0 18 * * *"},
		{"30 7 * * mon-fri", 0, "30 0 * * mon-fri"},
		{"15,45 */2 1 * *", 23, "15 23 1 * *"},
		{"*/20 * * * *", 9, "0 9 * * *"},
		{"0 7 * * *", tidings.AnyHour, "0 7 * * *"},
		{"0 7 * * *", 24, "0 7 * * *"},
	} {
		got := schedule(t, c.spec).AtHour(c.hour)
		if got != schedule(t, c.want) {
			t.Errorf("%q at %d is %q, want %q", c.spec, c.hour, got, c.want)
		}
	}
}

func TestZeroScheduleIsNeverDue(t *testing.T) {
	t.Parallel()
	var s tidings.Schedule
	start := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	if next := s.Next(start, time.UTC); !next.IsZero() {
		t.Errorf("it comes on %s", next)
	}
	if last, ok := s.Last(start, start.AddDate(9, 0, 0), time.UTC); ok {
		t.Errorf("it came on %s", last)
	}
	if s.AtHour(7) != s {
		t.Error("an hour makes it another")
	}
}

// randomSpec is a spec that both parsers read.
func randomSpec(rng *rand.Rand) string {
	field := func(lo, hi int) string {
		var terms []string
		for range 1 + rng.IntN(2) {
			a := lo + rng.IntN(hi-lo+1)
			b := a + rng.IntN(hi-a+1)
			step := 1 + rng.IntN(6)
			terms = append(terms, []string{
				"*", "*", fmt.Sprint(a), fmt.Sprintf("%d-%d", a, b), fmt.Sprintf("*/%d", step), fmt.Sprintf("%d/%d", a, step),
				fmt.Sprintf("%d-%d/%d", a, b, step),
			}[rng.IntN(7)])
		}
		return strings.Join(terms[:1+rng.IntN(len(terms))], ",")
	}
	return strings.Join([]string{field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6)}, " ")
}

func TestScheduleComesWhenCronSaysInUTC(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	start := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for range 2000 {
		spec := randomSpec(rng)
		theirs, err := cron.ParseStandard(spec)
		if err != nil {
			t.Fatal(err)
		}
		want := theirs.Next(start)
		ours, err := tidings.ParseSchedule(spec)
		if err != nil {
			if !want.IsZero() {
				t.Errorf("%q: %v; but it comes on %s", spec, err, want)
			}
			continue
		}
		for range 20 {
			got := ours.Next(want, time.UTC)
			next := theirs.Next(want)
			if next.IsZero() && got.Year() > want.Year()+4 {
				break // cron looks five years ahead
			}
			if !got.Equal(next) {
				t.Fatalf("%q comes on %s after %s, want %s", spec, got, want, next)
			}
			if last, ok := ours.Last(want, next, time.UTC); !ok || !last.Equal(next) {
				t.Fatalf("%q last came on %s (%v) by %s", spec, last, ok, next)
			}
			want = next
		}
	}
}

func FuzzParseSchedule(f *testing.F) {
	for _, s := range []string{
		"0 7 * * mon-fri", "*/5 8-18/2 1,15 jan-mar 7", "0 0 29 2 *", "@daily", "TZ=UTC * * * * *", "0 0 31 2 *", "x",
	} {
		f.Add(s)
	}
	lordHowe := zone(f, "Australia/Lord_Howe")
	f.Fuzz(func(t *testing.T, spec string) {
		s, err := tidings.ParseSchedule(spec)
		if err != nil {
			if _, ok := errors.AsType[*tidings.InvalidError](err); !ok {
				t.Fatalf("%q: %v", spec, err)
			}
			return
		}
		if again, err := tidings.ParseSchedule(s.String()); err != nil || again != s {
			t.Fatalf("%q is %q, and that is %q: %v", spec, s, again, err)
		}
		start := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
		next := s.Next(start, lordHowe)
		if last, ok := s.Last(start, next, lordHowe); !next.After(start) || !ok || !last.Equal(next) {
			t.Fatalf("%q comes on %s, and by then last came on %s", s, next, last)
		}
		if late := s.AtHour(9); schedule(t, late.String()) != late {
			t.Fatalf("%q at 9 is %q", s, late)
		}
	})
}
