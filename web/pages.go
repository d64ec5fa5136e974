package web

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

const (
	perPage    = 20  // releases on a page of a list
	leadLength = 300 // characters of a release that search engines are told
)

// page is what all pages share; language is that of what the page shows.
func (s *site) page(language string) templates.Page {
	return templates.Page{Site: s.Site, Language: s.Templates.Match(language, s.Site.Language)}
}

// pageOf is a page that feeds belong to.
func (s *site) pageOf(language string, sel tidings.Selection, topics []tidings.Topic) (templates.Page, error) {
	p := s.page(language)
	var err error
	p.Feeds, err = s.Templates.FeedLinks(s.Site, p.Language, sel, topics)
	return p, err
}

// show renders a page and sends it, or 304 to whoever has it.
func show[P any](w http.ResponseWriter, r *http.Request, into func(io.Writer, P) error, page P) error {
	body, err := render(into, page)
	if err != nil {
		return err
	}
	newVersion("text/html; charset=utf-8", body, time.Time{}).serve(w, r, ofPages, time.Time{}) // it has no date
	return nil
}

func (s *site) front(w http.ResponseWriter, r *http.Request) error {
	topics, err := s.Library.Topics(r.Context())
	if err != nil {
		return err
	}
	return s.list(w, r, tidings.Selection{}, topics)
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
	return s.list(w, r, sel, topics)
}

func (s *site) language(w http.ResponseWriter, r *http.Request) error {
	sel, err := s.languageOf(r.PathValue("tag"))
	if err != nil {
		return err
	}
	topics, err := s.Library.Topics(r.Context())
	if err != nil {
		return err
	}
	return s.list(w, r, sel, topics)
}

// list shows one page of a selection, at its canonical URL alone.
func (s *site) list(w http.ResponseWriter, r *http.Request, sel tidings.Selection, topics []tidings.Topic) error {
	n, canonical, err := s.pageNumber(r, sel)
	if err != nil {
		return err
	}
	total, err := s.Library.Count(r.Context(), tidings.Query{Selection: sel})
	if err != nil {
		return err
	}
	last := max(1, (total+perPage-1)/perPage)
	if n > last {
		return tidings.ErrNotFound
	}
	releases, err := s.Library.Releases(r.Context(), tidings.Query{Selection: sel, Limit: perPage, Offset: (n - 1) * perPage})
	if err != nil {
		return err
	}
	used := inUse(topics)
	for i := range releases {
		withoutEnded(&releases[i], used)
	}
	language := sel.Language
	if language == "" {
		language = s.Site.Language
	}
	page, err := s.pageOf(language, sel, topics)
	if err != nil {
		return err
	}
	page.Canonical = canonical
	if sel == (tidings.Selection{}) && n == 1 {
		page.Here = templates.AtReleases
	}
	p := &templates.ListPage{Page: page, Selection: sel, Topics: used, Releases: releases, Total: total}
	if n > 1 {
		p.Newer = s.listURL(sel, n-1)
	}
	if n < last {
		p.Older = s.listURL(sel, n+1)
	}
	return show(w, r, s.Templates.List, p)
}

// pageNumber reads ?page=. Other parameters change nothing, as those that newsletters and portals add.
func (s *site) pageNumber(r *http.Request, sel tidings.Selection) (n int, canonical string, err error) {
	n = 1
	given := r.URL.Query().Get("page")
	if given != "" {
		if n, err = strconv.Atoi(given); err != nil || n < 1 {
			return 0, "", tidings.ErrNotFound
		}
	}
	canonical = s.listURL(sel, n)
	if !s.isAt(r, canonical) || given != "" && (n == 1 || given != strconv.Itoa(n)) {
		return 0, "", &movedError{to: canonical}
	}
	return n, canonical, nil
}

func (s *site) listURL(sel tidings.Selection, n int) string {
	if n == 1 {
		return s.Site.SelectionURL(sel)
	}
	return s.Site.SelectionURL(sel) + "?page=" + strconv.Itoa(n)
}

func (s *site) topics(w http.ResponseWriter, r *http.Request) error {
	topics, err := s.Library.Topics(r.Context())
	if err != nil {
		return err
	}
	p := &templates.TopicsPage{}
	if p.Page, err = s.pageOf(s.Site.Language, tidings.Selection{}, topics); err != nil {
		return err
	}
	p.Canonical, p.Here = s.Site.URL("topics"), templates.AtTopics
	for _, t := range inUse(topics) {
		n, err := s.Library.Count(r.Context(), tidings.Query{Selection: tidings.Selection{Topic: t.Slug}})
		if err != nil {
			return err
		}
		p.Topics = append(p.Topics, templates.TopicCount{Topic: t, Count: n})
	}
	return show(w, r, s.Templates.Topics, p)
}

func (s *site) release(w http.ResponseWriter, r *http.Request) error {
	slug := r.PathValue("slug")
	release, err := s.Library.Release(r.Context(), slug)
	if lower := strings.ToLower(slug); errors.Is(err, tidings.ErrNotFound) && lower != slug {
		release, err = s.Library.Release(r.Context(), lower)
	}
	switch {
	case errors.Is(err, tidings.ErrWithdrawn):
		return &goneError{release: &release}
	case err != nil:
		return err
	case release.Slug != slug:
		return &movedError{to: s.Site.ReleaseURL(release.Slug)}
	}
	topics, err := s.Library.Topics(r.Context())
	if err != nil {
		return err
	}
	page, err := s.pageOf(release.Language, tidings.Selection{}, topics)
	if err != nil {
		return err
	}
	page.Canonical = s.Site.ReleaseURL(slug)
	page.Description = release.Lead(leadLength)
	used := inUse(topics)
	withoutEnded(&release, used)
	return show(w, r, s.Templates.Release, &templates.ReleasePage{Page: page, Release: release, Topics: used})
}

func (s *site) aboutFeeds(w http.ResponseWriter, r *http.Request) error {
	topics, err := s.Library.Topics(r.Context())
	if err != nil {
		return err
	}
	page, err := s.pageOf(s.Site.Language, tidings.Selection{}, topics)
	if err != nil {
		return err
	}
	page.Canonical, page.Here = s.Site.FeedsURL(), templates.AtFeeds
	return show(w, r, s.Templates.Feeds, &templates.FeedsPage{Page: page, Topics: inUse(topics)})
}

// elsewhere is every path that is none of ours, or one of ours in capitals.
func (s *site) elsewhere(_ http.ResponseWriter, r *http.Request) error {
	if lower := strings.ToLower(r.URL.Path); lower != r.URL.Path {
		return &movedError{to: s.at(lower, r.URL.RawQuery)}
	}
	return tidings.ErrNotFound
}
