package ingest

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"mime"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"
	"github.com/mmcdole/gofeed/rss"

	"github.com/tidings/tidings"
)

// FeedOptions are what a feed does not say of itself.
type FeedOptions struct {
	Options
	Now         time.Time           // the date of entries that have none, or one to come
	Languages   []string            // of the site: "en-us" is taken for its "en"
	Tag         string              // Site.TagEntity: an entry with such an id is one of our own
	URL         *url.URL            // where it was fetched; nil: from a file
	Identity    string              // what its ids are unique within; empty: URL, else what the feed calls itself
	ContentType string              // as HTTP gave it; empty: unknown
	Rest        func(time.Duration) // hears how long the feed asks to be left alone, where it does; may be nil

	// Picture asks for the picture at an address; nil: those that are on other sites become links.
	Picture func(address string) ([]byte, error)
	// Stored is the release that came from the source before; ErrNotFound: none did. What is stored of an entry whose text is the
	// same keeps its pictures, and none is asked for. nil: nothing is stored.
	Stored func(source string) (tidings.Release, error)
}

// Limits of a feed.
const (
	mostEntries  = 2000
	largestEntry = 2 << 20 // octets
	deepestFeed  = 1000    // elements in elements
)

// Feed reads the entries of a feed in any version of RSS, Atom or JSON Feed, however broken, in the feed's order. What an entry
// lacks is made up where it can be (an id of its link, a title of its text, a date of the options' Now), and told in its Notes.
func Feed(r io.Reader, name string, opts FeedOptions) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		f, err := readFeed(r, name, opts)
		if err != nil {
			yield(Item{File: name, Err: err})
			return
		}
		if rest := f.rest(); rest > 0 && opts.Rest != nil {
			opts.Rest(rest)
		}
		if len(f.feed.Items) == 0 {
			yield(Item{File: name, Skipped: "a feed without an entry"})
			return
		}
		for i, e := range f.feed.Items {
			if i == mostEntries {
				yield(Item{File: name, Err: tidings.Invalidf(name, "has %d entries: the first %d are taken", len(f.feed.Items), mostEntries)})
				return
			}
			if !yield(f.item(i, e)) {
				return
			}
		}
	}
}

// feedReader is one feed, parsed.
type feedReader struct {
	opts     FeedOptions
	name     string
	feed     *gofeed.Feed
	base     *url.URL // of references in entries that have no link of their own; nil: unknown
	identity string
	renderer *Renderer
	notes    []string       // of every entry
	seen     map[string]int // by id, the number of the entry that had it first
	prints   map[int]string // what that entry says, by its number
}

func readFeed(r io.Reader, name string, opts FeedOptions) (*feedReader, error) {
	raw, err := io.ReadAll(io.LimitReader(r, largestFile+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(raw) > largestFile {
		return nil, tidings.Invalidf(name, "is larger than %d MB", largestFile>>20)
	}
	f := &feedReader{opts: opts, name: name, renderer: NewRenderer(), seen: map[string]int{}, prints: map[int]string{}}
	text, note := decode(raw, declaredCharset(raw, opts.ContentType))
	if note != "" {
		f.notes = append(f.notes, note)
	}
	text, err = feedText(text)
	if err == nil {
		f.feed, err = parseFeed(text)
	}
	if err != nil {
		return nil, tidings.Invalidf(name, "%v", err)
	}
	f.base = firstURL(nil, f.opts.URL, f.feed.Link, f.feed.FeedLink)
	f.identity = opts.Identity
	for _, s := range []string{urlText(opts.URL), f.feed.FeedLink, f.feed.Link, name} {
		if f.identity == "" {
			f.identity = strings.TrimSpace(s)
		}
	}
	return f, nil
}

var (
	xmlDeclaration = regexp.MustCompile(`^\s*<\?xml[^>]*\bencoding\s*=\s*["']([A-Za-z0-9._:-]+)["'][^>]*\?>`)
	feedRoot       = regexp.MustCompile(`(?i)<([a-z0-9_-]+:)?(rss|rdf|feed|channel)[\s>/]`)
	htmlPage       = regexp.MustCompile(`(?i)<(!doctype\s+html|html)[\s>]`)
)

// declaredCharset is the encoding that a feed is said to be in. RFC 7303 §3 lets HTTP win, and so it does where HTTP says
// something; servers that label everything us-ascii or latin-1 by default are no better than nothing.
func declaredCharset(raw []byte, contentType string) string {
	inside := ""
	if m := xmlDeclaration.FindSubmatch(raw[:min(len(raw), 1024)]); m != nil {
		inside = string(m[1])
	}
	_, params, err := mime.ParseMediaType(contentType)
	outside := strings.ToLower(params["charset"])
	if err != nil || outside == "" || inside != "" && (outside == "us-ascii" || outside == "iso-8859-1") {
		return inside
	}
	return outside
}

var errNoFeed = errors.New("is no feed: it is neither RSS nor Atom nor JSON Feed")

// feedText cuts off what stands before a feed's root, such as a declaration whose encoding is no longer true, and says why a
// text is no feed.
func feedText(text string) (string, error) {
	text = strings.TrimLeft(strings.ReplaceAll(text, "\x00", ""), " \t\r\n"+byteOrderMark)
	switch {
	case text == "":
		return "", errors.New("is empty")
	case text[0] == '{':
		return text, nil
	}
	at := feedRoot.FindStringIndex(text)
	page := htmlPage.FindStringIndex(text)
	switch {
	case page != nil && (at == nil || page[0] < at[0]):
		return "", errors.New("is a web page and no feed: look for the feed's own address in it")
	case at == nil:
		return "", errNoFeed
	case depth(text) > deepestFeed:
		return "", fmt.Errorf("has elements in elements more than %d deep", deepestFeed)
	}
	return text[at[0]:], nil
}

// depth is how deep elements lie within each other, as the text looks: what reads it goes that deep too.
func depth(text string) int {
	deepest, now := 0, 0
	for {
		at := strings.IndexByte(text, '<')
		if at < 0 || at+1 == len(text) {
			return deepest
		}
		text = text[at+1:]
		switch {
		case strings.HasPrefix(text, "![CDATA["):
			_, text, _ = strings.Cut(text, "]]>")
		case strings.HasPrefix(text, "!--"):
			_, text, _ = strings.Cut(text, "-->")
		case text[0] == '/':
			now = max(now-1, 0)
		case text[0] != '!' && text[0] != '?':
			tag := text[:tagEnd(text)]
			text = text[len(tag):]
			if !strings.HasSuffix(tag, "/") {
				now++
				deepest = max(deepest, now)
			}
		}
	}
}

// parseFeed reads the text. The library was written for feeds as they are, but what it dereferences without a look (an item of
// JSON that is null) must end this feed and nothing else.
func parseFeed(text string) (feed *gofeed.Feed, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("cannot be read as a feed: %v", fault)
		}
	}()
	p := gofeed.NewParser()
	p.RSSTranslator = &gofeed.DefaultRSSTranslator{DisableContentImageScan: true}
	p.KeepOriginalFeed = true
	feed, err = p.ParseString(text)
	switch {
	case errors.Is(err, gofeed.ErrFeedTypeNotDetected):
		return nil, errNoFeed
	case err != nil:
		return nil, fmt.Errorf("cannot be read as a feed: %w", err)
	case feed.FeedType == "json" && len(feed.Items) == 0 && !strings.Contains(text, "jsonfeed.org"):
		return nil, errNoFeed
	}
	return feed, nil
}

// rest is how long the feed asks to be left alone: RSS 2.0 ttl, in minutes, or the syndication module's period.
func (f *feedReader) rest() time.Duration {
	if original, ok := f.feed.OriginalFeed().(*rss.Feed); ok {
		if minutes, err := strconv.Atoi(strings.TrimSpace(original.TTL)); err == nil && minutes > 0 {
			return time.Duration(min(minutes, 366*24*60)) * time.Minute
		}
	}
	value := func(name string) string {
		if all := f.feed.Extensions["sy"][name]; len(all) > 0 {
			return strings.ToLower(strings.TrimSpace(all[0].Value))
		}
		return ""
	}
	const day = 24 * time.Hour
	periods := map[string]time.Duration{"hourly": time.Hour, "daily": day, "weekly": 7 * day, "monthly": 30 * day, "yearly": 365 * day}
	times, err := strconv.Atoi(value("updateFrequency"))
	if err != nil || times < 1 {
		times = 1
	}
	return periods[value("updatePeriod")] / time.Duration(times)
}

// firstURL is the first of the references that leads somewhere by itself or from where the one before it leads.
func firstURL(base, fallback *url.URL, refs ...string) *url.URL {
	if base == nil {
		base = fallback
	}
	for _, ref := range refs {
		u, err := url.Parse(strings.TrimSpace(ref))
		if err != nil || strings.TrimSpace(ref) == "" {
			continue
		}
		if base != nil {
			u = base.ResolveReference(u)
		}
		if isWeb(u) {
			return u
		}
	}
	return base
}

func isWeb(u *url.URL) bool {
	return u != nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
}

func urlText(u *url.URL) string {
	if u == nil {
		return ""
	}
	return u.String()
}
