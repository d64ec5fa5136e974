package templates

import (
	"fmt"
	"html"
	"html/template"
	"net/url"
	"strings"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/tidings/tidings"
)

// words is one language's catalogue.
type words struct {
	tag       string
	localizer *i18n.Localizer
}

// text is the message of a key. The pairs are names and values for its gaps.
func (w *words) text(key string, pairs ...any) (string, error) {
	return w.say(&i18n.LocalizeConfig{MessageID: key}, pairs)
}

// plural is the message of a key for a number of things, which is its gap PluralCount.
func (w *words) plural(key string, count int, pairs ...any) (string, error) {
	return w.say(&i18n.LocalizeConfig{MessageID: key, PluralCount: count}, append(pairs, "PluralCount", count))
}

func (w *words) say(message *i18n.LocalizeConfig, pairs []any) (string, error) {
	if len(pairs)%2 != 0 {
		return "", fmt.Errorf("%s: a name without a value", message.MessageID)
	}
	gaps := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		gaps[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	message.TemplateData = gaps
	s, err := w.localizer.Localize(message)
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
	months, err := w.text("months")
	if err != nil {
		return "", err
	}
	names := strings.Fields(months)
	if len(names) != 12 {
		return "", fmt.Errorf("locales/%s.toml: months must be twelve names, not %d", w.tag, len(names))
	}
	return w.text(key, "Year", t.Year(), "Month", names[t.Month()-1], "Day", t.Day(), "Time", t.Format("15:04"))
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
func (w *words) section(m *DigestMail, topic string) (string, error) {
	switch {
	case topic != "":
		return line(topic), nil
	case len(m.Sections) == 1:
		return w.text("section-new")
	}
	return w.text("section-other")
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

// funcsOf is what templates may call besides the built-in functions.
func funcsOf(w *words, cssPath string) map[string]any {
	return map[string]any{
		// Words.
		"t": w.text, "n": w.plural, "lang": func() string { return w.tag },
		"date": w.date, "dateTime": w.dateTime, "cadence": w.cadence, "digest": w.digest,
		"section": w.section, "title": w.title, "list": w.list, "topic": w.topic, "languageName": languageName, "tongue": tongue,
		"topicName": func(t *tidings.Topic) string { return line(t.Name(w.tag)) },
		"siteName":  func(site *tidings.Site) string { return line(site.Name(w.tag)) },
		// Text.
		"line": line, "fold": fold, "cut": cut, "indent": indent, "underline": underline,
		"wrap":  func(s string) string { return wrap(s, textWidth) },
		"lead":  lead,
		"size":  size,
		"stamp": func(site *tidings.Site, t time.Time) string { return t.In(zone(site)).Format(time.RFC3339) },
		"day":   func(site *tidings.Site, t time.Time) string { return t.In(zone(site)).Format(time.DateOnly) },
		// Places.
		"css": func(site *tidings.Site) string { return strings.TrimSuffix(site.Base.EscapedPath(), "/") + cssPath },
		"all": func() tidings.Selection { return tidings.Selection{} },
		"topicSelection": func(slug string) tidings.Selection {
			return tidings.Selection{Topic: slug}
		},
		"languageSelection": func(tag string) tidings.Selection { return tidings.Selection{Language: tag} },
		"formats":           tidings.FeedFormats,
		"feeds":             feedsOf,
		"tel":               tel,
		"typed":             typed,
		"trusted":           func(b tidings.Body) template.HTML { return template.HTML(b.HTML) }, //nolint:gosec // sanitised at ingest
	}
}

// languageName is a language's name in itself: "한국어".
func languageName(tag string) string {
	t, err := language.Parse(tag)
	if err != nil {
		return line(tag)
	}
	if name := display.Self.Name(t); name != "" {
		return name
	}
	return line(tag)
}

// tongue is a lang attribute's value. What is no language tag becomes empty, which says that the language is unknown.
func tongue(tag string) string {
	t, err := language.Parse(tag)
	if err != nil {
		return ""
	}
	return t.String()
}

// lead is what introduces a release in a list: its summary, else the start of its text.
func lead(r *tidings.Release) string {
	if s := cut(r.Summary, leadMost); s != "" {
		return s
	}
	first, _, _ := strings.Cut(strings.TrimSpace(r.Body.Text), "\n\n")
	return cut(first, leadMost)
}

// size is a file's size for people, in decimal units.
func size(octets int64) string {
	n, unit := float64(octets), "B"
	for _, next := range []string{"kB", "MB", "GB"} {
		if n < 1000 {
			break
		}
		n, unit = n/1000, next
	}
	if unit == "B" || n >= 10 {
		return fmt.Sprintf("%.0f %s", n, unit)
	}
	return fmt.Sprintf("%.1f %s", n, unit)
}

// tel is the tel: URL of a phone number (RFC 3966), or empty where there is no global number in it.
func tel(phone string) template.URL {
	if !strings.HasPrefix(phone, "+") {
		return ""
	}
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, phone)
	return template.URL("tel:+" + url.PathEscape(digits)) //nolint:gosec // digits alone
}

// feedsOf are a selection's feeds, titled by their formats.
func feedsOf(site *tidings.Site, sel tidings.Selection) []FeedLink {
	var links []FeedLink
	for _, f := range tidings.FeedFormats() {
		media, _, _ := strings.Cut(f.MediaType(), ";")
		links = append(links, FeedLink{Title: f.Name(), URL: site.FeedURL(sel, f), MediaType: media})
	}
	return links
}

// typed is a type attribute. html/template would write the + of a media type as a reference, which is the same to a
// parser but not to the many programs that look for feeds without one.
func typed(mediaType string) template.HTMLAttr {
	return template.HTMLAttr(`type="` + html.EscapeString(line(mediaType)) + `"`) //nolint:gosec // escaped
}

// FeedLinks are the feeds of a page for autodiscovery: the main feed in all formats, then the selection's.
func (s *Set) FeedLinks(site *tidings.Site, lang string, sel tidings.Selection, topics []tidings.Topic) ([]FeedLink, error) {
	w := s.speaks(lang).words
	selections := []tidings.Selection{{}}
	if sel != (tidings.Selection{}) {
		selections = append(selections, sel)
	}
	var links []FeedLink
	for _, sel := range selections {
		of, err := w.feedOf(sel, topics)
		if err != nil {
			return nil, err
		}
		for _, l := range feedsOf(site, sel) {
			l.Title, err = w.text("feed-title", "Site", line(site.Name(w.tag)), "Of", of, "Format", l.Title)
			if err != nil {
				return nil, err
			}
			links = append(links, l)
		}
	}
	return links, nil
}

// feedOf says what is in a feed.
func (w *words) feedOf(sel tidings.Selection, topics []tidings.Topic) (string, error) {
	switch {
	case sel.Topic != "":
		return w.text("feed-of", "Name", w.topic(topics, sel.Topic))
	case sel.Language != "":
		return w.text("feed-of", "Name", languageName(sel.Language))
	}
	return w.text("feed-all")
}
