package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

const perPage = 20 // releases on a page of a list

// listing is a list that goes on page by page.
type listing struct {
	first    string             // URL of its first page
	language string             // of its pages' words
	feeds    tidings.Selection  // whose feeds it links beside the main ones
	shown    []tidings.Query    // what is on it; several are told as one, the newest first
	trail    []crumb            // where it stands, below the front page
	page     templates.ListPage // what it has of its own
}

func (s *site) front(w http.ResponseWriter, r *http.Request) error {
	return s.selected(w, r, tidings.Selection{}, nil)
}

func (s *site) topic(w http.ResponseWriter, r *http.Request) error {
	topics, err := s.Library.Topics(r.Context())
	if err != nil {
		return err
	}
	sel, err := topicOf(r.PathValue("slug"), topics)
	if err != nil {
		return err
	}
	return s.selected(w, r, sel, topics)
}

func (s *site) language(w http.ResponseWriter, r *http.Request) error {
	sel, err := s.languageOf(r.PathValue("tag"))
	if err != nil {
		return err
	}
	return s.selected(w, r, sel, nil)
}

// selected shows a list that has feeds of its own. topics may be nil: not read yet.
func (s *site) selected(w http.ResponseWriter, r *http.Request, sel tidings.Selection, topics []tidings.Topic) error {
	l := listing{
		first: s.Site.SelectionURL(sel), language: cmp.Or(sel.Language, s.Site.Language), feeds: sel,
		shown: []tidings.Query{{Selection: sel}}, page: templates.ListPage{Selection: sel},
	}
	if i := slices.IndexFunc(topics, func(t tidings.Topic) bool { return t.Slug == sel.Topic }); i >= 0 {
		l.trail = []crumb{{topics[i].Name(s.Templates.Match(l.language, s.Site.Language)), l.first}}
	}
	return s.list(w, r, &l)
}

// list shows the page of a list that the request names, at its canonical URL alone.
func (s *site) list(w http.ResponseWriter, r *http.Request, l *listing) error {
	n, err := s.pageNumber(r, l.first)
	if err != nil {
		return err
	}
	p := &l.page
	for _, q := range l.shown {
		count, err := s.Library.Count(r.Context(), q)
		if err != nil {
			return err
		}
		p.Total += count
	}
	last := max(1, (p.Total+perPage-1)/perPage)
	if n > last {
		return tidings.ErrNotFound
	}
	topics, err := s.Library.Topics(r.Context())
	if err != nil {
		return err
	}
	if p.Releases, err = s.pageful(r.Context(), l.shown, n); err != nil {
		return err
	}
	p.Topics, p.Number, p.Last = inUse(topics), n, last
	s.fold(p, l.language)
	for i := range p.Releases {
		withoutEnded(&p.Releases[i], p.Topics)
		abridge(&p.Releases[i])
	}
	if p.Page, err = s.pageOf(l.language, l.feeds, topics); err != nil {
		return err
	}
	p.Canonical, p.Shows = s.Site.PageURL(l.first, n), l.page.Selection.Language
	if n == 1 && l.first == s.Site.SelectionURL(s.Templates.Home(s.Site, p.Language)) {
		p.Here = templates.AtReleases
	}
	if n > 1 {
		p.Newer = s.Site.PageURL(l.first, n-1)
	}
	if n < last {
		p.Older = s.Site.PageURL(l.first, n+1)
	}
	p.Data = s.dataOfList(p, l.trail)
	return show(w, r, s.Templates.List, p)
}

// pageful is the releases of one page.
func (s *site) pageful(ctx context.Context, shown []tidings.Query, n int) ([]tidings.Release, error) {
	if len(shown) == 1 {
		q := shown[0]
		q.Limit, q.Offset = perPage, (n-1)*perPage
		return s.Library.Releases(ctx, q)
	}
	var all []tidings.Release
	for _, q := range shown { // each might fill all pages up to this one
		q.Limit = n * perPage
		some, err := s.Library.Releases(ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	slices.SortStableFunc(all, func(a, b tidings.Release) int {
		return cmp.Or(b.Published.Compare(a.Published), cmp.Compare(b.Seq, a.Seq))
	})
	return all[min((n-1)*perPage, len(all)):min(n*perPage, len(all))], nil
}

// pageNumber reads which page of the list that begins at first the request names, in its path, or as pages were once named,
// in ?page=. Other parameters change nothing, as those that newsletters and portals add.
func (s *site) pageNumber(r *http.Request, first string) (int, error) {
	named, asked := r.PathValue("n"), r.URL.Query().Get("page")
	number := cmp.Or(named, asked, "1")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 {
		return 0, tidings.ErrNotFound
	}
	if canonical := s.Site.PageURL(first, n); asked != "" || !s.isAt(r, canonical) {
		return 0, &movedError{to: canonical}
	}
	return n, nil
}

// What a release may say of itself in a list, in octets: a page of twenty stays a page. Hangul says twice as much in a
// character as Latin does, and has three octets.
const (
	maxListedTitle   = 360
	maxListedSummary = 460
)

// listedLead is how many characters of a text introduce a release that has no summary.
const listedLead = 280

// abridge leaves of a release what a list shows.
func abridge(r *tidings.Release) {
	r.Title = shorten(r.Title, maxListedTitle)
	r.Summary = shorten(r.Lead(listedLead), maxListedSummary)
	r.Body = tidings.Body{}
}

// shorten is the beginning of a text, in so many octets: whole words, unless they are very long.
func shorten(s string, octets int) string {
	const ellipsis = "…"
	if len(s) <= octets {
		return s
	}
	end := octets - len(ellipsis)
	for !utf8.RuneStart(s[end]) {
		end--
	}
	if word := strings.LastIndexByte(s[:end+1], ' '); word > octets/2 {
		end = word
	}
	return strings.TrimRight(s[:end], " ,;:–—") + ellipsis
}
