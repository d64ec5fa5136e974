package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

const leadLength = 300 // characters of a release that search engines are told

func (s *site) release(w http.ResponseWriter, r *http.Request) error {
	release, err := s.released(r, r.PathValue("slug"))
	if err != nil {
		return err
	}
	if canonical := s.Site.ReleaseURL(release.Slug); !s.isAt(r, canonical) {
		return &movedError{to: canonical}
	}
	topics, err := s.Library.Topics(r.Context())
	if err != nil {
		return err
	}
	p := &templates.ReleasePage{Release: release, Topics: inUse(topics)}
	withoutEnded(&p.Release, p.Topics)
	if p.Page, err = s.pageOf(release.Language, tidings.Selection{}, topics); err != nil {
		return err
	}
	p.Canonical, p.Shows = s.Site.ReleaseURL(release.Slug), release.Language
	p.Description = release.Lead(leadLength)
	others, err := s.Stacks.Alternates(r.Context(), release.ID)
	if err != nil {
		return err
	}
	s.linkAlternates(&p.Page, &release, others)
	p.Card = s.cardOf(&release)
	p.Data = s.dataOfRelease(&release, p.Card)
	return show(w, r, s.Templates.Release, p)
}

// released finds the public release that has, or once had, this slug, whatever its letters' case; gone when it is withdrawn.
func (s *site) released(r *http.Request, slug string) (tidings.Release, error) {
	release, err := s.Library.Release(r.Context(), slug)
	if lower := strings.ToLower(slug); errors.Is(err, tidings.ErrNotFound) && lower != slug {
		release, err = s.Library.Release(r.Context(), lower)
	}
	if !errors.Is(err, tidings.ErrWithdrawn) {
		return release, err
	}
	gone := &goneError{release: &release}
	if release.Successor != "" {
		successor, err := s.Library.Release(r.Context(), release.Successor)
		switch {
		case err == nil:
			gone.successor = &successor
		case !errors.Is(err, tidings.ErrNotFound) && !errors.Is(err, tidings.ErrWithdrawn):
			return release, err
		}
	}
	return release, gone
}

// linkAlternates names the release in its other languages. Readers of yet another one are sent to that in the site's own.
func (s *site) linkAlternates(p *templates.Page, r *tidings.Release, others []tidings.Alternate) {
	if len(others) == 0 {
		return
	}
	all := append(others, tidings.Alternate{Language: r.Language, Slug: r.Slug, Title: r.Title})
	slices.SortStableFunc(all, func(a, b tidings.Alternate) int { return strings.Compare(a.Language, b.Language) })
	for _, a := range all {
		p.Alternates = append(p.Alternates, s.alternateLink(a))
	}
	p.Fallback = s.fallback(all)
}

func (s *site) alternateLink(a tidings.Alternate) templates.AlternateLink {
	return templates.AlternateLink{Language: a.Language, Title: a.Title, URL: s.Site.ReleaseURL(a.Slug)}
}

// fallback is the URL for readers of none of the languages: the same on the pages of all.
func (s *site) fallback(all []tidings.Alternate) string {
	i := slices.IndexFunc(all, func(a tidings.Alternate) bool { return strings.EqualFold(a.Language, s.Site.Language) })
	return s.Site.ReleaseURL(all[max(0, i)].Slug)
}
