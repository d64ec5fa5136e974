package config

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Source is a feed of another site whose entries become releases here.
type Source struct {
	URL       string
	Topics    []string      // slugs that each entry gets besides its own
	Every     time.Duration // how often it is asked, when nothing speaks against it
	Language  string        // of its entries, whatever they say; empty: as they say, else the site's
	Office    string        // that the entries are from; empty: none
	MailFirst bool          // what is there at the first visit is mailed; else it is an archive
	Private   bool          // it may be in a private network
}

// How often a source may be asked.
const (
	usualEvery = 30 * time.Minute
	leastEvery = 5 * time.Minute
	mostEvery  = 7 * 24 * time.Hour
)

var topicSlug = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// sourceKeys fill one source. The reason why a value cannot be taken is "" where it can.
func sourceKeys(s *Source) map[string]func(v any) (reason string) {
	text := func(place *string) func(any) string { return func(v any) string { return key{text: place}.set(v) } }
	choice := func(place *bool) func(any) string { return func(v any) string { return key{flag: place}.set(v) } }
	return map[string]func(any) string{
		"url": text(&s.URL), "language": text(&s.Language), "office": text(&s.Office),
		"topics":     func(v any) string { return key{list: &s.Topics}.set(v) },
		"mail_first": choice(&s.MailFirst), "private": choice(&s.Private),
		"every": func(v any) (reason string) {
			written, _ := v.(string)
			every, err := time.ParseDuration(written)
			if err != nil || every < leastEvery || every > mostEvery {
				return `must be a time between "5m" and "168h", such as "30m" or "6h"`
			}
			s.Every = every
			return ""
		},
	}
}

// readSources takes the [[source]] tables out of the values.
func (p *problems) readSources(data []byte, values map[string]any, c *Config) {
	p.readTables(data, values, "source", func() map[string]func(any) string {
		c.Sources = append(c.Sources, Source{Every: usualEvery})
		return sourceKeys(&c.Sources[len(c.Sources)-1])
	})
}

func (p *problems) checkSources(c *Config) {
	for i, s := range c.Sources {
		at := func(k string) string { return tableKey("source", i, k) }
		u, err := url.Parse(s.URL)
		switch {
		case s.URL == "":
			p.add(at("url"), "is missing: write the address of the feed")
		case err != nil || u.Scheme != "https" && u.Scheme != "http" || !isHost(u.Hostname()) || u.Port() != "" && !isPort(u.Port()):
			p.add(at("url"), "must be a whole address, such as https://www.example.org/feed.xml")
		case u.User != nil:
			p.add(at("url"), "must not hold a user or a password: they would stand in logs")
		case slices.ContainsFunc(c.Sources[:i], func(o Source) bool { return o.URL == s.URL }):
			p.add(at("url"), "stands here a second time")
		case c.base != nil && strings.EqualFold(u.Host, c.base.Host):
			p.add(at("url"), "is of this site itself: its releases would go in a circle")
		}
		for _, slug := range s.Topics {
			if !topicSlug.MatchString(slug) {
				p.add(at("topics"), "%q is no topic's slug: lower-case letters and digits with hyphens between", slug)
			}
		}
		if s.Language != "" {
			p.language(at("language"), s.Language)
		}
		p.oneLine(at("office"), s.Office)
	}
}
