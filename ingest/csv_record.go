package ingest

import (
	"errors"
	"fmt"
	"html"
	"mime"
	"net/mail"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tidings/tidings"
)

// TableOptions are what a table, or lines of JSON, do not say of themselves.
type TableOptions struct {
	Options
	Columns map[string]string // by key of a release ("title"), the column or the path in JSON ("meta.headline"); what is not named here goes by its usual names
	Format  TextFormat        // of bodies
}

// TextFormat is what the cells of a column of bodies hold.
type TextFormat string

// The formats of bodies. The zero value looks at each: HTML where it has elements of HTML, else Markdown.
const (
	TextMarkdown TextFormat = "markdown"
	TextHTML     TextFormat = "html"
	TextPlain    TextFormat = "plain"
)

// sheet makes releases of rows.
type sheet struct {
	opts     TableOptions
	name     string
	renderer *Renderer
	seen     map[string]int      // how often a source that is made of date and title came by
	first    map[string]sighting // of each record, by the hash of its source
	told     map[string]bool     // keys of objects that a note has named
}

func newSheet(name string, opts TableOptions) *sheet {
	return &sheet{opts: opts, name: name, renderer: NewRenderer(), seen: map[string]int{}, first: map[string]sighting{}, told: map[string]bool{}}
}

// row is what one line says, by key of a release.
type row struct {
	cells map[string]string
	lists map[string][]string // of keys that hold several, where the input has lists
}

func (r row) text(key string) string { return strings.TrimSpace(r.cells[key]) }

// list is a key's values: the input's own list, else a cell parted at commas, semicolons or bars.
func (r row) list(key, separators string) []string {
	parts := r.lists[key]
	if parts == nil {
		parts = strings.FieldsFunc(r.cells[key], func(c rune) bool { return strings.ContainsRune(separators, c) })
	}
	var out []string
	for _, p := range parts {
		if p = strings.Join(strings.Fields(p), " "); p != "" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// item makes a release of a record, or says all that is wrong with it.
func (t *sheet) item(rec row, line int) Item {
	item := Item{File: t.name, Line: line, Terms: rec.list("topics", ",;|\n")}
	r := &item.Release
	r.Language = t.opts.Language
	var faults []error
	fail := func(format string, args ...any) { faults = append(faults, fault(t.name, line, format, args...)) }
	var err error
	if r.Title, err = cleanTitle(readable(rec.text("title"))); err != nil {
		fail("%v", err)
	}
	if text := t.day(rec); text == "" {
		fail("the date is missing")
	} else if r.Published, err = readDate(text, t.opts.zone()); err != nil {
		fail("date: %v", err)
	}
	if r.Status, err = t.status(rec); err != nil {
		fail("%v", err)
	}
	if text := rec.text("updated"); text != "" {
		if r.Updated, err = readDate(text, t.opts.zone()); err != nil {
			fail("updated: %v", err)
		} else if r.Updated.Before(r.Published) {
			r.Updated = r.Published // what was entered before it went out
		}
	}
	if tag := strings.ReplaceAll(rec.text("language"), "_", "-"); tag != "" {
		if r.Language = tag; !languageTag.MatchString(tag) {
			fail("language: %q is no language tag, such as en, ko or pt-BR", tag)
		}
	}
	if r.Body, err = t.body(rec.cells["body"]); err != nil {
		fail("%v", err)
	}
	t.rest(&item, rec)
	if len(faults) > 0 {
		item.Err = errors.Join(faults...)
		return item
	}
	t.identify(r, rec)
	return t.once(item, rec)
}

// rest takes what may be missing.
func (t *sheet) rest(item *Item, rec row) {
	r := &item.Release
	line := func(key string) string { return strings.Join(strings.Fields(composed(readable(rec.cells[key]))), " ") }
	r.Summary, r.Office, r.Authors = line("summary"), line("office"), rec.list("authors", ",;|\n")
	if a, err := mail.ParseAddress(rec.text("contact")); err == nil {
		r.Contact = tidings.Contact{Name: a.Name, Email: a.Address}
	} else {
		r.Contact.Name = line("contact")
	}
	for _, ref := range rec.list("attachments", ";|\n ") {
		u, err := url.Parse(absolute(ref, t.opts.Base))
		if err != nil || !isWeb(u) {
			item.Notes = append(item.Notes, "an attachment without an address was left out: "+fmt.Sprintf("%.100s", ref))
			continue
		}
		a := tidings.Attachment{URL: u.String(), Name: path.Base(u.Path)}
		if kind := mime.TypeByExtension(path.Ext(u.Path)); kind != "" {
			a.MediaType, _, _ = strings.Cut(kind, ";")
		}
		r.Attachments = append(r.Attachments, a)
	}
	if old := rec.text("url"); old != "" {
		u, err := url.Parse(old)
		switch {
		case err != nil || !strings.HasPrefix(u.Path, "/"):
			item.Notes = append(item.Notes, "an old address is none: "+fmt.Sprintf("%.100s", old))
		case u.Path == "/" && u.RawQuery != "":
			item.Notes = append(item.Notes, "an old address of the front page leads nowhere from now on: "+fmt.Sprintf("%.100s", old))
		case u.RawQuery != "":
			r.Aliases = []string{u.EscapedPath() + "?" + u.RawQuery}
		case u.Path != "/":
			r.Aliases = []string{u.Path}
		}
	}
}

var htmlElement = regexp.MustCompile(`(?i)</?(p|br|div|span|table|ul|ol|li|h[1-6]|a|strong|em|b|img|blockquote)(\s[^<>]*)?/?>`)

// body renders a cell in the format that it is said to be in, or looks to be in.
func (t *sheet) body(text string) (tidings.Body, error) {
	text = strings.TrimSpace(readable(text))
	body := tidings.Body{Format: tidings.Markdown, Source: text}
	switch {
	case text == "":
		return body, tidings.Invalidf("body", "is empty")
	case t.opts.Format == TextHTML || t.opts.Format == "" && htmlElement.MatchString(text):
		body.Format = tidings.HTML
	case t.opts.Format == TextPlain:
		body.Format = tidings.HTML
		body.Source = paragraphs(html.EscapeString(text))
	}
	body, err := t.renderer.Render(body, t.opts.Base)
	if err == nil && body.Text == "" && !strings.Contains(body.HTML, "<img") {
		err = tidings.Invalidf("body", "nothing is left of it once what may not be shown is taken out")
	}
	return body, err
}

// exportNumber is what an export's name ends in from one day to the next.
var exportNumber = regexp.MustCompile(`[\s._()-]*[0-9][0-9\s._():T-]*$`)

// identify gives the release its source, by its id, else by where it was, else by date and title. An id is unique in one table
// alone, and tables are told apart by their names without the date of the export.
func (t *sheet) identify(r *tidings.Release, rec row) {
	of := exportNumber.ReplaceAllString(baseName(t.name), "")
	slug := rec.text("slug")
	switch id := strings.Join(strings.Fields(rec.text("id")), " "); {
	case id != "":
		r.Source = fmt.Sprintf("table:%s#%s", of, id)
	case rec.text("url") != "":
		r.Source = "url:" + rec.text("url")
	case slug != "":
		r.Source = fmt.Sprintf("table:%s/%s", of, slug)
	default:
		r.Source = fmt.Sprintf("table:%s@%s/%s", of, r.Published.UTC().Format("2006-01-02"), slugify(r.Title))
		t.seen[r.Source]++
		if n := t.seen[r.Source]; n > 1 {
			r.Source += "-" + strconv.Itoa(n)
		}
	}
	r.Slug = Slug(r.Title)
	if slug != "" {
		r.Slug, r.SlugByHand = Slug(slug), true
	}
}
