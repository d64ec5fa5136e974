package feed_test

import (
	"bytes"
	"cmp"
	"html"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/feed"
)

func validate(t testing.TB, format tidings.FeedFormat, doc []byte, self string) {
	t.Helper()
	switch format {
	case tidings.RSS:
		validateRSS(t, doc, self)
	case tidings.Atom:
		validateAtom(t, doc, self)
	case tidings.JSON:
		validateJSON(t, doc, self)
	}
	if !bytes.HasSuffix(doc, []byte("\n")) || bytes.HasSuffix(doc, []byte("\n\n")) {
		t.Errorf("%s does not end in one newline", format)
	}
}

func TestEveryFeedMeetsItsStandard(t *testing.T) {
	t.Parallel()
	for _, sel := range []tidings.Selection{
		{}, {Topic: "energy"}, {Topic: "unlisted"}, {Language: "ko"}, {Query: `lang:en,ko (topic:energy OR "공급 망") -a`}, {Query: "수소"},
	} {
		for _, format := range tidings.FeedFormats() {
			full := channel()
			full.Selection = sel
			validate(t, format, render(t, format, full), full.Site.FeedURL(sel, format))
			news := newsroomChannel()
			news.Selection = sel
			validate(t, format, render(t, format, news), news.Site.FeedURL(sel, format))
			empty := &feed.Channel{Site: site(), Selection: sel, Topics: topics()}
			doc := render(t, format, empty)
			validate(t, format, doc, empty.Site.FeedURL(sel, format))
			if n := len(parse(t, doc).Items); n != 0 {
				t.Errorf("%s: the empty feed has %d items", format, n)
			}
		}
	}
}

func TestAPersonalFeedMeetsItsStandardAndHasItsTokenInItsAddressAlone(t *testing.T) {
	t.Parallel()
	for _, format := range tidings.FeedFormats() {
		ch := newsroomChannel()
		ch.Personal = "T0ken-_"
		doc := render(t, format, ch)
		self := ch.Site.PersonalFeedURL("T0ken-_", format)
		validate(t, format, doc, self)
		left := string(doc)
		for _, f := range tidings.FeedFormats() {
			left = strings.ReplaceAll(left, ch.Site.PersonalFeedURL("T0ken-_", f), "")
		}
		if strings.Contains(left, "T0ken-_") || strings.Contains(left, "/feeds/all") {
			t.Errorf("%s: %s", format, left)
		}
		if f := parse(t, doc); f.Title != "Your choice of releases — Ministry of Trade & Industry" || f.Link != "https://news.example.org/" {
			t.Errorf("%s is called %q and leads to %q", format, f.Title, f.Link)
		}
	}
}

func TestAFilterFeedIsCalledWhatItSelects(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		`topic:energy,nonesuch`:          "Energy or nonesuch — Ministry of Trade & Industry",
		`lang:ko "supply chain" OR -oil`: "(“supply chain”, in 한국어) or (all releases, without “oil”) — Ministry of Trade & Industry",
		strings.Repeat("a", 300):         "“" + strings.Repeat("a", 148) + "… — Ministry of Trade & Industry",
		"(":                              "( — Ministry of Trade & Industry",
	} {
		if got := feed.Title(site(), tidings.Selection{Query: query}, topics(), "en"); got != want {
			t.Errorf("%q is called %q, want %q", query, got, want)
		}
	}
	korean := feed.Title(site(), tidings.Selection{Query: "lang:en,ko topic:energy -수소 after:2025"}, topics(), "ko-KR")
	if want := "에너지, English 또는 한국어, 2025-01-01부터, ‘수소’ 제외 — 산업통상자원부"; korean != want {
		t.Errorf("in Korean it is called %q, want %q", korean, want)
	}
}

func parse(t testing.TB, doc []byte) *gofeed.Feed {
	t.Helper()
	f, err := gofeed.NewParser().Parse(bytes.NewReader(doc))
	if err != nil {
		t.Fatalf("%v\n%s", err, doc)
	}
	return f
}

// seen is what a reader sees of one release.
type seen struct {
	id, link, title, summary, content, authors, topics, language string
	published, updated                                           time.Time
}

func TestEveryReaderSeesTheSameReleaseInEveryFormat(t *testing.T) {
	t.Parallel()
	ch := channel()
	want := []seen{}
	for _, item := range parse(t, render(t, tidings.JSON, ch)).Items {
		want = append(want, seenBy(item))
	}
	if len(want) != len(ch.Releases) {
		t.Fatalf("JSON has %d items, want %d", len(want), len(ch.Releases))
	}
	for i, r := range ch.Releases { // the JSON against the releases, then the others against the JSON
		w := want[i]
		if w.id != r.URI || w.link != ch.Site.ReleaseURL(r.Slug) || w.topics != strings.Join(labels(ch, &r), ",") ||
			!w.published.Equal(r.Published.Truncate(time.Second)) {
			t.Errorf("JSON: %+v is not release %d", w, r.ID)
		}
	}
	hostile := "<b>Bold</b> &amp; AT&T ]]> end</title><script>alert(1)</script>"
	if want[2].title != hostile || want[2].summary != "1 < 2 && <b>plain text</b> &lt; ]]>\nsecond line" {
		t.Errorf("the hostile release reads %q, %q", want[2].title, want[2].summary)
	}
	for _, format := range []tidings.FeedFormat{tidings.RSS, tidings.Atom} {
		doc := render(t, format, ch)
		for i, item := range parse(t, doc).Items {
			got := seenBy(item)
			got.language = want[i].language // gofeed does not tell; validate looks at it
			if format == tidings.RSS {
				got.summary = html.UnescapeString(got.summary) // RSS descriptions are HTML
			}
			if want := want[i]; got != want {
				t.Errorf("%s, item %d:\n got %+v\nwant %+v", format, i, got, want)
			}
		}
	}
}

// labels are the names of a release's topics in its language.
func labels(ch *feed.Channel, r *tidings.Release) []string {
	var names []string
	for _, slug := range r.Topics {
		name := slug
		for _, t := range ch.Topics {
			if t.Slug == slug {
				name = t.Name(cmp.Or(r.Language, ch.Site.Language))
			}
		}
		names = append(names, name)
	}
	return names
}

func TestEveryReaderSeesTheSameFeedInEveryFormat(t *testing.T) {
	t.Parallel()
	for _, sel := range []tidings.Selection{{}, {Topic: "trade"}, {Language: "ko"}, {Query: `topic:trade "공급 망"`}} {
		ch := channel()
		ch.Selection = sel
		language := ch.Site.Language
		if sel.Language != "" {
			language = sel.Language
		}
		for _, format := range tidings.FeedFormats() {
			f := parse(t, render(t, format, ch))
			got := []string{f.Title, f.Link, f.FeedLink, f.Language}
			want := []string{
				feed.Title(ch.Site, sel, ch.Topics, language), ch.Site.SelectionURL(sel), ch.Site.FeedURL(sel, format), language,
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s of %q: got %q, want %q", format, sel.Filter(), got, want)
			}
			newest := at("2025-03-20T01:02:03Z")
			if format != tidings.JSON && !f.UpdatedParsed.Equal(newest) { // JSON Feed has no date of its own
				t.Errorf("%s of %q: updated %v, want the newest edit, %v", format, sel.Filter(), f.UpdatedParsed, newest)
			}
		}
	}
}

func seenBy(item *gofeed.Item) seen {
	s := seen{
		id: item.GUID, link: item.Link, title: item.Title, summary: item.Description, content: item.Content,
		topics: strings.Join(item.Categories, ","), published: item.PublishedParsed.UTC(), updated: item.UpdatedParsed.UTC(),
	}
	var names []string
	for _, a := range item.Authors {
		names = append(names, a.Name)
	}
	s.authors = strings.Join(names, ", ")
	return s
}

func TestAttachmentsAreAllInAtomAndJSONAndTheFirstInRSS(t *testing.T) {
	t.Parallel()
	first, second := "https://news.example.org/files/%EB%B3%B4%EB%8F%84%20%EC%9E%90%EB%A3%8C.pdf", "https://news.example.org/files/table?x=1&y=2"
	for format, want := range map[tidings.FeedFormat][]string{
		tidings.RSS:  {first + " application/pdf 123456"},
		tidings.Atom: {first + " application/pdf 123456", second + "  "},
		tidings.JSON: {first + " application/pdf", second + " application/octet-stream"},
	} {
		var got []string
		for _, e := range parse(t, render(t, format, channel())).Items[1].Enclosures {
			s := e.URL + " " + e.Type
			if format != tidings.JSON { // gofeed reads no size_in_bytes; the golden file shows it
				s += " " + e.Length
			}
			got = append(got, s)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", format, got, want)
		}
	}
}

func TestOPMLListsEveryFeedInUseOnce(t *testing.T) {
	t.Parallel()
	doc, err := feed.OPML(site(), topics())
	if err != nil {
		t.Fatal(err)
	}
	root := parseXML(t, doc)
	var got []string
	for _, o := range root.all("", "body")[0].Children {
		got = append(got, strings.TrimPrefix(o.attr("xmlUrl"), "https://news.example.org/feeds/"))
		if o.attr("type") != "rss" || o.attr("text") == "" {
			t.Errorf("%v lacks its type or its text", o.Attrs)
		}
		wantURL(t, o.attr("htmlUrl"))
	}
	want := []string{"all.atom", "topics/energy.atom", "topics/trade.atom", "languages/en.atom", "languages/ko.atom"}
	if root.attr("version") != "2.0" || !slices.Equal(got, want) {
		t.Errorf("OPML %s lists %q, want %q", root.attr("version"), got, want)
	}
}

func FuzzRender(f *testing.F) {
	for _, r := range releases() {
		f.Add(r.Title, r.Body.HTML, "Energy", r.Summary)
	}
	f.Add("\u00a0a\u2028\ufeff b", "]]>]]&gt;<![CDATA[", "\"'<&>\x01", "\r\r\n\t")
	f.Fuzz(func(t *testing.T, title, body, topic, summary string) {
		ch := channel()
		ch.Selection = tidings.Selection{Topic: "energy"}
		ch.Topics[0].Names = map[string]string{"en": topic}
		ch.Releases = ch.Releases[:1]
		r := &ch.Releases[0]
		r.Title, r.Body.HTML, r.Summary, r.Office = title, body, summary, topic
		want := strings.TrimSpace(xmlClean(title))
		for _, format := range tidings.FeedFormats() {
			doc := render(t, format, ch)
			if want != "" && format != tidings.JSON {
				validate(t, format, doc, ch.Site.FeedURL(ch.Selection, format))
			}
			items := parse(t, doc).Items
			if len(items) != 1 || items[0].GUID != r.URI {
				t.Fatalf("%s: %d items\n%s", format, len(items), doc)
			}
			if got := strings.TrimSpace(titleOf(t, format, doc, items[0])); got != want {
				t.Errorf("%s: title %q became %q, want %q", format, title, got, want)
			}
		}
	})
}

// titleOf reads the title by encoding/xml where it can: gofeed decodes HTML entities in titles a second time.
func titleOf(t testing.TB, format tidings.FeedFormat, doc []byte, item *gofeed.Item) string {
	t.Helper()
	switch format {
	case tidings.RSS:
		return parseXML(t, doc).Children[0].all("", "item")[0].one(t, "", "title")
	case tidings.Atom:
		return parseXML(t, doc).all(atomNS, "entry")[0].one(t, atomNS, "title")
	}
	return item.Title
}

// xmlClean says by the letter of XML 1.0 §2.2, and not with the code under test, what may be left of a title.
func xmlClean(s string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "") {
		ok := r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000
		if ok && r != 0xFFFD && (r < 0x7F || r > 0x9F) {
			b.WriteRune(r)
		}
	}
	return strings.Join(strings.FieldsFunc(b.String(), func(r rune) bool { return strings.ContainsRune(" \t\r\n", r) }), " ")
}
