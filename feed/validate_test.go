package feed_test

import (
	"encoding/json"
	"encoding/xml"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// What the W3C feed validator and the standards demand of a feed's structure.

var languageTag = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)

// element is any XML element, with the namespaces resolved.
type element struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Children []element  `xml:",any"`
}

const (
	atomNS  = "http://www.w3.org/2005/Atom"
	tombNS  = "http://purl.org/atompub/tombstones/1.0"
	mediaNS = "http://search.yahoo.com/mrss/"
	dcNS    = "http://purl.org/dc/elements/1.1/"
)

func parseXML(t testing.TB, doc []byte) element {
	t.Helper()
	var root element
	if err := xml.Unmarshal(doc, &root); err != nil { // strict is its default
		t.Fatalf("ill-formed: %v\n%s", err, doc)
	}
	return root
}

func (e element) all(space, local string) []element {
	var found []element
	for _, c := range e.Children {
		if c.XMLName.Space == space && c.XMLName.Local == local {
			found = append(found, c)
		}
	}
	return found
}

func (e element) attr(local string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}

// one is the text of the one child of this name; several or none is an error.
func (e element) one(t testing.TB, space, local string) string {
	t.Helper()
	found := e.all(space, local)
	if len(found) != 1 {
		t.Errorf("%s has %d %s, want one", e.XMLName.Local, len(found), local)
		return ""
	}
	return found[0].Text
}

func validateRSS(t testing.TB, doc []byte, self string) {
	t.Helper()
	root := parseXML(t, doc)
	if root.XMLName.Local != "rss" || root.attr("version") != "2.0" || len(root.Children) != 1 {
		t.Fatalf("not RSS 2.0: %v", root.XMLName)
	}
	ch := root.Children[0]
	for _, name := range []string{"title", "description"} {
		if ch.one(t, "", name) == "" {
			t.Errorf("the channel's %s is empty", name)
		}
	}
	wantURL(t, ch.one(t, "", "link"))
	wantLanguage(t, ch.one(t, "", "language"))
	wantSelf(t, ch.all(atomNS, "link"), self)
	for _, d := range ch.all("", "lastBuildDate") {
		wantDate(t, time.RFC1123Z, d.Text)
	}
	seen := map[string]bool{}
	for _, item := range ch.all("", "item") {
		guid := item.one(t, "", "guid")
		wantNew(t, seen, guid)
		if item.all("", "guid")[0].attr("isPermaLink") != "false" {
			t.Errorf("guid %s claims to be an address", guid)
		}
		if item.one(t, "", "title") == "" {
			t.Errorf("%s has no title", guid)
		}
		wantURL(t, item.one(t, "", "link"))
		wantDate(t, time.RFC1123Z, item.one(t, "", "pubDate"))
		wantDate(t, time.RFC3339, item.one(t, atomNS, "updated"))
		wantLanguage(t, item.one(t, dcNS, "language"))
		if n := len(item.all("", "enclosure")); n > 1 {
			t.Errorf("%s has %d enclosures", guid, n)
		}
		for _, enc := range item.all("", "enclosure") {
			wantURL(t, enc.attr("url"))
			if enc.attr("length") == "" || !strings.Contains(enc.attr("type"), "/") {
				t.Errorf("enclosure of %s lacks length or type", guid)
			}
		}
		for _, c := range item.all("", "category") {
			wantURL(t, c.attr("domain"))
		}
		for _, m := range item.all(mediaNS, "content") {
			wantURL(t, m.attr("url"))
		}
		if len(item.all("", "author")) > 0 {
			t.Errorf("%s has an author that is no e-mail address", guid)
		}
	}
}

func validateAtom(t testing.TB, doc []byte, self string) {
	t.Helper()
	root := parseXML(t, doc)
	if root.XMLName != (xml.Name{Space: atomNS, Local: "feed"}) {
		t.Fatalf("not Atom: %v", root.XMLName)
	}
	wantID(t, root.one(t, atomNS, "id"))
	if root.one(t, atomNS, "title") == "" {
		t.Error("the feed has no title")
	}
	wantDate(t, time.RFC3339, root.one(t, atomNS, "updated"))
	wantSelf(t, root.all(atomNS, "link"), self)
	wantLanguage(t, root.attr("lang"))
	if a := root.all(atomNS, "author"); len(a) != 1 || a[0].one(t, atomNS, "name") == "" {
		t.Error("the feed has no author to speak for entries that have none")
	}
	validateTombstones(t, root)
	seen := map[string]bool{}
	for _, e := range root.all(atomNS, "entry") {
		id := e.one(t, atomNS, "id")
		wantID(t, id)
		wantNew(t, seen, id)
		wantDate(t, time.RFC3339, e.one(t, atomNS, "published"))
		wantDate(t, time.RFC3339, e.one(t, atomNS, "updated"))
		wantLanguage(t, e.attr("lang"))
		if e.one(t, atomNS, "title") == "" {
			t.Errorf("%s has no title", id)
		}
		var pages []element
		for _, l := range e.all(atomNS, "link") {
			wantURL(t, l.attr("href"))
			if l.attr("rel") == "alternate" {
				pages = append(pages, l)
			}
		}
		wantPages(t, id, pages)
		for _, c := range e.all(atomNS, "category") {
			wantURL(t, c.attr("scheme"))
			if c.attr("term") == "" || c.attr("label") == "" {
				t.Errorf("%s has a category without term or label", id)
			}
		}
	}
}

// wantPages: the entry's own page stands first and last, and no two are of one language (RFC 4287 §4.1.2).
func wantPages(t testing.TB, id string, pages []element) {
	t.Helper()
	if len(pages) == 0 || pages[0].attr("href") != pages[len(pages)-1].attr("href") || pages[0].attr("hreflang") != "" {
		t.Errorf("%s has the alternates %v", id, pages)
	}
	seen := map[string]bool{}
	for i, p := range pages {
		wantNew(t, seen, p.attr("type")+" "+p.attr("hreflang"))
		if i > 0 {
			wantLanguage(t, p.attr("hreflang"))
		}
	}
}

// validateTombstones goes by RFC 6721 §3.
func validateTombstones(t testing.TB, feed element) {
	t.Helper()
	entries := map[string]bool{}
	for _, e := range feed.all(atomNS, "entry") {
		entries[e.one(t, atomNS, "id")] = true
	}
	for _, d := range feed.all(tombNS, "deleted-entry") {
		wantID(t, d.attr("ref"))
		wantNew(t, entries, d.attr("ref"))
		wantDate(t, time.RFC3339, d.attr("when"))
		wantLanguage(t, d.attr("lang"))
		for _, l := range d.all(atomNS, "link") {
			wantURL(t, l.attr("href"))
		}
	}
}

func validateJSON(t testing.TB, doc []byte, self string) {
	t.Helper()
	var f map[string]any
	if err := json.Unmarshal(doc, &f); err != nil {
		t.Fatal(err)
	}
	if f["version"] != "https://jsonfeed.org/version/1.1" || f["title"] == "" || f["feed_url"] != self {
		t.Errorf("version %v, title %v, feed_url %v (want %s)", f["version"], f["title"], f["feed_url"], self)
	}
	text := func(m map[string]any, key string) string { s, _ := m[key].(string); return s }
	wantURL(t, text(f, "home_page_url"))
	wantLanguage(t, text(f, "language"))
	items, ok := f["items"].([]any)
	if !ok {
		t.Fatalf("items is %v, want a list", f["items"])
	}
	seen := map[string]bool{}
	for _, i := range items {
		item, _ := i.(map[string]any)
		wantNew(t, seen, text(item, "id"))
		wantID(t, text(item, "id"))
		wantURL(t, text(item, "url"))
		wantLanguage(t, text(item, "language"))
		wantDate(t, time.RFC3339, text(item, "date_published"))
		wantDate(t, time.RFC3339, text(item, "date_modified"))
		if _, there := item["content_html"].(string); !there || text(item, "title") == "" {
			t.Errorf("%v has no content_html or no title", item["id"])
		}
		attachments, _ := item["attachments"].([]any)
		for _, a := range attachments {
			m, _ := a.(map[string]any)
			wantURL(t, text(m, "url"))
			if text(m, "mime_type") == "" {
				t.Errorf("an attachment of %v has no mime_type", item["id"])
			}
		}
	}
}

func wantSelf(t testing.TB, links []element, self string) {
	t.Helper()
	var selves []string
	seen := map[string]bool{}
	for _, l := range links {
		wantURL(t, l.attr("href"))
		wantNew(t, seen, l.attr("rel")+" "+l.attr("type")) // RFC 4287 §4.1.1 on alternates
		if l.attr("rel") == "self" {
			selves = append(selves, l.attr("href"))
		}
	}
	if len(selves) != 1 || selves[0] != self {
		t.Errorf("rel=self is %q, want %q", selves, self)
	}
}

func wantNew(t testing.TB, seen map[string]bool, id string) {
	t.Helper()
	if id == "" || seen[id] {
		t.Errorf("%q is empty or there twice", id)
	}
	seen[id] = true
}

func wantURL(t testing.TB, s string) {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" || !isASCII(s) {
		t.Errorf("%q is no absolute URL in ASCII (%v)", s, err)
	}
}

func wantID(t testing.TB, s string) {
	t.Helper()
	if u, err := url.Parse(s); err != nil || u.Scheme != "tag" || !isASCII(s) {
		t.Errorf("%q is no tag: URI (%v)", s, err)
	}
}

func wantDate(t testing.TB, layout, s string) {
	t.Helper()
	d, err := time.Parse(layout, s)
	if err != nil || d.UTC().Format(layout) != s {
		t.Errorf("%q is no date in UTC and whole seconds (%v)", s, err)
	}
}

func wantLanguage(t testing.TB, s string) {
	t.Helper()
	if !languageTag.MatchString(s) {
		t.Errorf("%q is no language tag", s)
	}
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}
