package templates

import (
	"net/url"
	"strings"

	"golang.org/x/text/language"

	"github.com/tidings/tidings"
)

// Home is the list that a reader of pages in the language comes back to: that of all releases on the site's own pages, else that
// of the releases in theirs, where the site has such.
func (s *Set) Home(site *tidings.Site, lang string) tidings.Selection {
	return s.speaks(lang).words.home(site)
}

func (w *words) home(site *tidings.Site) tidings.Selection {
	if w.serve(site.Language) {
		return tidings.Selection{}
	}
	for _, tag := range site.Languages {
		if sameBase(tag, w.tag) {
			return tidings.Selection{Language: tag}
		}
	}
	return tidings.Selection{}
}

// serve reports whether pages in the language have these words: they are in it, or no words are and these are the fallback.
func (w *words) serve(lang string) bool {
	for _, ours := range w.all.languages {
		if sameBase(ours, lang) {
			return sameBase(w.tag, lang)
		}
	}
	return w.tag == w.all.languages[0]
}

// SearchURL is the page that finds what a query asks for, with words in the language; empty: in the site's own.
func SearchURL(site *tidings.Site, lang, query string) string {
	at := site.SearchURL(query)
	if lang == "" {
		return at
	}
	if query == "" {
		return at + "?lang=" + url.QueryEscape(lang)
	}
	return at + "&lang=" + url.QueryEscape(lang)
}

// sameBase reports whether two tags name the same language: regions and scripts do not count.
func sameBase(a, b string) bool {
	x, _ := language.Make(a).Base()
	y, _ := language.Make(b).Base()
	return x == y
}

// A languageLink leads to one of the site's languages.
type languageLink struct {
	AlternateLink
	Label   string // says more than the language's name, in the language; empty: nothing
	Current string // aria-current; empty: the page is in another language
}

// languageLinks lead to the page itself in each of the site's languages, and where it is not there, to the releases in that.
func (w *words) languageLinks(p Page) ([]languageLink, error) {
	links := make([]languageLink, len(p.Site.Languages))
	for i, tag := range p.Site.Languages {
		l := &links[i]
		if same, ok := versionIn(p.Alternates, tag); ok {
			l.AlternateLink = same
			l.Language = tag
		} else {
			label, err := w.releasesIn(tag)
			if err != nil {
				return nil, err
			}
			l.AlternateLink = AlternateLink{Language: tag, Title: label, URL: p.Site.SelectionURL(tidings.Selection{Language: tag})}
			l.Label = label
		}
		switch {
		case l.URL == p.Canonical:
			l.Current = "page"
		case p.Shows != "" && sameBase(p.Shows, tag):
			l.Current = "true"
		}
	}
	return links, nil
}

// versionIn is the one of the versions that is in the language, whatever its region if none is in the very same.
func versionIn(all []AlternateLink, lang string) (AlternateLink, bool) {
	for _, a := range all {
		if strings.EqualFold(a.Language, lang) {
			return a, true
		}
	}
	for _, a := range all {
		if sameBase(a.Language, lang) {
			return a, true
		}
	}
	return AlternateLink{}, false
}
