package ingest

import (
	"html"
	"mime"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mmcdole/gofeed/json"

	"github.com/tidings/tidings"
)

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
		a := tidings.Attachment{URL: u.String(), Name: e.nameAt(u.String())}
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
