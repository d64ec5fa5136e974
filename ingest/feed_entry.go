package ingest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"

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
	asked int            // pictures
	kept  []tidings.File // octets of those that came
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
		says := fingerprint(source.Title, text)
		if first, again := f.seen[id]; again {
			if f.prints[first] == says {
				return Item{File: file, Skipped: fmt.Sprintf("repeats entry %d", first+1)}
			}
			return Item{File: file, Err: tidings.Invalidf(file, "has the id of entry %d and says something else: only the first is taken", first+1)}
		}
		f.seen[id], f.prints[i] = i, says
		r, err := e.release(id, text, plain)
		if err != nil {
			return Item{File: file, Err: relocated(err, file)}
		}
		return Item{Release: r, File: file, Files: e.kept, Terms: e.terms(), Notes: e.notes}
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

// relocated names the entry that an error is about, if it is one of the entry.
func relocated(err error, file string) error {
	if invalid := (*tidings.InvalidError)(nil); !errors.As(err, &invalid) {
		return fmt.Errorf("%s: %w", file, err)
	}
	return tidings.Invalidf(file, "%v", err)
}

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
	if err := e.body(&r, e.markup(text, plain), base); err != nil {
		return r, err
	}
	r.Slug = Slug(r.Title)
	r.Summary = e.summary(&r, text)
	e.dates(&r)
	r.Authors = e.authors()
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
