package tidings

import (
	"encoding/base64"
	"net/url"
	"strings"
)

// Selection is what a feed or a listing shows: everything (the zero value), one topic, one language, one office (which has a page
// and no feed), or what a filter selects. One field is set at the most.
type Selection struct {
	Topic    string
	Language string
	Office   string // its name, as releases have it
	Query    string // the canonical text of a filter that is none of the others
}

// Filter is the selection in the filter language. Of an office, which the language does not know, it is that of everything.
func (sel Selection) Filter() string {
	switch {
	case sel.Topic != "":
		return "topic:" + sel.Topic
	case sel.Language != "":
		return "lang:" + sel.Language
	}
	return sel.Query
}

// FeedFormat is the format of a feed, and the ending of its URL.
type FeedFormat string

// The feed formats.
const (
	RSS  FeedFormat = "rss"  // RSS 2.0
	Atom FeedFormat = "atom" // RFC 4287
	JSON FeedFormat = "json" // JSON Feed 1.1
)

// FeedFormats are all of them, in the order that pages list them.
func FeedFormats() []FeedFormat { return []FeedFormat{Atom, RSS, JSON} }

// MediaType is the format's media type with its charset.
func (f FeedFormat) MediaType() string {
	if f == JSON {
		return "application/feed+json; charset=utf-8"
	}
	return "application/" + string(f) + "+xml; charset=utf-8"
}

// Name is the format's name, as readers know it.
func (f FeedFormat) Name() string {
	switch f {
	case RSS:
		return "RSS"
	case Atom:
		return "Atom"
	}
	return "JSON Feed"
}

// FeedURL is the canonical URL of a selection's feed, its rel=self.
func (s *Site) FeedURL(sel Selection, f FeedFormat) string {
	ending := "." + string(f)
	switch {
	case sel.Topic != "":
		return s.URL("feeds", "topics", sel.Topic+ending)
	case sel.Language != "":
		return s.URL("feeds", "languages", sel.Language+ending)
	case sel.Query != "":
		return s.URL("feeds", "search"+ending) + "?q=" + escapeQuery(sel.Query)
	}
	return s.URL("feeds", "all"+ending)
}

// escapeQuery writes blanks as %20: a page would have to write + as a reference, which not all that look for feeds in it can read.
func escapeQuery(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// FeedURI is the id of a selection's feed: the same in every format.
func (s *Site) FeedURI(sel Selection) string {
	id := "all"
	switch {
	case sel.Topic != "":
		id = "topic/" + url.PathEscape(sel.Topic)
	case sel.Language != "":
		id = "language/" + url.PathEscape(sel.Language)
	case sel.Query != "":
		id = "search/" + url.PathEscape(sel.Query)
	}
	return "tag:" + s.TagEntity + ":feed/" + id
}

// PersonalFeedURL is the feed of the subscriber whose token it is. Who knows it can read it, so that it is shown to them alone.
func (s *Site) PersonalFeedURL(token string, f FeedFormat) string {
	return s.URL("feeds", "mine", token+"."+string(f))
}

// PersonalFeedURI is the id of that feed. It does not give the token away, and goes with it: a feed that was reset is another one.
func (s *Site) PersonalFeedURI(token string) string {
	return "tag:" + s.TagEntity + ":feed/mine/" + base64.RawURLEncoding.EncodeToString(TicketHash("feed\x00" + token)[:16])
}

// FeedsURL is the page about the feeds.
func (s *Site) FeedsURL() string { return s.URL("feeds") }

// OPMLURL lists all feeds for a feed reader.
func (s *Site) OPMLURL() string { return s.URL("feeds", "opml.xml") }

// SubscribeURL is the page to join on, with a selection chosen already; of an office, whose releases no filter knows, none is. The
// language is that of the page's words; empty: the one that the reader's browser asks for.
func (s *Site) SubscribeURL(sel Selection, language string) string {
	query := url.Values{}
	switch {
	case sel.Topic != "":
		query.Set("topic", sel.Topic)
	case sel.Filter() != "":
		query.Set("q", sel.Filter())
	}
	if language != "" {
		query.Set("lang", language)
	}
	if len(query) == 0 {
		return s.URL("subscribe")
	}
	return s.URL("subscribe") + "?" + query.Encode()
}
