package web

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
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
	page, err := s.plain(r, "", templates.AtSearch)
	if err != nil {
		return err
	}
	topics, err := s.Library.Topics(r.Context())
	if err != nil {
		return err
	}
	p := &templates.SearchPage{Page: page, Query: shorten(q, 3*maxQuery), Topics: inUse(topics)}
	f, problem := understood(q)
	switch {
	case problem != "":
		p.Problem = problem
	case !f.IsZero():
		if err := s.find(r.Context(), p, f, n); err != nil {
			return err
		}
	}
	w.Header().Set("X-Robots-Tag", "noindex")
	return show(w, r, s.Templates.Search, p)
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
		return 0, &movedError{to: s.searchURL(q, n)}
	}
	return n, nil
}

func (s *site) searchURL(q string, n int) string {
	if n == 1 || q == "" {
		return s.Site.SearchURL(q)
	}
	return s.Site.SearchURL(q) + "&" + url.Values{"page": {strconv.Itoa(n)}}.Encode()
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
	ctx, cancel := context.WithTimeout(ctx, searchPatience)
	defer cancel()
	select {
	case s.searches <- struct{}{}:
		defer func() { <-s.searches }()
	case <-ctx.Done():
		return ctx.Err()
	}
	hits, err := s.Searcher.Search(ctx, f, s.Site.Zone, perPage, (n-1)*perPage)
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
	if n > 1 {
		p.Newer = s.searchURL(p.Query, n-1)
	}
	if n < maxSearchPage && (hits.More || hits.Total > n*perPage) {
		p.Older = s.searchURL(p.Query, n+1)
	}
	return nil
}

// best is the piece of the summary, or else of the text, with a hit in it; or how the release begins.
func best(f tidings.Filter, r *tidings.Release) []tidings.Fragment {
	for _, text := range []string{r.Summary, r.Body.Text} {
		snippet := f.Snippet(text, snippetLength)
		for _, part := range snippet {
			if part.Hit {
				return snippet
			}
		}
	}
	return f.Snippet(r.Lead(snippetLength), snippetLength)
}
