package templates

import (
	"html"
	"html/template"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/language"

	"github.com/tidings/tidings"
)

// A namedLink is a link with its words.
type namedLink struct{ Name, URL string }

// topicLinks are the topics of a release by their names.
func (w *words) topicLinks(site *tidings.Site, topics []tidings.Topic, slugs []string) []namedLink {
	links := make([]namedLink, len(slugs))
	for i, slug := range slugs {
		links[i] = namedLink{Name: w.topic(topics, slug), URL: site.SelectionURL(tidings.Selection{Topic: slug})}
	}
	return links
}

// slugs are those of topics.
func slugs(topics []tidings.Topic) []string {
	all := make([]string, len(topics))
	for i := range topics {
		all[i] = topics[i].Slug
	}
	return all
}

// cover is the picture above a release's text, or nil. One that is kept elsewhere is none: pages ask no other host.
func cover(r *tidings.Release) *tidings.Attachment {
	for i := range r.Attachments {
		a := &r.Attachments[i]
		if a.Cover && a.Hash != "" && a.Width > 0 && a.Height > 0 {
			return a
		}
	}
	return nil
}

// enclosed are the attachments that are not shown already: all but the cover.
func enclosed(r *tidings.Release) []tidings.Attachment {
	shown := cover(r)
	var rest []tidings.Attachment
	for i := range r.Attachments {
		if &r.Attachments[i] != shown {
			rest = append(rest, r.Attachments[i])
		}
	}
	return rest
}

// local is a URL of the site as a path, so that a page shows its pictures whatever name its host was asked by.
func local(site *tidings.Site, url string) string {
	return strings.TrimPrefix(url, site.Base.Scheme+"://"+site.Base.Host)
}

// others are the pages that say the same in another language than the one given.
func others(all []AlternateLink, lang string) []AlternateLink {
	var found []AlternateLink
	for _, a := range all {
		if a.Language != lang {
			found = append(found, a)
		}
	}
	return found
}

// openGraphLocale is a language as Open Graph writes it: "ko_KR". A tag without a country gets its likeliest.
func openGraphLocale(tag string) string {
	t, err := language.Parse(tag)
	if err != nil {
		return ""
	}
	base, _ := t.Base()
	region, _ := t.Region()
	return base.String() + "_" + region.String()
}

// inHangul: a name that no release told the language of is Korean when it has a syllable of Hangul.
func inHangul(name string) bool {
	return strings.ContainsFunc(name, func(r rune) bool { return unicode.Is(unicode.Hangul, r) })
}

var (
	openTable = regexp.MustCompile(`<table[\s>]`)
	openPre   = regexp.MustCompile(`<pre[\s>]`)
	openImage = regexp.MustCompile(`<img\s`)
	plainLink = regexp.MustCompile(`<a (href="([^"]*)"[^>]*>([^<]*)</a>)`)
)

// prose is a body's HTML, which ingest has sanitised, made fit for a small screen: tables and code that are wider than it
// scroll by themselves, by keyboard too, and pictures wait until they are near. A link that says its own address is told from
// others: on paper the address of those is written out. In sanitised HTML a "<" opens an element.
func (w *words) prose(b tidings.Body) (template.HTML, error) {
	label, err := w.text("table")
	if err != nil {
		return "", err
	}
	frame := `<div class="scroll" role="region" tabindex="0" aria-label="` + html.EscapeString(label) + `">`
	text := openTable.ReplaceAllStringFunc(b.HTML, func(tag string) string { return frame + tag })
	text = strings.ReplaceAll(text, "</table>", "</table></div>")
	text = openPre.ReplaceAllStringFunc(text, func(tag string) string { return `<pre tabindex="0"` + tag[len("<pre"):] })
	text = openImage.ReplaceAllString(text, `<img loading="lazy" `)
	text = plainLink.ReplaceAllStringFunc(text, func(link string) string {
		part := plainLink.FindStringSubmatch(link)
		if bareAddress(part[2]) != bareAddress(part[3]) {
			return link
		}
		return `<a class="bare" ` + part[1]
	})
	return template.HTML(text), nil //nolint:gosec // see above
}

// bareAddress is what people write of an address: without its scheme, and without a slash at the end.
func bareAddress(address string) string {
	address = strings.TrimSpace(address)
	_, bare, found := strings.Cut(address, "://")
	if !found {
		bare = address
	}
	return strings.TrimSuffix(bare, "/")
}
