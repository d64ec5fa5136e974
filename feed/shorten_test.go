package feed_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/feed"
)

func TestALargeReleaseIsItsLeadAndALinkInEveryFormat(t *testing.T) {
	t.Parallel()
	const largest = 60_000
	for name, c := range map[string]struct {
		html string
		want string
	}{
		"short enough": {strings.Repeat("x", 50_000), strings.Repeat("x", 50_000)},
		"too large": {
			strings.Repeat("x", largest+1),
			"<p>Exports &amp; imports rose.</p>\n<p><a href=\"https://news.example.org/releases/hostile\">A &lt;b&gt; title</a></p>",
		},
	} {
		ch := channel()
		ch.Releases = ch.Releases[2:3]
		r := &ch.Releases[0]
		r.Title, r.Summary, r.Body.Text, r.Body.HTML = "A <b> title", "", "Exports & imports rose.", c.html
		for _, format := range tidings.FeedFormats() {
			items := parse(t, render(t, format, ch)).Items
			if len(items) != 1 || items[0].Content != c.want {
				t.Errorf("%s, %s: the content is not the one wanted: %.200q", name, format, items[0].Content)
			}
			if ch.Releases[0].Body.HTML != c.html {
				t.Fatal("the release was written to")
			}
		}
	}
}

func TestNoReleaseIsWithoutMeasure(t *testing.T) {
	t.Parallel()
	huge := strings.Repeat("\"한 ", 200_000)
	for name, swell := range map[string]func(*tidings.Release){
		"title":       func(r *tidings.Release) { r.Title = huge },
		"summary":     func(r *tidings.Release) { r.Summary = huge },
		"text":        func(r *tidings.Release) { r.Body.HTML, r.Body.Text = huge, huge },
		"quotes":      func(r *tidings.Release) { r.Body.HTML = strings.Repeat(`"`, 59_000) },
		"authors":     func(r *tidings.Release) { r.Authors = slices.Repeat([]string{"A"}, 100_000) },
		"one author":  func(r *tidings.Release) { r.Authors = []string{huge} },
		"topics":      func(r *tidings.Release) { r.Topics = slices.Repeat([]string{"a"}, 100_000) },
		"attachments": func(r *tidings.Release) { r.Attachments = slices.Repeat([]tidings.Attachment{{URL: "h:"}}, 100_000) },
		"one file":    func(r *tidings.Release) { r.Attachments = []tidings.Attachment{{URL: huge, Name: huge}} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ch := channel()
			ch.Releases = ch.Releases[:1]
			swell(&ch.Releases[0])
			for _, format := range tidings.FeedFormats() {
				doc := render(t, format, ch)
				if format == tidings.JSON && len(doc) > 150_000 {
					t.Errorf("the JSON Feed has %d octets", len(doc))
				}
				if n := len(parse(t, doc).Items); n != 1 {
					t.Errorf("%s has %d items, want 1", format, n)
				}
			}
		})
	}
}

func TestTopicsGoByTheirLabels(t *testing.T) {
	t.Parallel()
	ch := channel()
	ch.Releases = ch.Releases[1:2] // in Korean, of a topic with a name and of one without
	rss := parseXML(t, render(t, tidings.RSS, ch)).Children[0].all("", "item")[0].all("", "category")
	if len(rss) != 2 || rss[0].Text != "에너지" || rss[1].Text != "unlisted" ||
		rss[0].attr("domain") != "https://news.example.org/topics/energy" {
		t.Errorf("RSS: %+v", rss)
	}
	atom := parseXML(t, render(t, tidings.Atom, ch)).all(atomNS, "entry")[0].all(atomNS, "category")
	if len(atom) != 2 || atom[0].attr("term") != "energy" || atom[0].attr("label") != "에너지" {
		t.Errorf("Atom: %+v", atom)
	}
	if tags := parse(t, render(t, tidings.JSON, ch)).Items[0].Categories; !slices.Equal(tags, []string{"에너지", "unlisted"}) {
		t.Errorf("JSON: %q", tags)
	}
}

func TestFitKeepsTheLongestPrefixWithinTheBound(t *testing.T) {
	t.Parallel()
	ch := channel()
	full := len(render(t, tidings.JSON, ch))
	for _, c := range []struct{ limit, want int }{{full, 4}, {full - 1, 3}, {0, 0}} {
		ch := channel()
		doc, err := feed.Fit(ch, c.limit)
		if err != nil || len(ch.Releases) != c.want || string(doc) != string(render(t, tidings.JSON, ch)) {
			t.Errorf("limit %d: %d releases in %d octets, %v; want %d", c.limit, len(ch.Releases), len(doc), err, c.want)
		}
	}
}
