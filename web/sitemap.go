package web

import (
	"context"
	"encoding/xml"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// A sitemap may have 50,000 URLs and 50 MB (sitemaps.org). One with a long name in Hangul and its versions in four more
// languages takes up to 5 kB, so that this many fit.
const maxSitemapURLs = 10_000

// What Google says of a news sitemap: two days, and a thousand URLs.
const (
	newsAge     = 48 * time.Hour
	maxNewsURLs = 1000
)

type urlset struct {
	XMLName xml.Name     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	XHTML   string       `xml:"xmlns:xhtml,attr,omitempty"`
	News    string       `xml:"xmlns:news,attr,omitempty"`
	URLs    []sitemapURL `xml:"url"`
}

type sitemapURL struct {
	Loc        string        `xml:"loc"`
	LastMod    string        `xml:"lastmod,omitempty"`
	Alternates []sitemapLink `xml:"xhtml:link"`
	News       *newsItem     `xml:"news:news"`
}

type sitemapLink struct {
	Rel      string `xml:"rel,attr"`
	Language string `xml:"hreflang,attr"`
	URL      string `xml:"href,attr"`
}

type newsItem struct {
	Name     string `xml:"news:publication>news:name"`
	Language string `xml:"news:publication>news:language"`
	Date     string `xml:"news:publication_date"`
	Title    string `xml:"news:title"`
}

type sitemapIndex struct {
	XMLName xml.Name     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 sitemapindex"`
	Parts   []sitemapURL `xml:"sitemap"`
}

func (s *site) newsURL() string { return s.Site.URL("sitemaps", "news.xml") }

// sitemap lists all pages, or where they are too many, the sitemaps that do.
func (s *site) sitemap(w http.ResponseWriter, r *http.Request) error {
	return s.mapped(w, r, s.Site.SitemapURL(), func() (any, error) {
		lists, releases, err := s.extent(r)
		if err != nil {
			return nil, err
		}
		if len(lists)+releases > maxSitemapURLs {
			return s.sitemapIndex(releases), nil
		}
		set, err := s.sitemapOf(r.Context(), tidings.Query{})
		if err == nil {
			set.URLs = append(lists, set.URLs...)
		}
		return set, err
	})
}

// sitemapPart is one of the sitemaps of the index: the first of lists, the others of releases; or that of the news.
func (s *site) sitemapPart(w http.ResponseWriter, r *http.Request) error {
	name, isXML := strings.CutSuffix(r.PathValue("file"), ".xml")
	if isXML && name == "news" {
		return s.newsmap(w, r)
	}
	n, err := strconv.Atoi(name)
	if !isXML || err != nil || n < 1 {
		return tidings.ErrNotFound
	}
	return s.mapped(w, r, s.partURL(n), func() (any, error) {
		lists, releases, err := s.extent(r)
		switch {
		case err != nil:
			return nil, err
		case len(lists)+releases <= maxSitemapURLs || n > 1+(releases+maxSitemapURLs-1)/maxSitemapURLs:
			return nil, tidings.ErrNotFound
		case n == 1:
			return &urlset{URLs: lists[:min(len(lists), maxSitemapURLs)]}, nil
		}
		return s.sitemapOf(r.Context(), tidings.Query{Limit: maxSitemapURLs, Offset: (n - 2) * maxSitemapURLs})
	})
}

// mapped serves a sitemap at its canonical URL alone, made once for each mark.
func (s *site) mapped(w http.ResponseWriter, r *http.Request, canonical string, produce func() (any, error)) error {
	if !s.isAt(r, canonical) || r.URL.RawQuery != "" {
		return &movedError{to: canonical}
	}
	mark, err := s.Library.Mark(r.Context(), tidings.Selection{})
	if err != nil {
		return err
	}
	v, err := s.sitemaps.take(canonical, mark, func() (*version, int, error) {
		doc, err := produce()
		if err != nil {
			return nil, 0, err
		}
		v, err := sitemapVersion(doc)
		if err != nil {
			return nil, 0, err
		}
		v.zipped()
		return v, len(v.body) + len(v.gzip), nil
	})
	if err != nil {
		return err
	}
	v.serve(w, r, ofFeeds, time.Time{}) // it has no date
	return nil
}

func sitemapVersion(doc any) (*version, error) {
	body, err := xml.Marshal(doc)
	if err != nil {
		return nil, err
	}
	return newVersion("application/xml; charset=utf-8", append([]byte(xml.Header), body...), time.Time{}), nil
}

func (s *site) partURL(n int) string { return s.Site.URL("sitemaps", strconv.Itoa(n)+".xml") }

func (s *site) sitemapIndex(releases int) *sitemapIndex {
	index := &sitemapIndex{}
	for n := 1; n <= 1+(releases+maxSitemapURLs-1)/maxSitemapURLs; n++ {
		index.Parts = append(index.Parts, sitemapURL{Loc: s.partURL(n)})
	}
	return index
}

// extent is the lists of the site, by their first pages, and how many releases there are.
func (s *site) extent(r *http.Request) (lists []sitemapURL, releases int, err error) {
	urls := []string{s.Site.URL(), s.Site.URL("topics"), s.Site.FeedsURL()}
	topics, err := s.Library.Topics(r.Context())
	if err != nil {
		return nil, 0, err
	}
	for _, t := range inUse(topics) {
		urls = append(urls, s.Site.SelectionURL(tidings.Selection{Topic: t.Slug}))
	}
	for _, tag := range s.Site.Languages {
		urls = append(urls, s.Site.SelectionURL(tidings.Selection{Language: tag}))
	}
	offices, err := s.sharedOffices(r)
	if err != nil {
		return nil, 0, err
	}
	urls = append(urls, s.Site.OfficesURL())
	for _, o := range offices {
		urls = append(urls, s.Site.SelectionURL(tidings.Selection{Office: o.names[0]}))
	}
	months, err := s.months(r, 0)
	if err != nil {
		return nil, 0, err
	}
	urls = append(urls, s.Site.ArchiveURL(0, 0))
	for i, m := range months {
		if i == 0 || months[i-1].Year != m.Year {
			urls = append(urls, s.Site.ArchiveURL(m.Year, 0))
		}
		urls, releases = append(urls, m.URL), releases+m.Count
	}
	for _, u := range urls {
		lists = append(lists, sitemapURL{Loc: u})
	}
	return lists, releases, nil
}

// sitemapOf lists releases.
func (s *site) sitemapOf(ctx context.Context, q tidings.Query) (*urlset, error) {
	set := &urlset{XHTML: "http://www.w3.org/1999/xhtml"}
	addresses, err := s.Catalogue.Addresses(ctx, q)
	for i := range addresses {
		a := &addresses[i]
		u := sitemapURL{Loc: s.Site.ReleaseURL(a.Slug), LastMod: s.stamp(a.Updated)}
		for _, alt := range a.Alternates {
			u.Alternates = append(u.Alternates, sitemapLink{"alternate", alt.Language, s.Site.ReleaseURL(alt.Slug)})
		}
		if len(a.Alternates) > 0 {
			u.Alternates = append(u.Alternates, sitemapLink{"alternate", "x-default", s.fallback(a.Alternates)})
		}
		set.URLs = append(set.URLs, u)
	}
	return set, err
}

// newsmap lists what was published in the last two days, for news aggregators.
func (s *site) newsmap(w http.ResponseWriter, r *http.Request) error {
	if !s.isAt(r, s.newsURL()) || r.URL.RawQuery != "" {
		return &movedError{to: s.newsURL()}
	}
	addresses, err := s.Catalogue.Addresses(r.Context(), tidings.Query{From: s.Now().Add(-newsAge)})
	if err != nil {
		return err
	}
	set := &urlset{News: "http://www.google.com/schemas/sitemap-news/0.9"}
	for i := range addresses[max(0, len(addresses)-maxNewsURLs):] {
		a := &addresses[max(0, len(addresses)-maxNewsURLs)+i]
		set.URLs = append(set.URLs, sitemapURL{Loc: s.Site.ReleaseURL(a.Slug), News: &newsItem{
			Name: s.Site.Name(a.Language), Language: newsLanguage(a.Language), Date: s.stamp(a.Published), Title: a.Title,
		}})
	}
	v, err := sitemapVersion(set)
	if err != nil {
		return err
	}
	v.serve(w, r, ofFeeds, time.Time{}) // it has no date
	return nil
}

// newsLanguage is a language as Google's news sitemap wants it: ISO 639, and Chinese by its country.
func newsLanguage(tag string) string {
	lower := strings.ToLower(tag)
	base, _, _ := strings.Cut(lower, "-")
	switch {
	case base != "zh":
		return base
	case strings.Contains(lower, "hant"), strings.HasSuffix(lower, "-tw"), strings.HasSuffix(lower, "-hk"):
		return "zh-tw"
	}
	return "zh-cn"
}
