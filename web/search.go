package web

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

// What a search may be at most.
const (
	maxQuery       = 300 // characters
	maxSearchPage  = 50
	maxSearches    = 2 // at once: others wait, and all other pages find the database free
	searchPatience = 5 * time.Second
	snippetLength  = 240 // characters of a hit's text
)

// search finds releases by a filter, or by words as people write them.
func (s *site) search(w http.ResponseWriter, r *http.Request) error {
	q := strings.TrimSpace(strings.ToValidUTF8(r.URL.Query().Get("q"), ""))
	n, err := s.searchPage(r, q)
	if err != nil {
		return err
	}
	topics, err := s.Library.Topics(r.Context())
	if err != nil {
		return err
	}
	f, problem := understood(q)
	var sel tidings.Selection
	if found, ok := s.selectionOf(f); ok && stands(f, topics) == nil {
		sel = found
	}
	page, err := s.pageOf(cmp.Or(s.searchLanguage(r), s.Site.Language), sel, topics)
	if err != nil {
		return err
	}
	page.Here = templates.AtSearch
	p := &templates.SearchPage{Page: page, Query: shorten(q, 3*maxQuery), Topics: inUse(topics), Selection: sel, Number: n}
	p.Unknown = unknown(f, topics)
	switch {
	case problem != "":
		p.Problem = problem
	case !f.IsZero() && len(p.Unknown) == 0:
		if err := s.find(r.Context(), p, f, n); err != nil {
			return err
		}
	}
	w.Header().Set("X-Robots-Tag", "noindex")
	return show(w, r, s.Templates.Search, p)
}

// searchLanguage is the language that the reader came from, where it is not the site's own: ?lang= asks for the words of the page
// in it, and for no other releases. Empty: the site's.
func (s *site) searchLanguage(r *http.Request) string {
	asked := r.URL.Query().Get("lang")
	if asked == "" {
		return ""
	}
	return s.Templates.Home(s.Site, asked).Language
}

// unknown are the topics that a filter asks for and that never were.
func unknown(f tidings.Filter, topics []tidings.Topic) []string {
	return slices.DeleteFunc(f.Topics(), func(slug string) bool {
		return slices.ContainsFunc(topics, func(t tidings.Topic) bool { return t.Slug == slug })
	})
}

// searchPage is which page of the hits is asked for.
func (s *site) searchPage(r *http.Request, q string) (int, error) {
	given := r.URL.Query().Get("page")
	if given == "" {
		return 1, nil
	}
	n, err := strconv.Atoi(given)
	switch {
	case err != nil || n < 1 || n > maxSearchPage:
		return 0, tidings.ErrNotFound
	case n == 1 || q == "" || given != strconv.Itoa(n):
		return 0, &movedError{to: s.searchURL(q, s.searchLanguage(r), n)}
	}
	return n, nil
}

func (s *site) searchURL(q, language string, n int) string {
	first := templates.SearchURL(s.Site, language, q)
	if n == 1 || q == "" {
		return first
	}
	return first + "&" + url.Values{"page": {strconv.Itoa(n)}}.Encode()
}

// How one writes who knows the language of filters, and how many do who know that of other searches.
var (
	field    = regexp.MustCompile(`(?i)(^|[\s(-])(topic|lang|after|before):`)
	operator = regexp.MustCompile(`\b(AND|OR|NOT)\b`)
)

// understood reads a filter. What is none is sought as the words that are in it, unless it was meant as one or has none; then
// problem says what is wrong.
func understood(q string) (f tidings.Filter, problem string) {
	if utf8.RuneCountInString(q) > maxQuery {
		return f, "this is longer than " + strconv.Itoa(maxQuery) + " characters; make it shorter"
	}
	f, err := tidings.ParseFilter(q)
	if err == nil {
		return f, ""
	}
	if words := tidings.Words(operator.ReplaceAllString(q, " ")); len(words) > 0 && !field.MatchString(q) {
		if f, err := tidings.ParseFilter(`"` + strings.Join(words, `" "`) + `"`); err == nil {
			return f, ""
		}
	}
	return tidings.Filter{}, strings.TrimPrefix(err.Error(), "filter, ")
}

// find fills in the hits of page n.
func (s *site) find(ctx context.Context, p *templates.SearchPage, f tidings.Filter, n int) error {
	var hits tidings.Hits
	err := s.searching(ctx, func(ctx context.Context) (err error) {
		hits, err = s.Searcher.Search(ctx, f, s.Site.Zone, perPage, (n-1)*perPage)
		return err
	})
	if err != nil {
		return err
	}
	if n > 1 && len(hits.Releases) == 0 {
		return tidings.ErrNotFound
	}
	for i := range hits.Releases {
		r := &hits.Releases[i]
		hit := templates.Hit{Title: f.Highlight(shorten(r.Title, maxListedTitle)), Text: best(f, r)}
		withoutEnded(r, p.Topics)
		abridge(r)
		hit.Release = *r
		p.Hits = append(p.Hits, hit)
	}
	p.Total, p.More = hits.Total, hits.More
	if !hits.More {
		p.Last = min(maxSearchPage, max(1, (hits.Total+perPage-1)/perPage))
	}
	language := s.Templates.Home(s.Site, p.Language).Language
	if n > 1 {
		p.Newer = s.searchURL(p.Query, language, n-1)
	}
	if n < maxSearchPage && (hits.More || hits.Total > n*perPage) {
		p.Older = s.searchURL(p.Query, language, n+1)
	}
	return nil
}

// best is the piece of the summary, or else of the text, with a hit in it; or how the release begins.
func best(f tidings.Filter, r *tidings.Release) []tidings.Fragment {
	for _, text := range []string{r.Summary, r.Body.Text} {
		snippet := f.Snippet(text, snippetLength)
		if slices.ContainsFunc(snippet, func(part tidings.Fragment) bool { return part.Hit }) {
			return joined(snippet)
		}
	}
	return joined(f.Snippet(r.Lead(snippetLength), snippetLength))
}

// joined keeps an ellipsis at the beginning with the word behind it: a line might end between them, in Korean above all.
func joined(snippet []tidings.Fragment) []tidings.Fragment {
	const ellipsis, joiner = "…", "\u2060"
	if len(snippet) > 0 {
		if rest, cut := strings.CutPrefix(snippet[0].Text, ellipsis); cut {
			snippet[0].Text = ellipsis + joiner + rest
		}
	}
	return snippet
}
