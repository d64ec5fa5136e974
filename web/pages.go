package web

import (
	"io"
	"net/http"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

// page is what all pages share; language is that of what the page shows.
func (s *site) page(language string) templates.Page {
	p := templates.Page{Site: s.Site, Language: s.Templates.Match(language, s.Site.Language)}
	if s.subscribeURL() != "" {
		p.Subscribe = s.Site.SubscribeURL(tidings.Selection{}, s.Templates.Home(s.Site, p.Language).Language)
	}
	return p
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

// plain is a page that is neither a list of releases nor one of them.
func (s *site) plain(r *http.Request, canonical string, here templates.Place) (templates.Page, error) {
	topics, err := s.Library.Topics(r.Context())
	if err != nil {
		return templates.Page{}, err
	}
	p, err := s.pageOf(s.Site.Language, tidings.Selection{}, topics)
	p.Canonical, p.Here = canonical, here
	return p, err
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
