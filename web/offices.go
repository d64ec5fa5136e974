package web

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

// An office that several names lead to: people write "Trade Policy Division" and "Trade policy division".
type sharedOffice struct {
	slug  string
	names []string // as releases have them, the most frequent first
	count int
}

// sharedOffices are those of public releases that have a page, by name. A name without a letter or a digit has none.
func (s *site) sharedOffices(r *http.Request) ([]sharedOffice, error) {
	counts, err := s.Stacks.Offices(r.Context())
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(counts, func(a, b tidings.OfficeCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Name, b.Name))
	})
	var all []sharedOffice
	place := map[string]int{}
	for _, c := range counts {
		slug := tidings.OfficeSlug(c.Name)
		if slug == "" {
			continue
		}
		i, known := place[slug]
		if !known {
			i = len(all)
			place[slug], all = i, append(all, sharedOffice{slug: slug})
		}
		all[i].names, all[i].count = append(all[i].names, c.Name), all[i].count+c.Count
	}
	slices.SortFunc(all, func(a, b sharedOffice) int { return strings.Compare(a.names[0], b.names[0]) })
	return all, nil
}

func (s *site) offices(w http.ResponseWriter, r *http.Request) error {
	all, err := s.sharedOffices(r)
	if err != nil {
		return err
	}
	p := &templates.OfficesPage{}
	for _, o := range all {
		p.Offices = append(p.Offices, tidings.OfficeCount{Name: o.names[0], Count: o.count})
	}
	if p.Page, err = s.plain(r, s.Site.OfficesURL(), templates.AtOffices); err != nil {
		return err
	}
	return show(w, r, s.Templates.Offices, p)
}

func (s *site) office(w http.ResponseWriter, r *http.Request) error {
	all, err := s.sharedOffices(r)
	if err != nil {
		return err
	}
	slug := tidings.OfficeSlug(r.PathValue("slug"))
	i := slices.IndexFunc(all, func(o sharedOffice) bool { return o.slug == slug })
	if i < 0 {
		return tidings.ErrNotFound
	}
	l := listing{language: s.Site.Language, page: templates.ListPage{Selection: tidings.Selection{Office: all[i].names[0]}}}
	l.first = s.Site.SelectionURL(l.page.Selection)
	l.trail = []crumb{{all[i].names[0], l.first}}
	for _, name := range all[i].names {
		l.shown = append(l.shown, tidings.Query{Selection: tidings.Selection{Office: name}})
	}
	return s.list(w, r, &l)
}
