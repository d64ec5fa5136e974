package ingest_test

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings/ingest"
)

func as[T error](err error, target *T) bool { return errors.As(err, target) }

func feedOptions(t testing.TB) ingest.FeedOptions {
	t.Helper()
	return ingest.FeedOptions{Options: options(t), Now: april(), Languages: []string{"en", "ko"}, Tag: "news.example.org,2026"}
}

// feed reads a text as the feed https://other.example/feeds/a.xml.
func feed(t testing.TB, text string) []ingest.Item {
	t.Helper()
	opts := feedOptions(t)
	opts.URL = &url.URL{Scheme: "https", Host: "other.example", Path: "/feeds/a.xml"}
	return slices.Collect(ingest.Feed(strings.NewReader(text), "a.xml", opts))
}

func rss(items string) string {
	return `<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>T</title>` +
		`<link>https://other.example/</link><language>ko-kr</language>` + items + `</channel></rss>`
}

func TestFeedEntryBecomesAReleaseWithAllThatItSays(t *testing.T) {
	t.Parallel()
	items := feed(t, rss(`<item><guid isPermaLink="false">7</guid><title>Tom &amp;amp; Jerry &lt;b&gt;win&lt;/b&gt;</title><link>/news/7</link>
		<pubDate>Fri, 14 Mar 2025 09:00:00 +0900</pubDate><category>Energy</category><category>Energy</category><category>무역</category>
		<author>desk@other.example (Kim Minji)</author><description>In short.</description>
		<content:encoded><![CDATA[<p onclick="x()">Whole <a href="more">text</a></p><script>alert(1)</script>]]></content:encoded>
		<enclosure url="/a%20b.pdf" length="1234" type="application/pdf"/></item>`))
	if len(items) != 1 || items[0].Err != nil {
		t.Fatalf("%+v", items)
	}
	r := items[0].Release
	if r.Title != "Tom & Jerry win" || r.Slug != "tom-jerry-win" || r.Source != "feed:https://other.example/feeds/a.xml 7" || r.Language != "ko" ||
		r.Summary != "In short." || !r.Published.Equal(time.Date(2025, 3, 14, 0, 0, 0, 0, time.UTC)) || !slices.Equal(r.Authors, []string{"Kim Minji"}) ||
		r.Body.HTML != `<p>Whole <a href="https://other.example/news/more">text</a></p>` {
		t.Errorf("%+v", r)
	}
	if a := r.Attachments; len(a) != 1 || a[0].URL != "https://other.example/a%20b.pdf" || a[0].Name != "a b.pdf" || a[0].Size != 1234 || a[0].MediaType != "application/pdf" {
		t.Errorf("attachments %+v", a)
	}
	if !slices.Equal(items[0].Terms, []string{"Energy", "무역"}) || len(items[0].Notes) != 0 {
		t.Errorf("terms %q, notes %q", items[0].Terms, items[0].Notes)
	}
}

func TestFeedMakesUpWhatAnEntryLacksAndSaysSo(t *testing.T) {
	t.Parallel()
	const date = `<pubDate>2025-03-14</pubDate>`
	for _, c := range []struct{ entry, source, title, html, note string }{
		{
			`<title>No id</title><link>https://other.example/1</link><description>Text https://other.example/1</description>` + date,
			"https://other.example/1", "No id", "<p>Text https://other.example/1</p>", "",
		},
		{`<title>No date</title><guid>2</guid><description>Text</description>`, "2", "No date", "<p>Text</p>", "without a date: "},
		{`<title>Too early</title><guid>2</guid><pubDate>2031-01-01</pubDate><description>Text</description>`, "2", "Too early", "<p>Text</p>", "a date in the future: "},
		{`<guid>3</guid><description>The first words. And more.</description>` + date, "3", "The first words. And more.", "<p>The first words. And more.</p>", "without a title: "},
		{
			`<title>Only a link</title><link>https://other.example/4</link>` + date,
			"https://other.example/4", "Only a link", `<p><a href="https://other.example/4">Only a link</a></p>`, "without text: ",
		},
		{
			`<title>Excerpt</title><link>https://other.example/5</link><description>The beginning</description>` + date,
			"https://other.example/5", "Excerpt", "<p>The beginning</p>\n" + `<p><a href="https://other.example/5">other.example/5</a></p>`, "an excerpt: ",
		},
		{`<title>Twice</title><guid>6</guid><description>&amp;lt;p&amp;gt;One&amp;lt;/p&amp;gt;</description>` + date, "6", "Twice", "<p>One</p>", "escaped twice: "},
		{`<title>Lines</title><guid>7</guid><description>One` + "\n\nTwo\nThree" + `</description>` + date, "7", "Lines", "<p>One</p>\n<p>Two<br/>\nThree</p>", ""},
	} {
		items := feed(t, rss("<item>"+c.entry+"</item>"))
		if len(items) != 1 || items[0].Err != nil {
			t.Errorf("%s: %+v", c.entry, items)
			continue
		}
		r, notes := items[0].Release, strings.Join(items[0].Notes, "\n")
		if r.Source != "feed:https://other.example/feeds/a.xml "+c.source || r.Title != c.title || r.Body.HTML != c.html ||
			!strings.HasPrefix(notes, c.note) || (c.note == "") != (notes == "") || r.Published.After(april()) || r.Published.IsZero() {
			t.Errorf("%s\n%q %q %v notes %q\n%s", c.entry, r.Source, r.Title, r.Published, notes, r.Body.HTML)
		}
	}
}

func TestFeedTakesARepeatedIdOnceAndReportsTheOthers(t *testing.T) {
	t.Parallel()
	items := feed(t, rss(`<item><guid>1</guid><title>A</title><description>x</description></item><item><guid>1</guid><title>A</title><description>x</description></item>`+
		`<item><guid>1</guid><title>A</title><description>other</description></item>`))
	if len(items) != 3 || items[0].Err != nil || items[1].Skipped != "repeats entry 1" || items[2].Err == nil || !strings.Contains(items[2].Err.Error(), "id of entry 1") {
		t.Errorf("%+v", items)
	}
}

func TestFeedRefusesTheSitesOwnReleases(t *testing.T) {
	t.Parallel()
	for _, entry := range []string{
		`<guid>tag:news.example.org,2026:release/1</guid><title>A</title><description>x</description>`,
		`<guid>https://news.example.org/releases/a</guid><title>A</title><description>x</description>`,
		`<guid>1</guid><link>https://NEWS.example.org/releases/a</link><title>A</title><description>x</description>`,
	} {
		if items := feed(t, rss("<item>"+entry+"</item>")); len(items) != 1 || items[0].Err == nil || !strings.Contains(items[0].Err.Error(), "loop") {
			t.Errorf("%s: %+v", entry, items)
		}
	}
}

func TestTwoFeedsMayUseTheSameId(t *testing.T) {
	t.Parallel()
	opts := feedOptions(t)
	text := rss(`<item><guid>1</guid><title>A</title><description>x</description></item>`)
	sources := map[string]bool{}
	for _, identity := range []string{"https://a.example/feed", "https://b.example/feed", ""} {
		opts.Identity = identity
		for item := range ingest.Feed(strings.NewReader(text), "a.xml", opts) {
			sources[item.Release.Source] = true
		}
	}
	if len(sources) != 3 || !sources["feed:https://other.example/ 1"] {
		t.Errorf("%v", sources)
	}
}

func TestFeedIsReadInTheEncodingThatItReallyHas(t *testing.T) {
	t.Parallel()
	const korean, western = "\xc7\xd1\xb1\xb9 \xbb\xea\xbe\xf7", "Caf\xe9 \x96 d\xe9j\xe0"
	wrap := func(encoding, title string) string {
		declaration := `<?xml version="1.0"?>`
		if encoding != "" {
			declaration = `<?xml version="1.0" encoding="` + encoding + `"?>`
		}
		return declaration + `<rss version="2.0"><channel><item><guid>1</guid><title>` + title + `</title><description>x</description></item></channel></rss>`
	}
	for _, c := range []struct{ text, title string }{
		{wrap("euc-kr", korean), "한국 산업"},
		{wrap("", korean), "한국 산업"},
		{wrap("utf-8", korean), "한국 산업"},
		{wrap("utf-8", western), "Café – déjà"},
		{wrap("iso-8859-1", western), "Café – déjà"},
		{wrap("iso-8859-1", "한국 산업"), "한국 산업"},
		{wrap("no-such-thing", "한국 산업"), "한국 산업"},
		{"\ufeff" + wrap("utf-8", "한국 산업"), "한국 산업"},
	} {
		if items := feed(t, c.text); len(items) != 1 || items[0].Release.Title != c.title {
			t.Errorf("%q: %+v", c.text, items)
		}
	}
}

func TestFeedKnowsPlainTextFromMarkupAndResolvesAgainstItsBase(t *testing.T) {
	t.Parallel()
	atom := func(entry string) string {
		return `<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://base.example/dir/"><entry><id>urn:1</id><title>A</title><updated>2025-03-01T00:00:00Z</updated>` + entry + `</entry></feed>`
	}
	for text, want := range map[string]string{
		atom(`<content type="text">Use &lt;b&gt;</content>`):                                                                          "<p>Use &lt;b&gt;</p>",
		atom(`<content type="html">Use &lt;b&gt;this&lt;/b&gt; &lt;a href="x"&gt;y&lt;/a&gt;</content>`):                              `Use <b>this</b> <a href="https://base.example/dir/x">y</a>`,
		atom(`<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One</p></div></content>`):                            "<p>One</p>",
		`{"version":"https://jsonfeed.org/version/1.1","items":[{"id":1,"title":"A","content_text":"Use <b>\n\nand more"}]}`:          "<p>Use &lt;b&gt;</p>\n<p>and more</p>",
		`{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","title":"A","content_html":"<p>x</p><script>y</script>"}]}`: "<p>x</p>",
	} {
		if items := feed(t, text); len(items) != 1 || items[0].Err != nil || items[0].Release.Body.HTML != want {
			t.Errorf("%s\n%+v", text, items)
		}
	}
}

func TestFeedThatIsNoneOrABombHasAReason(t *testing.T) {
	t.Parallel()
	entities := `<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">`
	for c := 'b'; c < 'z'; c++ {
		entities += fmt.Sprintf(`<!ENTITY %c "%s">`, c, strings.Repeat(fmt.Sprintf("&%c;", c-1), 10))
	}
	for text, want := range map[string]string{
		"":                                    "is empty",
		"<html><body>Not here</body></html>":  "is a web page",
		"hello":                               "is no feed",
		`{"a": 1}`:                            "is no feed",
		`{"items":[null]}`:                    "cannot be read as a feed",
		"<rss><channel><item><title>Unclosed": "cannot be read as a feed",
		rss("<item>" + strings.Repeat("<a>", 100_000) + strings.Repeat("</a>", 100_000) + "</item>"): "deep",
		strings.Repeat(" ", 9<<20): "larger than 8 MB",
		rss(`<item><guid>1</guid><description>` + strings.Repeat("x", 3<<20) + `</description></item>`): "larger than 2 MB",
	} {
		items := feed(t, text)
		if len(items) != 1 || items[0].Err == nil || !strings.Contains(items[0].Err.Error(), want) {
			t.Errorf("%.80q: %d items, %v, want %s", text, len(items), items[0].Err, want)
		}
	}
	if items := feed(t, rss("")); len(items) != 1 || items[0].Skipped != "a feed without an entry" {
		t.Errorf("an empty feed: %+v", items)
	}
	items := feed(t, entities+"]>"+rss(`<item><guid>1</guid><title>&y;</title><description>x</description></item>`))
	if len(items) != 1 || len(items[0].Release.Title) > 100 {
		t.Errorf("entities: %.300v", items)
	}
	if items = feed(t, rss(strings.Repeat("<item><title>x</title></item>", 2100))); len(items) != 2001 || items[2000].Err == nil {
		t.Errorf("%d items of 2100", len(items))
	}
}

func TestFeedTellsHowLongItAsksToBeLeftAlone(t *testing.T) {
	t.Parallel()
	for head, want := range map[string]time.Duration{
		"<ttl>60</ttl>": time.Hour, "<ttl>-1</ttl>": 0, "": 0,
		`<sy:updatePeriod xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">daily</sy:updatePeriod>` +
			`<sy:updateFrequency xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">4</sy:updateFrequency>`: 6 * time.Hour,
	} {
		opts, got := feedOptions(t), time.Duration(0)
		opts.Rest = func(d time.Duration) { got = d }
		for range ingest.Feed(strings.NewReader(rss(head+"<item><title>x</title></item>")), "a.xml", opts) {
			continue
		}
		if got != want {
			t.Errorf("%s: %v, want %v", head, got, want)
		}
	}
}

func FuzzFeedEndsAsHarmlessReleasesOrWithAReason(f *testing.F) {
	f.Add(rss(`<item><guid>1</guid><title>A</title><description>&lt;img src=x onerror=y&gt;</description></item>`))
	f.Add(`{"version":"https://jsonfeed.org/version/1.1","items":[{"id":1,"content_html":"<svg><script>"}]}`)
	f.Add(`<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><content type="xhtml"><div><a href="java&#10;script:x">y</a></div></content></entry></feed>`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, item := range feed(t, text) {
			harmlessItem(t, "fuzz", item)
		}
	})
}
