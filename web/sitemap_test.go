package web_test

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

// sitemap is any of the documents that a crawler reads.
type sitemap struct {
	XMLName xml.Name
	Parts   []struct {
		Loc string `xml:"loc"`
	} `xml:"sitemap"`
	URLs []struct {
		Loc     string `xml:"loc"`
		LastMod string `xml:"lastmod"`
		Links   []struct {
			Language string `xml:"hreflang,attr"`
			URL      string `xml:"href,attr"`
		} `xml:"http://www.w3.org/1999/xhtml link"`
		News struct {
			Name     string `xml:"publication>name"`
			Language string `xml:"publication>language"`
			Date     string `xml:"publication_date"`
			Title    string `xml:"title"`
		} `xml:"http://www.google.com/schemas/sitemap-news/0.9 news"`
	} `xml:"url"`
}

func (n *newsroom) sitemap(path string) sitemap {
	n.t.Helper()
	body := n.page(path)
	var m sitemap
	if err := xml.Unmarshal([]byte(body), &m); err != nil {
		n.t.Fatalf("%s: %v\n%.500s", path, err, body)
	}
	if len(body) > 50<<20 || len(m.URLs)+len(m.Parts) > 50_000 || m.XMLName.Space != "http://www.sitemaps.org/schemas/sitemap/0.9" {
		n.t.Errorf("%s: %d octets, %d URLs, %v", path, len(body), len(m.URLs), m.XMLName)
	}
	return m
}

func TestTheSitemapNamesEveryPageOnceAndNoOther(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", func(r *tidings.Release) { r.Office, r.Translation = "Energy & Co", "sun" })
	n.save("태양", func(r *tidings.Release) { r.Language, r.Translation = "ko", "sun" })
	n.save("secret", func(r *tidings.Release) { r.Status, r.Office, r.Topics = tidings.Draft, "Secret Office", nil })
	wrong := n.save("wrong", nil)
	if err := n.db.Withdraw(t.Context(), wrong.ID, tidings.Withdrawal{}, n.now, "test"); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, u := range n.sitemap("/sitemap.xml").URLs {
		path := strings.TrimPrefix(u.Loc, base)
		if seen[path] {
			t.Errorf("%s stands there twice", path)
		}
		seen[path] = true
		has(t, n.page(path), `<link rel="canonical" href="`+u.Loc+`">`)
		switch {
		case !strings.HasPrefix(path, "/releases/"):
		case len(u.Links) != 3 || u.Links[2].Language != "x-default" || u.Links[2].URL != base+"/releases/solar":
			t.Errorf("%s: %v", path, u.Links)
		case !strings.HasPrefix(u.LastMod, "2026-03-02T09:0"):
			t.Errorf("%s: lastmod %s", path, u.LastMod)
		}
	}
	for _, want := range []string{
		"/", "/topics", "/topics/energy", "/topics/trade", "/languages/ko", "/languages/en", "/offices", "/offices/energy-co", "/feeds", "/archive",
		"/archive/2026", "/archive/2026/03", "/releases/solar", "/releases/%ED%83%9C%EC%96%91",
	} {
		if !seen[want] {
			t.Errorf("%s is missing", want)
		}
		delete(seen, want)
	}
	if len(seen) > 0 {
		t.Errorf("what else is there: %v", seen)
	}
	status(t, n.get("/sitemaps/1.xml"), http.StatusNotFound)
	redirects(t, n, "/sitemap.xml?x=y", base+"/sitemap.xml")
	has(t, n.page("/robots.txt"), "Disallow: /u/\n", "Disallow: /search\n", "Sitemap: "+base+"/sitemap.xml\n", "Sitemap: "+base+"/sitemaps/news.xml\n")
}

func TestManyReleasesMakeSeveralSitemaps(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	many, parts := 10_500, 3
	if testing.Short() {
		many, parts = 300, 0 // under the race detector: see Makefile
	}
	var batch []tidings.Filing
	for i := range many {
		r := n.draft(fmt.Sprintf("r%05d", i), nil)
		batch = append(batch, tidings.Filing{Release: &r, Archived: true})
	}
	if _, err := n.db.SaveBatch(t.Context(), n.site, batch, n.now, "test"); err != nil {
		t.Fatal(err)
	}
	index := n.sitemap("/sitemap.xml")
	if len(index.Parts) != parts || (parts > 0) == (len(index.URLs) > 0) {
		t.Fatalf("%d parts, want %d, and %d addresses beside them", len(index.Parts), parts, len(index.URLs))
	}
	listed := index.URLs
	for _, part := range index.Parts {
		listed = append(listed, n.sitemap(strings.TrimPrefix(part.Loc, base)).URLs...)
	}
	releases := map[string]bool{}
	for _, u := range listed {
		if strings.HasPrefix(u.Loc, base+"/releases/") {
			releases[u.Loc] = true
		}
	}
	if len(releases) != many {
		t.Errorf("%d releases, want %d", len(releases), many)
	}
	if parts == 0 {
		return
	}
	tag := n.get("/sitemaps/2.xml").Header.Get("ETag")
	n.save("one-more", nil)
	status(t, n.get("/sitemaps/2.xml", "If-None-Match", tag), http.StatusNotModified) // what comes later stands at the end
	redirects(t, n, "/sitemaps/02.xml", base+"/sitemaps/2.xml")
	for _, none := range []string{"/sitemaps/4.xml", "/sitemaps/0.xml", "/sitemaps/x.xml", "/sitemaps/1"} {
		status(t, n.get(none), http.StatusNotFound)
	}
}

func TestTheNewsSitemapHasTheLastTwoDays(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	for slug, hours := range map[string]time.Duration{"fresh": 1, "yesterday": 47, "stale": 49} {
		n.save(slug, func(r *tidings.Release) { r.Published, r.Language = n.now.Add(-hours*time.Hour), "zh-TW" })
	}
	n.read = n.now
	m := n.sitemap("/sitemaps/news.xml")
	if len(m.URLs) != 2 {
		t.Fatalf("%+v", m.URLs)
	}
	for _, u := range m.URLs {
		if u.News.Name != "Ministry of Trade" || u.News.Language != "zh-tw" || !strings.HasPrefix(u.News.Date, "2026-0") || u.News.Title == "" {
			t.Errorf("%+v", u)
		}
	}
	n.read = n.now.Add(48 * time.Hour)
	if m := n.sitemap("/sitemaps/news.xml"); len(m.URLs) != 0 {
		t.Errorf("two days after: %+v", m.URLs)
	}
}
