package templates

import (
	"strings"

	"github.com/tidings/tidings"
)

// FeedLinks are the feeds of a page for autodiscovery: the main feed in all formats, then the selection's.
func (s *Set) FeedLinks(
	site *tidings.Site, lang string, sel tidings.Selection, topics []tidings.Topic,
) ([]FeedLink, error) {
	w := s.speaks(lang).words
	selections := []tidings.Selection{{}}
	if sel != (tidings.Selection{}) {
		selections = append(selections, sel)
	}
	var links []FeedLink
	for _, sel := range selections {
		of, err := w.feedOf(site, sel, topics)
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

// feedsOf are a selection's feeds, titled by their formats.
func feedsOf(site *tidings.Site, sel tidings.Selection) []FeedLink {
	var links []FeedLink
	for _, f := range tidings.FeedFormats() {
		media, _, _ := strings.Cut(f.MediaType(), ";")
		links = append(links, FeedLink{Title: f.Name(), URL: site.FeedURL(sel, f), MediaType: media})
	}
	return links
}

// feedOf says what is in a feed.
func (w *words) feedOf(site *tidings.Site, sel tidings.Selection, topics []tidings.Topic) (string, error) {
	switch {
	case sel.Topic != "":
		return w.text("feed-of", "Name", w.topic(topics, sel.Topic))
	case sel.Language != "":
		return w.text("feed-of", "Name", languageName(sel.Language))
	case sel.Query != "":
		name, err := w.filter(sel.Query, site, topics)
		if err != nil {
			return "", err
		}
		return w.text("feed-of", "Name", name)
	}
	return w.text("feed-all")
}
