package tidings

import (
	"math/bits"
	"strconv"
	"strings"
)

// Schedule is a set of local wall-clock times, by the minute. The zero value is never due. Schedules made from the
// same spec are equal (==).
type Schedule struct {
	spec                              string
	minute, hour, day, month, weekday uint64 // bit n stands for the value n
	anyDay, anyWeekday                bool   // the field is *: it leaves the choice of days to the other one
}

// ParseSchedule reads a cron spec of five fields: minute (0–59), hour (0–23), day of the month (1–31), month (1–12 or
// jan–dec) and weekday (0–7 or sun–sat, 0 and 7 being Sunday). A field is *, or a list of values and ranges, each with
// a step if need be: 5, 1-5, mon-fri, 1,15, */10, 8-18/2, 30/10 (from 30 on). When neither day field is *, a day that
// fits either of them will do.
//
// What is wrong is an *InvalidError. So is a spec that never comes, such as 31 February.
func ParseSchedule(spec string) (Schedule, error) {
	texts := strings.Fields(spec)
	switch {
	case strings.Contains(spec, "="):
		return Schedule{}, Invalidf("schedule", "%q names a zone; leave it out: times are each subscriber's own", spec)
	case strings.HasPrefix(strings.TrimSpace(spec), "@"):
		return Schedule{}, Invalidf("schedule", `%q is not read; write five fields, such as "0 7 * * mon-fri"`, spec)
	case len(texts) != 5:
		return Schedule{}, Invalidf("schedule",
			"%q has %d fields; write five: minute, hour, day of the month, month, weekday", spec, len(texts))
	}
	s := Schedule{spec: strings.Join(texts, " ")}
	into := [5]*uint64{&s.minute, &s.hour, &s.day, &s.month, &s.weekday}
	for i, f := range cronFields() {
		set, err := f.parse(texts[i])
		if err != nil {
			return Schedule{}, err
		}
		*into[i] = set
	}
	s.anyDay, s.anyWeekday = hasStar(texts[2]), hasStar(texts[4])
	s.weekday |= s.weekday >> 7 // 7 is Sunday too
	s.weekday &^= 1 << 7
	if !s.comes() {
		return Schedule{}, Invalidf("schedule", "%q never comes: none of its months has such a day", s.spec)
	}
	return s, nil
}

// String is the spec, its fields separated by single spaces.
func (s Schedule) String() string { return s.spec }

// AtHour is the schedule with all due times of a day replaced by one, in that hour: at the first of its minutes.
// Outside 0–23 (so for AnyHour too), and for the zero Schedule, it is the schedule as it stands.
func (s Schedule) AtHour(hour int) Schedule {
	if s.spec == "" || hour < 0 || hour > 23 {
		return s
	}
	first := bits.TrailingZeros64(s.minute)
	s.minute, s.hour = 1<<first, 1<<hour
	texts := strings.Fields(s.spec)
	texts[0], texts[1] = strconv.Itoa(first), strconv.Itoa(hour)
	s.spec = strings.Join(texts, " ")
	return s
}

// comes reports whether any year has a day that fits.
func (s Schedule) comes() bool {
	if !s.anyWeekday {
		return true // every month has every weekday, and over 400 years so has every date
	}
	longest := [...]int{1: 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	for m := 1; m <= 12; m++ {
		if s.month&(1<<m) != 0 && bits.TrailingZeros64(s.day) <= longest[m] {
			return true
		}
	}
	return false
}

// cronField is one of the five fields of a spec.
type cronField struct {
	name      string
	min, last int    // what * stands for
	max       int    // the greatest number to write: for weekdays 7, which is Sunday again
	names     string // of the values from min on, three letters each, separated by spaces; empty: numbers only
}

func cronFields() [5]cronField {
	return [5]cronField{
		{name: "minute", last: 59, max: 59},
		{name: "hour", last: 23, max: 23},
		{name: "day of the month", min: 1, last: 31, max: 31},
		{name: "month", min: 1, last: 12, max: 12, names: "jan feb mar apr may jun jul aug sep oct nov dec"},
		{name: "weekday", last: 6, max: 7, names: "sun mon tue wed thu fri sat"},
	}
}

// parse gives the set of values of a list.
func (f cronField) parse(list string) (uint64, error) {
	var set uint64
	for term := range strings.SplitSeq(list, ",") {
		values, err := f.term(term)
		if err != nil {
			return 0, err
		}
		set |= values
	}
	return set, nil
}

// term gives the set of values of *, a, a-b, or one of these with a step.
func (f cronField) term(term string) (uint64, error) {
	span, step, stepped := strings.Cut(term, "/")
	from, to, ranged := strings.Cut(span, "-")
	lo, hi, every := f.min, f.last, 1
	var ok bool
	if span != "*" {
		if lo, ok = f.value(from); !ok {
			return 0, f.invalid(term)
		}
		hi = max(lo, f.last)
		switch {
		case ranged:
			if hi, ok = f.value(to); !ok {
				return 0, f.invalid(term)
			}
			if f.name == "weekday" && hi == 0 && lo > 0 {
				hi = 7 // sat-sun
			}
		case !stepped:
			hi = lo
		}
	}
	if stepped {
		if every, ok = number(step); !ok || every == 0 {
			return 0, f.invalid(term)
		}
	}
	if lo > hi {
		return 0, Invalidf("schedule", "%s %q runs backwards; write two ranges, as in 22-23,0-5", f.name, term)
	}
	var set uint64
	for v := lo; v <= hi; v += every {
		set |= 1 << v
	}
	return set, nil
}

// value reads a number or a name.
func (f cronField) value(s string) (int, bool) {
	if i := strings.Index(f.names, strings.ToLower(s)); i >= 0 && len(s) == 3 && !strings.Contains(s, " ") && i%4 == 0 {
		return f.min + i/4, true
	}
	n, ok := number(s)
	return n, ok && f.min <= n && n <= f.max
}

func (f cronField) invalid(term string) error {
	if f.names == "" {
		return Invalidf("schedule", "%s %q: write numbers from %d to %d, or *", f.name, term, f.min, f.max)
	}
	return Invalidf("schedule", "%s %q: write numbers from %d to %d, names (%s), or *", f.name, term, f.min, f.max, f.names)
}

// number reads one to three decimal digits.
func number(s string) (int, bool) {
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, 1 <= len(s) && len(s) <= 3
}

// hasStar reports whether a day field has *, which leaves the days to the other field. A step makes it a choice.
func hasStar(list string) bool {
	for term := range strings.SplitSeq(list, ",") {
		if step, ok := strings.CutPrefix(term, "*"); ok && (step == "" || step == "/1") {
			return true
		}
	}
	return false
}
