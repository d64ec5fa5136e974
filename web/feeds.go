package web

import (
	"context"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/feed"
)

// A feed shows the newest releases: at most so many, and fewer where the JSON Feed, which can't be read in pieces, would
// have more octets than this.
const (
	maxReleases  = 50
	maxWithdrawn = 20 // beside them
	maxOctets    = 250_000
)

// opml is where the list of all feeds is kept: beside the feed of everything, whose mark moves with every topic.
const opml = tidings.FeedFormat("opml")

// render makes all formats of a selection's feed.
func (c *cache) render(
	ctx context.Context, sel tidings.Selection, modified time.Time,
) (map[tidings.FeedFormat]*version, error) {
	ch, json, err := c.channel(ctx, sel)
	if err != nil {
		return nil, err
	}
	versions := map[tidings.FeedFormat]*version{}
	for _, format := range tidings.FeedFormats() {
		body, err := rendered(ch, json, format)
		if err != nil {
			return nil, err
		}
		versions[format] = newVersion(format.MediaType(), body, modified).zipped()
	}
	if sel == (tidings.Selection{}) {
		body, err := feed.OPML(c.site, ch.Topics)
		if err != nil {
			return nil, err
		}
		versions[opml] = newVersion("text/x-opml; charset=utf-8", body, modified).zipped()
	}
	return versions, nil
}

// feedOfAll is each feed that stands in the folder itself.
func (s *site) feedOfAll(w http.ResponseWriter, r *http.Request) error {
	file := r.PathValue("file")
	if strings.EqualFold(file, "opml.xml") {
		return s.serveFeed(w, r, tidings.Selection{}, opml, admitted)
	}
	name, format, err := split(file)
	switch {
	case err != nil:
		return err
	case strings.EqualFold(name, "search"):
		return s.feedOfFilter(w, r, format)
	case !strings.EqualFold(name, "all"):
		return tidings.ErrNotFound
	}
	return s.serveFeed(w, r, tidings.Selection{}, format, admitted)
}

func (s *site) feedOfTopic(w http.ResponseWriter, r *http.Request) error {
	name, format, err := split(r.PathValue("file"))
	if err != nil {
		return err
	}
	asked := tidings.Selection{Topic: name}
	return s.serveFeed(w, r, asked, format, func() error {
		topics, err := s.Library.Topics(r.Context())
		if err != nil {
			return err
		}
		sel, err := topicOf(name, topics)
		if err == nil && sel != asked {
			err = &movedError{to: s.Site.FeedURL(sel, format)}
		}
		return err
	})
}

func (s *site) feedOfLanguage(w http.ResponseWriter, r *http.Request) error {
	name, format, err := split(r.PathValue("file"))
	if err != nil {
		return err
	}
	sel, err := s.languageOf(name)
	if err != nil {
		return err
	}
	return s.serveFeed(w, r, sel, format, admitted)
}

// admitted: the selection needs no further question.
func admitted() error { return nil }

// serveFeed serves a feed at its canonical URL alone. admit says whether there is such a feed; it is not asked about one
// that is kept and current.
func (s *site) serveFeed(
	w http.ResponseWriter, r *http.Request, sel tidings.Selection, format tidings.FeedFormat, admit func() error,
) error {
	canonical := s.Site.OPMLURL()
	if format != opml {
		canonical = s.Site.FeedURL(sel, format)
	}
	if !s.isAt(r, canonical) || r.URL.RawQuery != "" || r.URL.ForceQuery {
		if err := admit(); err != nil {
			return err
		}
		return &movedError{to: canonical}
	}
	versions, err := s.feeds.current(r.Context(), sel, admit)
	if err != nil {
		return err
	}
	versions[format].serve(w, r, ofFeeds, s.Now())
	return nil
}

// split takes "energy.atom" apart.
func split(file string) (name string, format tidings.FeedFormat, err error) {
	dot := strings.LastIndexByte(file, '.')
	if dot < 0 {
		return "", "", tidings.ErrNotFound
	}
	format = tidings.FeedFormat(strings.ToLower(file[dot+1:]))
	if !slices.Contains(tidings.FeedFormats(), format) {
		return "", "", tidings.ErrNotFound
	}
	return file[:dot], format, nil
}

// isJSONFeed: whether a JSON Feed is there, or one would be in small letters.
func isJSONFeed(p string) bool {
	p = path.Clean(strings.ToLower(p))
	return strings.HasPrefix(p, "/feeds/") && strings.HasSuffix(p, "."+string(tidings.JSON))
}

// allowOrigins lets scripts of any page read a JSON Feed and its entity tag, and learn that it has moved or is gone.
func allowOrigins(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "ETag")
}

// preflight answers the question that a browser asks before it sends a script's If-None-Match.
func preflight(h http.Header) {
	h.Set("Access-Control-Allow-Methods", "GET, HEAD")
	h.Set("Access-Control-Allow-Headers", "If-None-Match, If-Modified-Since")
	h.Set("Access-Control-Max-Age", "86400")
}
