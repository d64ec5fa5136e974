package web

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

// What a preview looks at.
const (
	previewDays   = 90
	maxPreviewed  = 300 // releases: more than these tell no more about how often
	previewTitles = 5
	maxEarlier    = 20 // releases: each may be there in several languages
	earlierTitles = 3
	daysOfMonth   = 30.44
)

// preview is what a choice would have brought lately: how many mails in a month, and what was in the last. Where that is nothing, it is
// what would have come before, or is about to. It takes part in what searches may cost.
func (s *site) preview(ctx context.Context, f tidings.Filter, e *templates.Entries, now time.Time) (*templates.Preview, error) {
	zone, err := zoneOf(e.Zone)
	if err != nil {
		return nil, err
	}
	cadence, _ := s.Cadences.Find(e.Cadence)
	since := now.AddDate(0, 0, -previewDays)
	p := &previewing{cadence: cadence, hour: e.Hour, zone: zone, now: now, days: previewDays, language: e.Language}
	var preview *templates.Preview
	err = s.searching(ctx, func(ctx context.Context) error {
		hits, err := s.Searcher.Search(ctx, lately(f, since.In(s.Site.Zone)), s.Site.Zone, maxPreviewed, 0)
		if err != nil {
			return err
		}
		if n := len(hits.Releases); n == maxPreviewed { // there may be more: these go back so far
			if oldest := hits.Releases[n-1].Published; oldest.After(since) {
				p.days = now.Sub(oldest).Hours() / 24
			}
		}
		if preview = inMails(hits.Releases, p); len(preview.Releases) > 0 {
			return nil
		}
		before, err := s.Searcher.Search(ctx, f, s.Site.Zone, maxEarlier, 0)
		preview.Earlier, preview.Coming = p.earlier(before.Releases)
		return err
	})
	if err != nil {
		return nil, err
	}
	return preview, nil
}

// earlier is what is shown in place of a mail that there was not, of releases, the newest first: those that are about to come, or else
// the last that would have come.
func (p *previewing) earlier(releases []tidings.Release) (shown []tidings.Release, coming bool) {
	for i := range releases {
		r := &releases[i]
		if ahead := p.due(r.Published).After(p.now); ahead == coming || len(shown) == 0 {
			coming, shown = ahead, p.once(shown, r)
		}
	}
	shown = shown[:min(len(shown), earlierTitles)]
	for i := range shown {
		abridge(&shown[i])
	}
	return shown, coming
}

// lately narrows a filter to what is not older, where the language of filters has room for it.
func lately(f tidings.Filter, since time.Time) tidings.Filter {
	text := "after:" + since.Format(time.DateOnly)
	if !f.IsZero() {
		text += " (" + f.String() + ")"
	}
	if narrow, err := tidings.ParseFilter(text); err == nil {
		return narrow
	}
	return f
}

// previewing is what a preview counts by.
type previewing struct {
	cadence  tidings.Cadence
	hour     int
	zone     *time.Location
	now      time.Time
	days     float64
	language string // of the mails
}

// due is when a release that was published then would have come.
func (p *previewing) due(published time.Time) time.Time {
	if p.cadence.Name == tidings.Immediate {
		return published.Truncate(time.Minute) // what is published together comes together
	}
	return p.cadence.Next(time.Time{}, published, p.zone, p.hour)
}

// inMails sorts releases, the newest first, into the mails that they would have come in.
func inMails(releases []tidings.Release, p *previewing) *templates.Preview {
	preview := &templates.Preview{Days: previewDays}
	oldest := p.now.Add(-time.Duration(p.days * 24 * float64(time.Hour)))
	var last []tidings.Release
	mails := map[int64]bool{}
	for i := range releases {
		r := &releases[i]
		due := p.due(r.Published)
		if due.After(p.now) || r.Published.Before(oldest) {
			continue
		}
		if len(mails) == 0 {
			preview.Date = due
		}
		mails[due.UnixNano()] = true
		if due.Equal(preview.Date) {
			last = p.once(last, r)
		}
	}
	preview.Mails = int(math.Round(float64(len(mails)) * daysOfMonth / p.days))
	preview.Releases, preview.More = last[:min(len(last), previewTitles)], max(0, len(last)-previewTitles)
	for i := range preview.Releases {
		abridge(&preview.Releases[i])
	}
	return preview
}

// once adds a release to a mail, in the reader's language where it is there in several.
func (p *previewing) once(mail []tidings.Release, r *tidings.Release) []tidings.Release {
	same := slices.IndexFunc(mail, func(other tidings.Release) bool {
		return r.Translation != "" && other.Translation == r.Translation
	})
	switch {
	case same < 0:
		return append(mail, *r)
	case r.Language == p.language:
		mail[same] = *r
	}
	return mail
}
