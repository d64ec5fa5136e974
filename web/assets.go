package web

import (
	"net/http"
	"strings"
	"time"
)

// robots keeps crawlers from leave links and own pages, and from asking for every word.
func (s *site) robots() string {
	base := strings.TrimSuffix(s.Site.Base.EscapedPath(), "/")
	return "User-agent: *\nDisallow: " + base + "/u/\nDisallow: " + base + "/me/\nDisallow: " + base + "/search\nDisallow: " + base + "/subscribe?\n\n" +
		"Sitemap: " + s.Site.SitemapURL() + "\nSitemap: " + s.newsURL() + "\n"
}

// What Cache-Control says.
const (
	forever    = "public, max-age=31536000, immutable" // the URL has a hash of the content in it
	aDay       = "public, max-age=86400"
	anHour     = "public, max-age=3600"
	ofFeeds    = "public, max-age=300"
	ofPersonal = "private, max-age=300"
	ofPages    = "public, max-age=60"
	ofNothing  = "no-store" // what may be there the next moment, and what is one person's alone
	ofRedirect = ofFeeds
)

// asset serves bytes that never change while the program runs.
func asset(mediaType string, body []byte, keep string) handler {
	v := newVersion(mediaType, body, time.Time{}).zipped()
	return func(w http.ResponseWriter, r *http.Request) error {
		v.serve(w, r, keep, time.Time{}) // it has no date
		return nil
	}
}
