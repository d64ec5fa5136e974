package templates

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

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
		if by := attr(n, "aria-labelledby"); by != "" && !ids[by] {
			t.Errorf("aria-labelledby=%q names nothing", by)
		}
	}
	for _, name := range []string{"script", "object", "embed", "base"} {
		if len(named(all, name)) > 0 {
			t.Errorf("there is a <%s>", name)
		}
	}
}

func TestPagesAreSoundAndKeepTheirContentSecurityPolicy(t *testing.T) {
	t.Parallel()
	s := open(t)
	_, css := s.CSS()
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
						if loads != css {
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

func TestStylesheetIsSmallAndLoadsNothing(t *testing.T) {
	t.Parallel()
	css, path := open(t).CSS()
	if len(css) > 15_000 {
		t.Errorf("%d octets", len(css))
	}
	if bytes.Contains(css, []byte("url(")) || bytes.Contains(css, []byte("@import")) {
		t.Error("it loads something")
	}
	if !regexp.MustCompile(`^/assets/style\.[0-9a-f]{12}\.css$`).MatchString(path) {
		t.Error(path)
	}
}

// luminance is WCAG 2.2's relative luminance of "#rrggbb" or "#rgb".
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	hex := strings.TrimPrefix(colour, "#")
	if len(hex) == 3 {
		hex = fmt.Sprintf("%[1]c%[1]c%[2]c%[2]c%[3]c%[3]c", hex[0], hex[1], hex[2])
	}
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil || len(hex) != 6 {
		t.Fatalf("no colour: %q", colour)
	}
	channel := func(v uint64) float64 {
		c := float64(v&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(n>>16) + 0.7152*channel(n>>8) + 0.0722*channel(n)
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestColoursOfPagesHaveContrastInLightAndDark(t *testing.T) {
	t.Parallel()
	css, _ := open(t).CSS()
	schemes := regexp.MustCompile(`:root \{([^}]*--paper[^}]*)\}`).FindAllSubmatch(css, 2)
	if len(schemes) != 2 {
		t.Fatal("there are not two colour schemes")
	}
	pairs := []string{"ink paper", "soft paper", "link paper", "hover paper", "brand paper", "ink shade", "soft shade",
		"link shade", "hover shade", "link chip", "brand-ink brand", "brand-ink hover", "ink note"}
	for i, scheme := range schemes {
		colours := map[string]string{}
		for _, m := range regexp.MustCompile(`--([\w-]+): (#[0-9a-f]+);`).FindAllSubmatch(scheme[1], -1) {
			colours[string(m[1])] = string(m[2])
		}
		for _, pair := range pairs {
			front, back, _ := strings.Cut(pair, " ")
			if got := contrast(t, colours[front], colours[back]); got < 4.5 {
				t.Errorf("scheme %d: %s on %s: %.2f", i, front, back, got)
			}
		}
	}
}

func TestColoursOfMailsHaveContrastInLightAndDark(t *testing.T) {
	t.Parallel()
	for back, fronts := range map[string][]string{
		"#ffffff": {"#1a212b", "#566170", "#14427d"},
		"#171c24": {"#e8ebf0", "#a7b0bd", "#8fb8f6"},
	} {
		for _, front := range fronts {
			for _, colour := range []string{front, back} {
				if !bytes.Contains(mustRead(t, htmlFile), []byte(colour)) {
					t.Errorf("the mail has no %s: this test is out of date", colour)
				}
			}
			if got := contrast(t, front, back); got < 4.5 {
				t.Errorf("%s on %s: %.2f", front, back, got)
			}
		}
	}
}

func mustRead(t *testing.T, name string) []byte {
	t.Helper()
	b, err := embedded.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
