package templates

import (
	"fmt"
	"strings"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/tidings/tidings"
)

// words is one language's catalogue.
type words struct {
	tag       string
	localizer *i18n.Localizer
	all       *catalogues // of which this is one
}

// text is the message of a key. The pairs are names and values for its gaps.
func (w *words) text(key string, pairs ...any) (string, error) {
	return w.say(&i18n.LocalizeConfig{MessageID: key}, pairs)
}

// plural is the message of a key for a number of things, which is its gap PluralCount, as the language writes it.
func (w *words) plural(key string, count int, pairs ...any) (string, error) {
	return w.say(&i18n.LocalizeConfig{MessageID: key, PluralCount: count}, append(pairs, "PluralCount", w.number(count)))
}

func (w *words) say(m *i18n.LocalizeConfig, pairs []any) (string, error) {
	if len(pairs)%2 != 0 {
		return "", fmt.Errorf("%s: a name without a value", m.MessageID)
	}
	gaps := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		gaps[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	m.TemplateData = gaps
	s, err := w.localizer.Localize(m)
	if err != nil {
		return "", fmt.Errorf("locales/%s.toml: %w", w.tag, err)
	}
	return s, nil
}

// date is the day of an instant in the site's zone.
func (w *words) date(site *tidings.Site, t time.Time) (string, error) {
	return w.dateBy("date", site, t)
}

func (w *words) dateTime(site *tidings.Site, t time.Time) (string, error) {
	return w.dateBy("date-time", site, t)
}

func (w *words) dateBy(key string, site *tidings.Site, t time.Time) (string, error) {
	t = t.In(zone(site))
	month, err := w.monthName(t.Month())
	if err != nil {
		return "", err
	}
	return w.text(key, "Year", t.Year(), "Month", month, "Day", t.Day(), "Time", t.Format("15:04"))
}

// monthName is a month without its year.
func (w *words) monthName(m time.Month) (string, error) {
	months, err := w.text("months")
	if err != nil {
		return "", err
	}
	names := strings.Fields(months)
	if len(names) != 12 {
		return "", fmt.Errorf("locales/%s.toml: months must be twelve names, not %d", w.tag, len(names))
	}
	return names[m-1], nil
}

func (w *words) month(year int, m time.Month) (string, error) {
	name, err := w.monthName(m)
	if err != nil {
		return "", err
	}
	return w.text("month-of-year", "Year", year, "Month", name)
}

func (w *words) year(year int) (string, error) { return w.text("year", "Year", year) }

// number is a count as the language writes it: "1,234".
func (w *words) number(n int) string {
	return message.NewPrinter(language.Make(w.tag)).Sprintf("%d", n)
}

// zone is the site's, or UTC where it has none.
func zone(site *tidings.Site) *time.Location {
	if site.Zone == nil {
		return time.UTC
	}
	return site.Zone
}

// cadence names a cadence within a sentence; those that are not ours are named as the operator named them.
func (w *words) cadence(name string) (string, error) {
	switch name {
	case tidings.Immediate:
		return w.text("cadence-immediate")
	case tidings.Daily:
		return w.text("cadence-daily")
	case tidings.Weekly:
		return w.text("cadence-weekly")
	case tidings.Monthly:
		return w.text("cadence-monthly")
	}
	return line(name), nil
}

// digest is the headline of a cadence's mails.
func (w *words) digest(name string) (string, error) {
	switch name {
	case tidings.Immediate:
		return w.text("digest-immediate")
	case tidings.Daily:
		return w.text("digest-daily")
	case tidings.Weekly:
		return w.text("digest-weekly")
	case tidings.Monthly:
		return w.text("digest-monthly")
	}
	return w.text("digest-other", "Cadence", line(name))
}

// releasesIn names a language's releases in that language; empty where there is no catalogue of it.
func (w *words) releasesIn(tag string) (string, error) {
	base, _ := language.Make(tag).Base()
	for _, ours := range w.all.languages {
		if b, _ := language.Make(ours).Base(); b == base {
			return w.all.speak(ours).text("list-in-language", "Language", languageName(tag))
		}
	}
	return "", nil
}

// list joins names as the language does.
func (w *words) list(names []string) (string, error) {
	sep, err := w.text("list-separator")
	if err != nil {
		return "", err
	}
	clean := make([]string, len(names))
	for i, n := range names {
		clean[i] = line(n)
	}
	return strings.Join(clean, sep), nil
}

// section names a section of a digest. That of no topic is either all there is, or the rest.
func (w *words) section(m *DigestMail, sec Section) (string, error) {
	switch {
	case sec.Changes:
		return w.text("section-changes")
	case sec.Topic != "":
		return line(sec.Topic), nil
	case len(m.Sections) == 1 || len(m.Sections) == 2 && m.Sections[0].Changes:
		return w.plural("section-new", len(sec.Releases))
	}
	return w.plural("section-other", len(sec.Releases))
}

// title is a release's title; a link must have a text.
func (w *words) title(r MailRelease) (string, error) {
	if title := line(r.Title); title != "" {
		return title, nil
	}
	return w.text("no-title")
}

// topic names a topic by its slug.
func (w *words) topic(topics []tidings.Topic, slug string) string {
	for i := range topics {
		if topics[i].Slug == slug {
			return line(topics[i].Name(w.tag))
		}
	}
	return slug
}
