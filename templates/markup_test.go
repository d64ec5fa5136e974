package templates

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/tidings/tidings"
)

// nodes are all elements of a document.
func nodes(t testing.TB, doc []byte) []*html.Node {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	var all []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			all = append(all, n)
		}
	}
	return all
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, key string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
}

func text(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func named(all []*html.Node, name string) []*html.Node {
	var found []*html.Node
	for _, n := range all {
		if n.Data == name {
			found = append(found, n)
		}
	}
	return found
}

// sound is what pages and mails alike must be.
func sound(t *testing.T, all []*html.Node) {
	t.Helper()
	if got := len(named(all, "h1")); got != 1 {
		t.Errorf("%d h1", got)
	}
	if lang := attr(named(all, "html")[0], "lang"); lang != "en" && lang != "ko" {
		t.Errorf("lang=%q", lang)
	}
	if titles := named(all, "title"); len(titles) != 1 || text(titles[0]) == "" {
		t.Error("not one title")
	}
	ids := map[string]bool{}
	level := 0
	for _, n := range all {
		if n.Data == "img" && attr(n, "alt") == "" && !has(n, "alt") {
			t.Error("an img without alt")
		}
		if n.Data == "a" && text(n) == "" {
			t.Errorf("a link without text: %s", attr(n, "href"))
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Val, "javascript:") || strings.Contains(a.Val, "ZgotmplZ") {
				t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
			}
		}
		if id := attr(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("id %q twice", id)
			}
			ids[id] = true
		}
		if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
			next := int(n.Data[1] - '0')
			if next > level+1 {
				t.Errorf("h%d follows h%d: %s", next, level, text(n))
			}
			level = next
		}
	}
	for _, n := range all {
		for _, name := range []string{"aria-labelledby", "aria-describedby", "for"} {
			for id := range strings.FieldsSeq(attr(n, name)) {
				if !ids[id] {
					t.Errorf("%s=%q names nothing", name, id)
				}
			}
		}
	}
	for _, script := range named(all, "script") {
		if src := attr(script, "src"); has(script, "defer") && (strings.HasPrefix(src, "/assets/join.") || strings.HasPrefix(src, "/assets/work.")) {
			continue // of the pages with a guarded form
		}
		if attr(script, "type") != "application/ld+json" || len(script.Attr) != 1 || !json.Valid([]byte(script.FirstChild.Data)) {
			t.Errorf("a script that is no data: %v", script.Attr)
		}
	}
	for _, name := range []string{"object", "embed", "base"} {
		if len(named(all, name)) > 0 {
			t.Errorf("there is a <%s>", name)
		}
	}
}

func TestPagesAreSoundAndKeepTheirContentSecurityPolicy(t *testing.T) {
	t.Parallel()
	s := open(t)
	_, css := stylesheet(s)
	for _, lang := range s.Languages() {
		for _, r := range renderPages(t, s, lang) {
			t.Run(r.file, func(t *testing.T) {
				t.Parallel()
				all := nodes(t, r.body)
				sound(t, all)
				for _, name := range []string{"main", "header", "footer", "nav"} {
					if len(named(all, name)) == 0 {
						t.Errorf("no <%s>", name)
					}
				}
				if len(named(all, "style")) > 0 {
					t.Error("an inline style sheet")
				}
				for _, n := range all {
					if has(n, "style") {
						t.Errorf("<%s style=…>", n.Data)
					}
					loads := attr(n, "src")
					if n.Data == "link" && attr(n, "rel") == "stylesheet" {
						loads = attr(n, "href")
						if loads != css && loads != s.assets.formsPath && loads != s.assets.personalPath {
							t.Errorf("the stylesheet is %s, not %s", loads, css)
						}
					}
					if loads != "" && (!strings.HasPrefix(loads, "/") || strings.HasPrefix(loads, "//")) {
						t.Errorf("<%s> loads %s", n.Data, loads)
					}
				}
				if first := named(all, "a")[0]; attr(first, "href") != "#main" {
					t.Error("the first link does not skip to the content")
				}
			})
		}
	}
}

func TestFeedsAreDiscoveredMainFirstAndToldApart(t *testing.T) {
	t.Parallel()
	s := open(t)
	p := pageOf(t, s, "ko", AtTopics)
	var err error
	if p.Feeds, err = s.FeedLinks(p.Site, "ko", tidings.Selection{Topic: "energy"}, subjects()); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := s.Topics(&b, &TopicsPage{Page: p}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range named(nodes(t, b.Bytes()), "link") {
		if attr(n, "rel") == "alternate" {
			got = append(got, attr(n, "type")+" "+attr(n, "href")+" "+attr(n, "title"))
		}
	}
	want := []string{
		"application/atom+xml https://news.example.org/feeds/all.atom 산업통상자원부: 전체 보도자료(Atom)",
		"application/rss+xml https://news.example.org/feeds/all.rss 산업통상자원부: 전체 보도자료(RSS)",
		"application/feed+json https://news.example.org/feeds/all.json 산업통상자원부: 전체 보도자료(JSON Feed)",
		"application/atom+xml https://news.example.org/feeds/topics/energy.atom 산업통상자원부: 에너지(Atom)",
		"application/rss+xml https://news.example.org/feeds/topics/energy.rss 산업통상자원부: 에너지(RSS)",
		"application/feed+json https://news.example.org/feeds/topics/energy.json 산업통상자원부: 에너지(JSON Feed)",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	if !bytes.Contains(b.Bytes(), []byte(`type="application/atom+xml"`)) {
		t.Error("a media type is written as a reference")
	}
}

func TestAReleasesOwnLanguageIsMarked(t *testing.T) {
	t.Parallel()
	s := open(t)
	var b bytes.Buffer
	p := &ReleasePage{Page: pageOf(t, s, "en", AtReleases), Release: releases(t)[3], Topics: subjects()}
	if err := s.Release(&b, p); err != nil {
		t.Fatal(err)
	}
	all := nodes(t, b.Bytes())
	if got := attr(named(all, "html")[0], "lang"); got != "en" {
		t.Errorf("the page is in %q", got)
	}
	article := named(all, "article")[0]
	if got := attr(article, "lang"); got != "ko" {
		t.Errorf("the release is in %q", got)
	}
	for n := range article.Descendants() { // our own words within it are in the page's language
		if n.Type == html.ElementNode && n.Data == "h2" && languageOf(n) != "en" {
			t.Errorf("%q is marked as %q", text(n), languageOf(n))
		}
	}
}

func languageOf(n *html.Node) string {
	for ; n != nil; n = n.Parent {
		if lang := attr(n, "lang"); lang != "" {
			return lang
		}
	}
	return ""
}

func TestLinksToLanguagesSayInThemWhereTheyLead(t *testing.T) {
	t.Parallel()
	s := open(t)
	p := pageOf(t, s, "en", AtFeeds)
	p.Site.Languages = []string{"en", "ko-KR", "fr"}
	var b bytes.Buffer
	if err := s.Error(&b, &ErrorPage{Page: p, Status: 404}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range named(nodes(t, b.Bytes()), "a") {
		if has(n, "hreflang") {
			got = append(got, attr(n, "hreflang")+" "+attr(n, "lang")+" "+attr(n, "title")+"/"+attr(n, "aria-label")+" "+text(n))
		}
	}
	want := []string{
		"en en Releases in English/Releases in English English",
		"ko-KR ko-KR 한국어 보도자료/한국어 보도자료 한국어", "fr fr / français",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestNoteIsShownOnceSomethingHasChanged(t *testing.T) {
	t.Parallel()
	s := open(t)
	r := releases(t)[0]
	for updated, want := range map[time.Time]bool{r.Published: false, r.Published.Add(time.Hour): true} {
		r.Updated = updated
		var b bytes.Buffer
		if err := s.Release(&b, &ReleasePage{Page: pageOf(t, s, "en", AtReleases), Release: r, Topics: subjects()}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(b.String(), r.Note); got != want {
			t.Errorf("published %s, updated %s: shown is %t", r.Published, updated, got)
		}
	}
}
