package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

// archive shows all years and months.
func (s *site) archive(w http.ResponseWriter, r *http.Request) error {
	months, err := s.months(r, 0)
	if err != nil {
		return err
	}
	p := &templates.ArchivePage{}
	for _, m := range months {
		if n := len(p.Years); n == 0 || p.Years[n-1].Year != m.Year {
			p.Years = append(p.Years, templates.YearLink{Year: m.Year, URL: s.Site.ArchiveURL(m.Year, 0)})
		}
		y := &p.Years[len(p.Years)-1]
		y.Months, y.Count = append(y.Months, m), y.Count+m.Count
	}
	if p.Page, err = s.plain(r, s.Site.ArchiveURL(0, 0), templates.AtArchive); err != nil {
		return err
	}
	return show(w, r, s.Templates.Archive, p)
}

// months are those of a year, or with 0 of all years, the newest first.
func (s *site) months(r *http.Request, year int) ([]templates.MonthLink, error) {
	counts, err := s.Catalogue.Months(r.Context(), s.Site.Zone)
	if err != nil {
		return nil, err
	}
	var links []templates.MonthLink
	for _, c := range counts {
		if year == 0 || c.Year == year {
			links = append(links, templates.MonthLink{
				Year: c.Year, Month: c.Month, Count: c.Count, URL: s.Site.ArchiveURL(c.Year, c.Month),
			})
		}
	}
	return links, nil
}

func (s *site) year(w http.ResponseWriter, r *http.Request) error {
	year, err := numberTo(r.PathValue("year"), 9999)
	if err != nil {
		return err
	}
	return s.span(w, r, year, 0)
}

func (s *site) month(w http.ResponseWriter, r *http.Request) error {
	year, err := numberTo(r.PathValue("year"), 9999)
	if err != nil {
		return err
	}
	month, err := numberTo(r.PathValue("month"), 12)
	if err != nil {
		return err
	}
	return s.span(w, r, year, time.Month(month))
}

// numberTo reads a number from 1 to most.
func numberTo(text string, most int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, tidings.ErrNotFound
	}
	return n, nil
}

// span lists the releases of a year (month 0) or of a month. One without any is not there.
func (s *site) span(w http.ResponseWriter, r *http.Request, year int, month time.Month) error {
	from, until := s.Site.Span(year, month)
	l := listing{
		first: s.Site.ArchiveURL(year, month), language: s.Site.Language, shown: []tidings.Query{{From: from, Until: until}},
		trail: []crumb{{fmt.Sprintf("%04d", year), s.Site.ArchiveURL(year, 0)}}, page: templates.ListPage{Year: year, Month: month},
	}
	if month != 0 {
		l.trail = append(l.trail, crumb{fmt.Sprintf("%04d-%02d", year, month), l.first})
	}
	var err error
	if l.page.Months, err = s.months(r, year); err != nil {
		return err
	}
	if !slices.ContainsFunc(l.page.Months, func(m templates.MonthLink) bool { return month == 0 || m.Month == month }) {
		return tidings.ErrNotFound
	}
	return s.list(w, r, &l)
}
