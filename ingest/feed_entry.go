package ingest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html"
	"mime"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mmcdole/gofeed"
	"github.com/mmcdole/gofeed/atom"
	"github.com/mmcdole/gofeed/json"
	"github.com/mmcdole/gofeed/rss"

	"github.com/tidings/tidings"
)

// entry is one entry of a feed on its way to becoming a release.
type entry struct {
	*gofeed.Item
	feed  *feedReader
	link  *url.URL // where the whole of it is; nil: it has no link
	notes []string
}

// item makes a release of the i-th entry, or says why not.
func (f *feedReader) item(i int, source *gofeed.Item) Item {
	e := entry{Item: source, feed: f, notes: slices.Clone(f.notes)}
	file := fmt.Sprintf("%s#%d", f.name, i+1)
	e.link = firstURL(f.base, nil, slices.Concat([]string{source.Link}, source.Links, f.permalink(i))...)
	if e.link == f.base {
		e.link = nil // no reference of the entry's own
	}
	text, plain := e.content(i)
	switch id := e.id(); {
	case f.own(id, e.link):
		return Item{File: file, Err: tidings.Invalidf(file, "is a release of this site itself: taking it in again would make a loop")}
	case len(text) > largestEntry:
		return Item{File: file, Err: tidings.Invalidf(file, "is larger than %d MB", largestEntry>>20)}
	default:
		print := fingerprint(source.Title, text)
		if first, again := f.seen[id]; again {
			if f.prints[first] == print {
				return Item{File: file, Skipped: fmt.Sprintf("repeats entry %d", first+1)}
			}
			return Item{File: file, Err: tidings.Invalidf(file, "has the id of entry %d and says something else: only the first is taken", first+1)}
		}
		f.seen[id], f.prints[i] = i, print
		r, err := e.release(id, text, plain)
		if err != nil {
			return Item{File: file, Err: relocated(err, file)}
		}
		return Item{Release: r, File: file, Terms: e.terms(), Notes: e.notes}
	}
}

// permalink is an RSS entry's id where that is its address too, as it is unless it says otherwise.
func (f *feedReader) permalink(i int) []string {
	if original, ok := f.feed.OriginalFeed().(*rss.Feed); ok {
		if id := original.Items[i].GUID; id != nil && !strings.EqualFold(id.IsPermalink, "false") && strings.HasPrefix(id.Value, "http") {
			return []string{id.Value}
		}
	}
	return nil
}

// relocated names the entry that an error is about.
func relocated(err error, file string) error { return tidings.Invalidf(file, "%v", err) }

// own says whether an entry is a release of this site.
func (f *feedReader) own(id string, link *url.URL) bool {
	if f.opts.Tag != "" && strings.HasPrefix(id, "tag:"+f.opts.Tag+":") {
		return true
	}
	base := f.opts.Base
	ours := func(u *url.URL) bool { return isWeb(u) && base != nil && strings.EqualFold(u.Host, base.Host) }
	named, err := url.Parse(id)
	return ours(link) || err == nil && ours(named)
}

// id is what makes two entries the same: the feed's own id, else the link, else what it says.
func (e *entry) id() string {
	id := strings.TrimSpace(e.GUID)
	switch {
	case id != "":
	case e.link != nil:
		return e.link.String()
	default:
		e.note("without an id: its title and date stand in for it")
		id = "sha256:" + fingerprint(e.Title, e.Published, e.Updated)
		if e.Title == "" {
			id = "sha256:" + fingerprint(e.Content, e.Description)
		}
	}
	if len(id) > longestID {
		id = "sha256:" + fingerprint(id)
	}
	return id
}

// longestID is in octets; a longer id is known by its hash.
const longestID = 500

func (e *entry) note(format string, args ...any) {
	e.notes = append(e.notes, fmt.Sprintf(format, args...))
}

func fingerprint(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// release makes the release of an entry whose text is markup, or plain.
func (e *entry) release(id, text string, plain bool) (tidings.Release, error) {
	f := e.feed
	r := tidings.Release{Source: "feed:" + f.identity + " " + id, Language: e.language()}
	base := f.base
	if e.link != nil {
		base = e.link
	}
	body, err := f.renderer.Render(tidings.Body{Format: tidings.HTML, Source: e.markup(text, plain)}, base)
	if err != nil {
		return r, err
	}
	r.Body = body
	if r.Title = e.title(&r); r.Title == "" {
		return r, tidings.Invalidf("title", "is missing, and there is no text to take one from")
	}
	if r.Body.Text == "" && !strings.Contains(r.Body.HTML, "<img") {
		if e.link == nil {
			return r, tidings.Invalidf("text", "is missing, and there is no link to where it is")
		}
		e.note("without text: a link to the whole stands in for it")
		if r.Body, err = f.renderer.Render(tidings.Body{Format: tidings.HTML, Source: e.readOn(r.Title)}, nil); err != nil {
			return r, err
		}
	}
	r.Slug = Slug(r.Title)
	r.Summary = e.summary(&r, text)
	e.dates(&r)
	r.Authors = e.authors()
	r.Attachments = e.attachments(base)
	return r, nil
}

// content is the fullest text that the entry has, and whether it is plain: Atom and JSON Feed tell, RSS has markup.
func (e *entry) content(i int) (text string, plain bool) {
	text = e.Content
	switch original := e.feed.feed.OriginalFeed().(type) {
	case *atom.Feed:
		if c := original.Entries[i].Content; c != nil {
			kind := strings.ToLower(strings.TrimSpace(c.Type))
			plain = kind == "text" || kind == "text/plain"
			if readableType := kind == "" || plain || kind == "html" || kind == "xhtml" || strings.Contains(kind, "html"); !readableType {
				e.note("content of another kind was left out: %s", kind)
				text = ""
			}
		}
	case *json.Feed:
		plain = original.Items[i].ContentHTML == "" && original.Items[i].ContentText != ""
	}
	if strings.TrimSpace(text) == "" {
		text, plain = e.Description, false
		if strings.TrimSpace(text) != "" && e.link != nil && !strings.Contains(text, e.link.String()) {
			e.note("an excerpt: the link to the whole was put behind it")
			text = e.markup(text, false) + e.readOn(e.link.Host+e.link.Path)
		}
	}
	return text, plain
}

// readOn is a link to where the whole is.
func (e *entry) readOn(words string) string {
	return `<p><a href="` + html.EscapeString(e.link.String()) + `">` + html.EscapeString(words) + "</a></p>\n"
}

var (
	blankLine  = regexp.MustCompile(`\n[ \t]*\n`)
	someMarkup = regexp.MustCompile(`<[a-zA-Z!/]`)
	// What a second escaping leaves of the elements that texts are made of.
	escapedMarkup = regexp.MustCompile(`(?i)&lt;/?(p|br|a|div|span|b|strong|em|i|u|ul|ol|li|img|h[1-6]|table|blockquote)(\s[^<]*?)?/?&gt;`)
)

// markup makes HTML of an entry's text: paragraphs of plain text, and of what was escaped once too often, what it was meant as.
func (e *entry) markup(text string, plain bool) string {
	switch {
	case plain:
		text = html.EscapeString(text)
	case someMarkup.MatchString(text):
		return text
	case escapedMarkup.MatchString(text):
		e.note("escaped twice: its markup was made readable")
		return html.UnescapeString(text)
	}
	return paragraphs(text)
}

// paragraphs are escaped text as HTML: blank lines part them.
func paragraphs(text string) string {
	var b strings.Builder
	for _, paragraph := range blankLine.Split(strings.ReplaceAll(text, "\r\n", "\n"), -1) {
		if paragraph = strings.TrimSpace(paragraph); paragraph != "" {
			b.WriteString("<p>" + strings.ReplaceAll(paragraph, "\n", "<br>\n") + "</p>\n")
		}
	}
	return b.String()
}

// words is markup as one line of plain text.
func (e *entry) words(markup string) string {
	if strings.ContainsAny(markup, "<&") {
		if body, err := e.feed.renderer.Render(tidings.Body{Format: tidings.HTML, Source: markup}, nil); err == nil {
			markup = body.Text
		}
	}
	return strings.Join(strings.Fields(composed(strings.Map(func(r rune) rune {
		if isNoText(r) || turnsText(r) {
			return -1
		}
		return r
	}, markup))), " ")
}

// longestMadeTitle is in characters, of a title that is made of the text.
const longestMadeTitle = 100

// title is the entry's, without markup, else the beginning of its text, else where it is; "" when there is nothing.
func (e *entry) title(r *tidings.Release) string {
	title := e.words(e.Title)
	if !strings.ContainsFunc(title, isVisible) {
		if title = e.words(html.EscapeString(r.Lead(longestMadeTitle))); title != "" {
			e.note("without a title: the beginning of its text stands in for it")
		} else if e.link != nil {
			title = e.link.Host + e.link.Path
			e.note("without a title: its address stands in for it")
		}
	}
	if utf8.RuneCountInString(title) > longestTitle {
		e.note("a long title was cut")
		title = strings.TrimSpace(string([]rune(title)[:longestTitle-1])) + "…"
	}
	return title
}

// longestSummary is in characters; a longer description is a text of its own.
const longestSummary = 600

// summary is the description beside a full text, where it adds something.
func (e *entry) summary(r *tidings.Release, text string) string {
	if text != e.Content || strings.TrimSpace(e.Description) == "" {
		return ""
	}
	s := e.words(e.Description)
	if n := utf8.RuneCountInString(s); n > longestSummary || s == r.Title || s == strings.Join(strings.Fields(r.Body.Text), " ") {
		return ""
	}
	return s
}

// dates are the entry's own; one to come would be an embargo that is broken already.
func (e *entry) dates(r *tidings.Release) {
	f := e.feed
	published := f.instant(e.Published, e.PublishedParsed)
	updated := f.instant(e.Updated, e.UpdatedParsed)
	switch {
	case published.IsZero() && !updated.IsZero():
		published = updated
	case published.IsZero():
		e.note("without a date: when it was first seen stands in for it")
		published = f.opts.Now
	}
	if published.After(f.opts.Now) {
		e.note("a date in the future: now stands in for it")
		published = f.opts.Now
	}
	r.Published = published
	if updated.After(published) && !updated.After(f.opts.Now) {
		r.Updated = updated
	}
}

// instant reads a date; what names no zone is of the options'. The zero time is none, or one that no release is of.
func (f *feedReader) instant(text string, parsed *time.Time) time.Time {
	if t, err := readDate(text, f.opts.zone()); err == nil {
		return t
	}
	if parsed != nil && parsed.Year() >= firstYear && parsed.Year() <= lastYear {
		return *parsed
	}
	return time.Time{}
}

// language is the entry's own, else the feed's, as the site spells it.
func (e *entry) language() string {
	candidates := []string{e.feed.feed.Language}
	if dc := e.DublinCoreExt; dc != nil {
		candidates = slices.Concat(dc.Language, candidates)
	}
	if original, ok := e.feed.feed.OriginalFeed().(*json.Feed); ok {
		if i := slices.Index(e.feed.feed.Items, e.Item); i >= 0 {
			candidates = slices.Insert(candidates, 0, original.Items[i].Language)
		}
	}
	for _, tag := range candidates {
		if tag = strings.ReplaceAll(strings.TrimSpace(tag), "_", "-"); languageTag.MatchString(tag) {
			return spelled(tag, e.feed.opts.Languages)
		}
	}
	return e.feed.opts.Language
}

// spelled is a language tag as the site has it, where it has it or its base; else in lower case, with the region in upper case.
func spelled(tag string, languages []string) string {
	tag = strings.ToLower(tag)
	base, region, _ := strings.Cut(tag, "-")
	for _, wanted := range []string{tag, base} {
		for _, l := range languages {
			if strings.EqualFold(l, wanted) {
				return l
			}
		}
	}
	if len(region) == 2 {
		return base + "-" + strings.ToUpper(region)
	}
	return base
}

// Limits of what belongs to an entry.
const (
	mostTerms       = 50
	mostAttachments = 50
)

func (e *entry) terms() []string {
	var terms []string
	for _, c := range e.Categories {
		if c = e.words(c); c != "" && !slices.Contains(terms, c) && len(terms) < mostTerms {
			terms = append(terms, c)
		}
	}
	return terms
}

// authors are the names; a bare address of mail is not published.
func (e *entry) authors() []string {
	var names []string
	for _, p := range e.Authors {
		if p == nil {
			continue
		}
		if name := e.words(p.Name); name != "" && !strings.Contains(name, "@") && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func (e *entry) attachments(base *url.URL) []tidings.Attachment {
	var all []tidings.Attachment
	for _, c := range e.Enclosures {
		if c == nil {
			continue
		}
		u := firstURL(base, nil, c.URL)
		if u == base || !isWeb(u) || len(all) == mostAttachments {
			e.note("an enclosure without an address was left out")
			continue
		}
		a := tidings.Attachment{URL: u.String(), Name: e.words(html.EscapeString(path.Base(u.Path)))}
		if a.Name == "" || a.Name == "/" || a.Name == "." {
			a.Name = u.Host
		}
		if kind, _, err := mime.ParseMediaType(c.Type); err == nil && strings.Contains(kind, "/") {
			a.MediaType = kind
		}
		if size, err := strconv.ParseInt(strings.TrimSpace(c.Length), 10, 64); err == nil && size > 0 {
			a.Size = size
		}
		all = append(all, a)
	}
	return all
}
