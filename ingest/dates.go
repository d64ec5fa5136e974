package ingest

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The years that a release may be of. What lies outside is a slip of the pen.
const (
	firstYear = 1900
	lastYear  = 2200
)

// readDate reads an instant in any of the spellings that people use. What names no zone is of the given one, what names no
// time is its midnight. The error says what is wrong and what to write.
func readDate(text string, zone *time.Location) (time.Time, error) {
	text = strings.Join(strings.Fields(text), " ")
	t, ok := dateOf(text, zone)
	switch {
	case ambiguousDate.MatchString(text) && !ok:
		return t, fmt.Errorf("%q can mean two days: write 2025-03-17", text)
	case serialDay.MatchString(text) && !ok:
		return t, fmt.Errorf("%q looks like a spreadsheet's day number: format the column as a date, such as 2025-03-17", text)
	case !ok:
		return t, fmt.Errorf("%q is no time that there is: write 2025-03-17, 2025-03-17 09:00 or 2025-03-17T09:00:00+09:00", text)
	case t.Year() < firstYear || t.Year() > lastYear:
		return t, fmt.Errorf("%q is of the year %d, which no release is of: mend the date", text, t.Year())
	}
	return t, nil
}

var (
	ambiguousDate = regexp.MustCompile(`^\d{1,2}[/.-]\d{1,2}[/.-]\d{4}`)
	slashedParts  = regexp.MustCompile(`^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:,? (.+))?$`)
	serialDay     = regexp.MustCompile(`^[1-9]\d{4}(\.\d+)?$`)
	koreanDay     = regexp.MustCompile(`\s?\([월화수목금토일]\)`)
	koreanHalf    = regexp.MustCompile(`(오전|오후)\s?(\d{1,2}:\d{2}(?::\d{2})?)`)
	koreanDate    = regexp.MustCompile(`^(\d{4})\s?(?:년|年|\.)\s?(\d{1,2})\s?(?:월|月|\.)\s?(\d{1,2})\s?(?:일|日|\.)?(?:\s?\([월화수목금토일]\)|\s?[월화수목금토일]요일)?,?\s?(.*)$`)
	koreanTime    = regexp.MustCompile(`^(오전|오후)?\s?(\d{1,2})\s?[시:]\s?(?:(\d{1,2})\s?분?)?(?::(\d{2}))?$`)
	shortParts    = regexp.MustCompile(`^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(.*)$`)
	shortHour     = regexp.MustCompile(`^([T ])(\d):`)
	trailingNote  = regexp.MustCompile(`\s?\([A-Za-z ]+\)$`)
	weekday       = regexp.MustCompile(`(?i)^(mon|tues?|wed(nes)?|thu(rs)?|fri|sat(ur)?|sun)(day)?\.?,? `)
	ordinal       = regexp.MustCompile(`(?i)\b(\d{1,2})(st|nd|rd|th)\b`)
	september     = regexp.MustCompile(`(?i)\bsept\b`)
	monthDot      = regexp.MustCompile(`(?i)\b(jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec)\.`)
	allDigits     = regexp.MustCompile(`^\d{8,14}(\.\d+)?$`)
	zoneName      = regexp.MustCompile(` ?\b([A-Z]{2,4})$`)
	shortZone     = regexp.MustCompile(` ([+-])(\d)$`) // -4 for -0400
	zoneGap       = regexp.MustCompile(`(\d) ?(?:GMT|UTC)?([+-]\d{2}):?(\d{2})$`)
)

func dateOf(text string, zone *time.Location) (time.Time, bool) {
	if allDigits.MatchString(text) {
		return digitsDate(text, zone)
	}
	if m := koreanDate.FindStringSubmatch(text); m != nil {
		return koreanDateOf(m, zone)
	}
	text = koreanHalf.ReplaceAllString(koreanDay.ReplaceAllString(text, ""), "$2 $1") // 2021-01-05(화) 오후 3:05
	text = strings.NewReplacer("오전", "AM", "오후", "PM").Replace(text)
	text = trailingNote.ReplaceAllString(text, "")
	text = weekday.ReplaceAllString(text, "")
	text = ordinal.ReplaceAllString(text, "$1")
	text = monthDot.ReplaceAllString(september.ReplaceAllString(text, "Sep"), "$1")
	if m := shortParts.FindStringSubmatch(text); m != nil { // 2019/5/3, and 9:00 for 09:00
		text = fmt.Sprintf("%s-%02s-%02s%s", m[1], m[2], m[3], shortHour.ReplaceAllString(m[4], "${1}0$2:"))
	}
	if strings.Contains(text, ":") {
		text = shortZone.ReplaceAllString(text, " ${1}0${2}00")
		text = zoneGap.ReplaceAllString(text, "$1 $2$3")
		text = numberedZone(text)
	}
	for _, layout := range dateLayouts() {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t, true
		}
	}
	return slashedDate(text, zone)
}

// dateLayouts are tried in order. Months and half days are read in upper and lower case alike.
func dateLayouts() []string {
	days := []string{
		"2006-01-02", "2006-01-02T", "January 2, 2006", "Jan 2, 2006", "January 2 2006", "Jan 2 2006", "2 January 2006", "2 Jan 2006",
		"2 January, 2006", "2-Jan-2006", "2006 January 2", "2006 Jan 2",
	}
	clocks := []string{"15:04:05", "15:04", "3:04 PM", "3:04PM", "3:04:05 PM"}
	layouts := append([]string{time.RFC3339, "Jan 2 15:04:05 2006", "Jan 2 15:04:05 -0700 2006"}, days...)
	for _, day := range days {
		for _, clock := range clocks {
			for _, between := range []string{" ", "T", " at ", ", "} {
				if between == "T" && !strings.HasPrefix(day, "2006-01-02") || strings.HasSuffix(day, "T") {
					continue
				}
				layouts = append(layouts, day+between+clock, day+between+clock+" -0700", day+between+clock+"Z")
			}
		}
	}
	return layouts
}

// numberedZone puts an offset for a zone's short name. Names that stand for several zones are none of these.
func numberedZone(text string) string {
	m := zoneName.FindStringSubmatch(text)
	if m == nil || m[1] == "AM" || m[1] == "PM" {
		return text
	}
	offsets := map[string]string{
		"UTC": "+0000", "GMT": "+0000", "KST": "+0900", "JST": "+0900", "CET": "+0100", "CEST": "+0200",
		"EST": "-0500", "EDT": "-0400", "CDT": "-0500", "MST": "-0700", "MDT": "-0600", "PST": "-0800", "PDT": "-0700",
	}
	if offset, known := offsets[m[1]]; known {
		return strings.TrimSuffix(text, m[0]) + " " + offset
	}
	return text
}

// digitsDate reads 20190503, with hours, minutes and seconds behind it or without, and the seconds or milliseconds of Unix.
func digitsDate(text string, zone *time.Location) (time.Time, bool) {
	whole, _, _ := strings.Cut(text, ".")
	switch len(whole) {
	case 8, 12, 14:
		t, err := time.ParseInLocation("20060102150405"[:len(whole)], whole, zone)
		return t, err == nil
	case 9, 10, 13:
		n, err := strconv.ParseInt(whole, 10, 64)
		if len(whole) == 13 {
			return time.UnixMilli(n).UTC(), err == nil
		}
		return time.Unix(n, 0).UTC(), err == nil
	}
	return time.Time{}, false
}

// koreanDateOf reads 2019년 5월 3일 오후 2시 30분, 2019. 5. 3. 14:30 and what lies between.
func koreanDateOf(m []string, zone *time.Location) (time.Time, bool) {
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil {
			return 0
		}
		return n
	}
	hour, minute, second := 0, 0, 0
	if m[4] != "" {
		clock := koreanTime.FindStringSubmatch(m[4])
		if clock == nil {
			return time.Time{}, false
		}
		hour, minute, second = number(clock[2]), number(clock[3]), number(clock[4])
		if clock[1] != "" {
			hour %= 12
		}
		if clock[1] == "오후" {
			hour += 12
		}
	}
	year, month, day := number(m[1]), time.Month(number(m[2])), number(m[3])
	t := time.Date(year, month, day, hour, minute, second, 0, zone)
	return t, t.Month() == month && t.Day() == day && hour < 24 && minute < 60 && second < 60
}

// slashedDate reads 17/03/2025 and 3/17/2025, with a time behind it or without: one of the two numbers must be no month.
func slashedDate(text string, zone *time.Location) (time.Time, bool) {
	m := slashedParts.FindStringSubmatch(text)
	if m == nil {
		return time.Time{}, false
	}
	american, err := time.Parse("1/2/2006", m[1]+"/"+m[2]+"/"+m[3])
	european, err2 := time.Parse("2/1/2006", m[1]+"/"+m[2]+"/"+m[3])
	day := american
	switch {
	case err == nil && (err2 != nil || american.Equal(european)):
	case err2 == nil && err != nil:
		day = european
	default:
		return time.Time{}, false
	}
	return dateOf(strings.TrimSpace(day.Format(time.DateOnly)+" "+m[4]), zone)
}

var (
	dateInName  = regexp.MustCompile(`^(\d{4})[-_.](\d{1,2})[-_.](\d{1,2})(?:[-_. T](.*))?$`)
	compactName = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})[-_](.+)$`)
	dateInPath  = regexp.MustCompile(`(?:^|/)(\d{4})/(\d{1,2})/(\d{1,2})(?:[-/_]|$)`)
)

// nameDate takes a date off a file's or bundle's name: "2019-05-03-title" gives 2019-05-03 and "title".
func nameDate(name string) (date, rest string) {
	m := dateInName.FindStringSubmatch(name)
	if m == nil {
		m = compactName.FindStringSubmatch(name)
	}
	if m == nil {
		return "", name
	}
	if _, ok := dateOf(m[1]+"-"+m[2]+"-"+m[3], time.UTC); !ok {
		return "", name
	}
	return m[1] + "-" + m[2] + "-" + m[3], m[4]
}

// pathDate is the date of folders such as 2019/05/03/, or "".
func pathDate(p string) string {
	m := dateInPath.FindStringSubmatch(p)
	if m == nil {
		return ""
	}
	return m[1] + "-" + m[2] + "-" + m[3]
}
