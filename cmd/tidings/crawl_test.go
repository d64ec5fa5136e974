package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/tidings/tidings"
)

// crawler follows every link of a site to the site itself.
type crawler struct {
	d     *served
	from  map[string]string // what was found, and where first
	queue []string
}

func (c *crawler) found(link, on string) {
	link, _, _ = strings.Cut(link, "#")
	if !strings.HasPrefix(link, c.d.base+"/") && link != c.d.base {
		return
	}
	if _, seen := c.from[link]; !seen {
		c.from[link] = on
		c.queue = append(c.queue, link)
	}
}

// crawl fetches the pages and all that is linked from them, and fails the test where a link leads nowhere.
func crawl(d *served, paths ...string) map[string]string {
	d.t.Helper()
	c := &crawler{d: d, from: map[string]string{}}
	for _, p := range paths {
		c.found(d.base+p, "the start")
	}
	for len(c.queue) > 0 {
		link := c.queue[0]
		c.queue = c.queue[1:]
		r := d.ask(http.MethodGet, link, "")
		if r.status != http.StatusOK {
			d.t.Errorf("%s, linked on %s: %d", link, c.from[link], r.status)
			continue
		}
		if strings.HasPrefix(r.header.Get("Content-Type"), "text/html") {
			c.page(link, r.body)
		} else {
			c.text(link, r.body)
		}
	}
	return c.from
}

// page finds the links of an HTML page, and sees that those into the page itself have somewhere to lead to.
func (c *crawler) page(on, body string) {
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		c.d.t.Fatalf("%s: %v", on, err)
	}
	base, err := url.Parse(on)
	if err != nil {
		c.d.t.Fatal(err)
	}
	ids, inside := map[string]bool{}, []string{}
	for n := range doc.Descendants() {
		for _, a := range n.Attr {
			switch a.Key {
			case "id":
				if ids[a.Val] {
					c.d.t.Errorf("%s has two elements of id %s", on, a.Val)
				}
				ids[a.Val] = true
			case "href", "src", "action":
				to, err := base.Parse(a.Val)
				if err != nil {
					c.d.t.Errorf("%s links to %q: %v", on, a.Val, err)
					continue
				}
				if strings.HasPrefix(a.Val, "#") {
					inside = append(inside, a.Val[1:])
				}
				c.found(to.String(), on)
			}
		}
	}
	for _, id := range inside {
		if !ids[id] {
			c.d.t.Errorf("%s links to its own #%s, which is not there", on, id)
		}
	}
}

var aURL = regexp.MustCompile(`https?://[^\s"'<>&\\)]+`)

// text finds the URLs in anything else: a feed, a list of feeds, a mail.
func (c *crawler) text(on, body string) {
	if strings.HasSuffix(on, "/raw") {
		return // a mail as sent: its lines are folded, and so are the URLs
	}
	for _, link := range aURL.FindAllString(body, -1) {
		c.found(link, on)
	}
}

func TestFollowingEveryLinkOfTheDemoMeetsNoErrorAndChangesNothing(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	reached := crawl(d, "/", "/mailbox", "/robots.txt")
	for _, path := range []string{
		"/topics", "/archive", "/archive/2025", "/archive/2025/03", "/offices", "/search", "/sitemap.xml", "/sitemaps/news.xml", "/feeds", "/feeds/opml.xml", "/languages/ko", "/topics/energy", "/offices/%EC%97%90%EB%84%88%EC%A7%80%EC%A0%95%EC%B1%85%EC%8B%A4", "/feeds/topics/energy.rss", "/feeds/languages/ko.json",
		"/releases/korean-government-holds-35th-energy-commission-meeting", "/mailbox/7", "/mailbox/7/html", "/mailbox/7/raw",
	} {
		if reached[d.base+path] == "" {
			t.Errorf("no link leads to %s", path)
		}
	}
	kinds, tokens := map[string]int{}, map[string]bool{}
	for link := range reached {
		kind, rest, _ := strings.Cut(strings.TrimPrefix(link, d.base+"/"), "/")
		if kind == "u" || kind == "me" { // each mail has one, whose pages lead on
			token := kind + "/" + rest[:min(len(rest), tidings.TokenLength)]
			if tokens[token] {
				continue
			}
			tokens[token] = true
		}
		kinds[kind]++
	}
	for kind, want := range map[string]int{
		"releases": 10, "topics": 1 + 13, "feeds": 1 + 1 + 16*len(tidings.FeedFormats()), "u": 7, "me": 7, "mailbox": 1 + 3*7,
	} {
		if kinds[kind] != want {
			t.Errorf("reached %d pages of /%s, want %d", kinds[kind], kind, want)
		}
	}
	var subscribers []subscriberLine
	if err := json.Unmarshal([]byte(d.run("subscriber", "list", "--json")), &subscribers); err != nil {
		t.Fatal(err)
	}
	for _, s := range subscribers {
		if s.State != "active" {
			t.Errorf("somebody followed links, and %s is %s", s.Address, s.State)
		}
	}
}

func TestServeHasNoMailboxAndNoDeadLink(t *testing.T) {
	t.Parallel()
	d := startServe(t)
	crawl(d, "/", "/robots.txt", "/healthz", "/readyz")
	for _, path := range []string{"/mailbox", "/mailbox/1", "/nowhere", "/releases/nowhere", "/topics/nowhere", "/feeds/nowhere.rss", "/u/", "/u/x"} {
		if r := d.get(path); r.status != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", path, r.status)
		}
	}
}
