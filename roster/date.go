package roster

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// date reads an instant as one of the programs writes it; without a zone it is of UTC. What cannot be read for sure is none: zero,
// with a note.
func (r *reader) date(e *entry, text string) time.Time {
	t, ok := dateOf(text)
	if !ok {
		e.notes = append(e.notes, NoteDate)
	}
	return t
}

// past is a date of something that has happened. What is yet to come is none: zero, with a note.
func (r *reader) past(e *entry, text string) time.Time {
	t := r.date(e, text)
	if t.After(r.opts.Now) {
		e.notes = append(e.notes, NoteFuture)
		return time.Time{}
	}
	return t
}

// earliest is the year before which no date of a list of addresses can lie.
const earliest = 1990

func dateOf(text string) (time.Time, bool) {
	text = strings.TrimSuffix(strings.TrimSuffix(dayFirst(strings.TrimSpace(text)), " UTC"), " GMT")
	for _, layout := range []string{
		time.RFC3339, "2006-01-02 15:04:05", time.DateOnly, "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02T15:04Z07:00",
		"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 Z07:00", "2006-01-02 15:04:05-0700", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05-07",
		"2006-01-02 15:04:05 -0700 MST", "2006-01-02 15:04:05 -0700 -0700", "2006-01-02T15:04:05-0700", "2006-01-02 15:04 -0700", "2006-01-02 15:04Z07:00",
		"2006-01-02 3:04 PM", "2006-01-02 3:04:05 PM", "2006-1-2", "2006-1-2 15:04", "2006-1-2 15:04:05",
		"2 Jan 2006", "2 January 2006", "Jan 2, 2006", "January 2, 2006", "Jan 2, 2006 3:04 PM", "January 2, 2006 3:04 PM",
		time.RFC1123Z, "Mon, 2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05",
	} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), t.Year() > earliest
		}
	}
	return time.Time{}, false
}

// Numbers parted by dots or slashes, with the year at the beginning or at the end, and what comes behind them.
var (
	yearFirst = regexp.MustCompile(`^(\d{4})[./] ?(\d{1,2})[./] ?(\d{1,2})\.?($|[ T].*)`)
	yearLast  = regexp.MustCompile(`^(\d{1,2})([./]) ?(\d{1,2})[./] ?(\d{4})($|,? .*)`)
)

// dayFirst writes such a date as ISO 8601 has it. Before dots the day comes first. Before slashes the month does in some countries, so
// they count only where one of the two is no month, or both are the same. Other texts stay as they are.
func dayFirst(text string) string {
	if m := yearFirst.FindStringSubmatch(text); m != nil {
		return isoDate(m[1], m[2], m[3], m[4])
	}
	m := yearLast.FindStringSubmatch(text)
	if m == nil {
		return text
	}
	day, month, rest := m[1], m[3], strings.TrimPrefix(m[5], ",")
	if m[2] == "/" {
		first, _ := strconv.Atoi(day) // two digits
		second, _ := strconv.Atoi(month)
		switch {
		case second > 12:
			day, month = month, day
		case first <= 12 && first != second:
			return text
		}
	}
	return isoDate(m[4], month, day, rest)
}

func isoDate(year, month, day, rest string) string {
	two := func(s string) string { return strings.Repeat("0", 2-len(s)) + s }
	return year + "-" + two(month) + "-" + two(day) + rest
}
