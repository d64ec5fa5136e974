package ingest_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/ingest"
)

// gallery is what other sites show, and who was asked.
type gallery struct {
	pictures map[string][]byte // by address
	asked    []string
	stored   map[string]tidings.Release
}

func (g *gallery) picture(address string) ([]byte, error) {
	g.asked = append(g.asked, address)
	if data, known := g.pictures[address]; known {
		return data, nil
	}
	return nil, errors.New("no answer came")
}

// read reads a feed, and stores what came of it.
func (g *gallery) read(t *testing.T, text string) []ingest.Item {
	t.Helper()
	opts := feedOptions(t)
	opts.URL = &url.URL{Scheme: "https", Host: "other.example", Path: "/feeds/a.xml"}
	opts.Picture = g.picture
	opts.Stored = func(source string) (tidings.Release, error) {
		if r, known := g.stored[source]; known {
			return r, nil
		}
		return tidings.Release{}, tidings.ErrNotFound
	}
	items := slices.Collect(ingest.Feed(strings.NewReader(text), "a.xml", opts))
	for i := range items {
		if items[i].Err != nil {
			t.Fatal(items[i].Err)
		}
		g.stored[items[i].Release.Source] = items[i].Release
	}
	return items
}

// drawing is a PNG of that size.
func drawing(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func entryOf(body, more string) string {
	return rss(`<item xmlns:media="http://search.yahoo.com/mrss/"><guid>1</guid><title>A</title><link>https://other.example/news/1</link>` +
		`<pubDate>2025-03-14</pubDate><content:encoded><![CDATA[` + body + `]]></content:encoded>` + more + `</item>`)
}

func fileAt(data []byte, name string) string {
	return "https://news.example.org/files/" + tidings.HashOf(data) + "/" + name
}

func TestPicturesOfAnEntryAreKeptAndWhatCannotBeHadBecomesALink(t *testing.T) {
	t.Parallel()
	small, cover := drawing(t, 30, 20), drawing(t, 60, 40)
	g := gallery{stored: map[string]tidings.Release{}, pictures: map[string][]byte{
		"https://other.example/news/a.gif": small, "https://cdn.example/big.png?w=9": cover, "https://other.example/page.png": []byte("<html>"),
	}}
	text := entryOf(`<p>Look: <img src="a.gif" alt="A hall" width="7"> <img src="" data-src="a.gif" title="Again"> <img src="/page.png" alt="Map">`+
		`<img src="https://gone.example/x.png" alt="Lost"> <img src="https://count.example/pixel" width="1" height="1"><img src="https://cdn.example/big.png?w=9"></p>`,
		`<enclosure url="/report.pdf" type="application/pdf" length="9"/>`+
			`<media:content url="https://2.gravatar.com/avatar/x" medium="image"/>`+
			`<media:group><media:content url="https://cdn.example/big.png?w=9" medium="image"><media:description>The big one</media:description></media:content></media:group>`)
	item := g.read(t, text)[0]
	r := item.Release
	want := `<p>Look: <img src="` + fileAt(small, "a.gif") + `" alt="A hall" width="30" height="20"/> ` +
		`<img src="` + fileAt(small, "a.gif") + `" title="Again" width="30" height="20" alt="Again"/> ` +
		`<a href="https://other.example/page.png">Map</a><a href="https://gone.example/x.png">Lost</a> </p>`
	if r.Body.HTML != want {
		t.Errorf("got  %s\nwant %s", r.Body.HTML, want)
	}
	if a := r.Attachments; len(a) != 2 || a[0].URL != "https://other.example/report.pdf" || a[1].Hash != tidings.HashOf(cover) || !a[1].Cover ||
		a[1].Width != 60 || a[1].Height != 40 || a[1].Alt != "The big one" || a[1].MediaType != "image/png" || a[1].Name != "big.png" {
		t.Errorf("attachments %+v", a)
	}
	if !slices.Equal(r.Files, []string{tidings.HashOf(small), tidings.HashOf(cover)}) || len(item.Files) != 2 || item.Files[1].MediaType != "image/png" {
		t.Errorf("files %v, %d of them", r.Files, len(item.Files))
	}
	if len(item.Notes) != 2 || !strings.Contains(item.Notes[0], "page.png: cannot be read") || !strings.Contains(item.Notes[1], "x.png: no answer came") {
		t.Errorf("notes %q", item.Notes)
	}
}

func TestAnUnchangedEntryIsTheSameAndAsksForNoPicture(t *testing.T) {
	t.Parallel()
	small, cover := drawing(t, 30, 20), drawing(t, 60, 40)
	for name, text := range map[string]string{
		"with a picture":           entryOf(`<p>One <img src="/a.png" alt="A"> <img src="/gone.png" alt="B"></p>`, ""),
		"with one that is gone":    entryOf(`<p>One <img src="/gone.png" alt="B"></p>`, ""),
		"with a cover":             entryOf(`<p>One</p>`, `<enclosure url="/cover.png" type="image/png"/>`),
		"with both":                entryOf(`<p>One <img src="/cover.png"> <img src="/a.png" alt="A"></p>`, `<enclosure url="/cover.png" type="image/png"/>`),
		"with a cover that is no":  entryOf(`<p>One <img src="/a.png"></p>`, `<enclosure url="/gone.png" type="image/png" length="7"/>`),
		"with media that are gone": entryOf(`<p>One</p>`, `<media:content url="/gone.png" type="image/png"><media:title>T</media:title></media:content>`),
		"without text":             entryOf(`<a href="/x"><img src="/gone.png" alt=""></a>`, `<enclosure url="/cover.png" type="image/png"/>`),
	} {
		g := gallery{stored: map[string]tidings.Release{}, pictures: map[string][]byte{
			"https://other.example/a.png": small, "https://other.example/cover.png": cover,
		}}
		first, asked := g.read(t, text)[0].Release, len(g.asked)
		if asked == 0 {
			t.Errorf("%s: nothing was asked for", name)
		}
		item := g.read(t, text)[0]
		if len(g.asked) != asked {
			t.Errorf("%s: asked for %v", name, g.asked[asked:])
		}
		if got, want := fmt.Sprintf("%+v", item.Release), fmt.Sprintf("%+v", first); got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
		changed := strings.Replace(text, "<title>A<", "<title>B<", 1)
		if item = g.read(t, changed)[0]; len(g.asked) != asked || item.Release.Title != "B" {
			t.Errorf("%s: another title asked for %v", name, g.asked[asked:])
		}
		if g.read(t, strings.Replace(text, "<p>", "<p>And ", 1)); strings.Contains(text, "<p>") && len(g.asked) == asked {
			t.Errorf("%s: another text asked for nothing", name)
		}
	}
}

func TestAnEntryBringsTwentyPicturesAndAFileNone(t *testing.T) {
	t.Parallel()
	g := gallery{stored: map[string]tidings.Release{}, pictures: map[string][]byte{}}
	body := "<p>"
	for i := range 25 {
		address := fmt.Sprintf("https://other.example/%d.png", i)
		g.pictures[address] = drawing(t, 10+i, 10)
		body += `<img src="` + address + `" alt="P">`
	}
	item := g.read(t, entryOf(body, ""))[0]
	if len(g.asked) != 20 || len(item.Files) != 20 || len(item.Notes) != 5 || strings.Count(item.Release.Body.HTML, "<a ") != 5 {
		t.Errorf("%d asked, %d kept, notes %q", len(g.asked), len(item.Files), item.Notes)
	}
	for _, item := range feed(t, entryOf(body, "")) {
		if strings.Contains(item.Release.Body.HTML, "<img") || len(item.Notes) != 25 {
			t.Errorf("%s\n%q", item.Release.Body.HTML, item.Notes)
		}
	}
}
