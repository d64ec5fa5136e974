package ingest

import (
	"errors"
	"fmt"
	"html"
	"io"
	"iter"
	"regexp"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/tidings/tidings"
)

// recordMark is the line that opens a record of an archive.
const recordMark = "-"

// recordDate ends a record's last line. What stands before it belongs to the body.
var recordDate = regexp.MustCompile(`(?:^|\s+)date(\d{4}-\d{2}-\d{2})$`)

// almostDate is a date as it must not be: it is told apart from none to say what to mend.
var almostDate = regexp.MustCompile(`(?i)(?:^|\s)date[\s:]*([0-9][0-9./-]{3,9})$`)

// Archive reads the releases of a text archive, one at a time:
//
//	-
//	The title
//	The body, in one line or several. date2025-03-17
//
// Each line of a body is one of its paragraphs, kept to the letter. Releases are dated at 00:00 in the options' zone.
// A broken record comes as an Item with Err, and the records behind it still come.
func Archive(r io.Reader, name string, opts Options) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		a := archive{
			lines: newLines(r), name: name, opts: opts,
			renderer: NewRenderer(), seen: map[string]int{},
		}
		for {
			rec, more, err := a.next()
			if err != nil {
				yield(Item{File: name, Line: a.lines.number, Err: fmt.Errorf("read %s: %w", name, err)})
				return
			}
			if rec != nil {
				release, err := a.release(rec)
				if !yield(Item{Release: release, File: name, Line: rec.start, Err: err}) {
					return
				}
			}
			if !more {
				return
			}
		}
	}
}

type archive struct {
	lines    *lines
	name     string
	opts     Options
	renderer *Renderer
	seen     map[string]int // how many records had this date and title so far
	open     int            // the line of the mark whose record comes next; 0: none was seen yet
}

// record is the lines between two marks.
type record struct {
	start int // the line of its mark, or of its first line where the mark is missing
	bare  bool
	lines []string // the first is on line start+1, or start for a bare record
	size  int
	err   error // the first fault of reading, with its place
}

// largestRecord is in octets: far more than any release, far less than memory.
const largestRecord = 4 << 20

// next reads up to the next mark. A nil record with more: there was nothing before the first mark.
func (a *archive) next() (rec *record, more bool, err error) {
	rec = &record{start: a.open, bare: a.open == 0}
	for {
		line, problem, err := a.lines.next()
		if errors.Is(err, io.EOF) {
			return rec.orNil(), false, nil
		}
		if err != nil {
			return nil, false, err
		}
		if problem == "" && line == recordMark {
			a.open = a.lines.number
			return rec.orNil(), true, nil
		}
		rec.add(a, line, problem)
	}
}

func (rec *record) add(a *archive, line, problem string) {
	if rec.start == 0 {
		if line == "" && problem == "" {
			return // blank lines before the first mark
		}
		rec.start = a.lines.number
	}
	rec.size += len(line)
	if problem == "" && rec.size > largestRecord {
		problem = fmt.Sprintf("the record is larger than %d MB: is a line with a lone - missing?", largestRecord>>20)
	}
	if problem != "" {
		if rec.err == nil {
			rec.err = fault(a.name, a.lines.number, "%s", problem)
		}
		line = ""
	}
	if rec.size <= largestRecord {
		rec.lines = append(rec.lines, line)
	}
}

func (rec *record) orNil() *record {
	if rec.start == 0 {
		return nil
	}
	return rec
}

// release makes a release of the record, or says what is broken in it.
func (a *archive) release(rec *record) (tidings.Release, error) {
	if rec.bare {
		return tidings.Release{}, fault(a.name, rec.start,
			"text before the first line with a lone -: put a line - and a title before it")
	}
	first := rec.start + 1 // the title's line
	body := rec.lines
	for len(body) > 0 && body[len(body)-1] == "" {
		body = body[:len(body)-1]
	}
	last := rec.start + len(body)
	if len(body) == 0 && rec.err == nil {
		return tidings.Release{}, fault(a.name, rec.start,
			"the record is empty: delete this line -, or put title and body behind it")
	}
	r := tidings.Release{Status: tidings.Published, Language: a.opts.Language}
	var date string
	if len(body) > 0 {
		title, rest := body[0], body[1:]
		r.Title, date, body = title, a.cutDate(rest), rest
	}
	err := a.head(&r, date, rec, first, last)
	if rec.err != nil {
		return r, rec.err // what could not be read comes before what is missing because of it
	}
	if err != nil {
		return r, err
	}
	return r, a.body(&r, body, first+1)
}

// cutDate takes the date off the end of the lines and gives it; "" when there is none.
func (a *archive) cutDate(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	end := &lines[len(lines)-1]
	at := recordDate.FindStringSubmatchIndex(*end)
	if at == nil {
		return ""
	}
	date := (*end)[at[2]:at[3]]
	*end = strings.TrimSpace((*end)[:at[0]])
	return date
}

// head completes the title, the date and what follows of them.
func (a *archive) head(r *tidings.Release, date string, rec *record, first, last int) error {
	if len(rec.lines) > 0 && recordDate.MatchString(rec.lines[0]) {
		return fault(a.name, first, "the title is missing: the line behind - is the title, and the body has lines of its own")
	}
	title, err := cleanTitle(r.Title)
	if err != nil {
		return fault(a.name, first, "%v (the line behind - is the title)", err)
	}
	r.Title, r.Slug = title, Slug(title)
	if date == "" {
		return fault(a.name, last, "%s", missingDate(rec.lines))
	}
	day, err := time.ParseInLocation(time.DateOnly, date, a.opts.zone())
	if err != nil {
		return fault(a.name, last, "there is no day %s in the calendar: mend the date", date)
	}
	r.Published = day
	r.Source = "archive:" + date + "/" + slugify(title)
	// Counted before the body is judged: mending a broken record must not rename the ones behind it.
	a.seen[r.Source]++
	if n := a.seen[r.Source]; n > 1 {
		r.Source = fmt.Sprintf("%s-%d", r.Source, n)
	}
	return nil
}

func missingDate(lines []string) string {
	end := ""
	for _, l := range lines {
		if l != "" {
			end = l
		}
	}
	if m := almostDate.FindStringSubmatch(end); m != nil {
		return fmt.Sprintf("the date %q is not read: write it like date2025-03-17", m[1])
	}
	return "the date is missing: end the body with a blank and dateYYYY-MM-DD"
}

// body completes the body of the lines, which begin at line number from.
func (a *archive) body(r *tidings.Release, lines []string, from int) error {
	var markup strings.Builder
	for i, line := range lines {
		line = strings.TrimSpace(readable(line))
		if m := recordDate.FindStringSubmatch(line); m != nil {
			return fault(a.name, from+i, "date%s ends here but the record goes on: put a line with a lone - behind it", m[1])
		}
		if line != "" {
			markup.WriteString("<p>" + html.EscapeString(norm.NFC.String(line)) + "</p>\n")
		}
	}
	if markup.Len() == 0 {
		return fault(a.name, from, "the body is empty: put the text between the title and the date")
	}
	body, err := a.renderer.Render(tidings.Body{Format: tidings.HTML, Source: markup.String()}, a.opts.Base)
	if err != nil {
		return relocate(err, a.name, from)
	}
	r.Body = body
	return nil
}
