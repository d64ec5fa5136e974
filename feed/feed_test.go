package feed_test

import (
	"bytes"
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/feed"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func site() *tidings.Site {
	return &tidings.Site{
		Names:    map[string]string{"en": "Ministry of Trade & Industry", "ko": "산업통상자원부"},
		Base:     &url.URL{Scheme: "https", Host: "news.example.org"},
		Language: "en", Languages: []string{"en", "ko"}, Zone: time.UTC,
		TagEntity: "news.example.org,2025", MailDomain: "news.example.org",
	}
}

func topics() []tidings.Topic {
	return []tidings.Topic{
		{Slug: "energy", Names: map[string]string{"en": "Energy", "ko": "에너지"}},
		{Slug: "trade", Names: map[string]string{"en": "Trade <& tariffs>", "ko": "통상"}},
		{Slug: "closed", Names: map[string]string{"en": "Closed"}, Ended: at("2024-01-01T00:00:00Z")},
	}
}

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err) //nolint:forbidigo // a slip of the pen in this file
	}
	return t
}

// releases are four in the style of a ministry, one of them as hostile as its author could make it.
func releases() []tidings.Release {
	rs := []tidings.Release{
		{
			ID: 4, Slug: "eu-steel-talks", Language: "en", Seq: 9,
			Title: "Minister meets Commissioner Šefčovič: “₩1.2 trillion at stake”",
			Body: tidings.Body{
				HTML: `<p>The ministers met in Brussels. <a href="https://news.example.org/releases/x?a=1&amp;b=2">Background</a></p>`,
				Text: "The ministers met in Brussels. Background",
			},
			Topics: []string{"trade", "energy"}, Office: "Trade Policy Bureau",
			Published: at("2025-03-18T09:30:00.123456789+09:00"), Updated: at("2025-03-20T01:02:03.9Z"),
		},
		{
			ID: 3, Slug: "에너지위원회-개최", Language: "ko", Seq: 7,
			Title: "제31차 에너지위원회 개최", Summary: "산업부는 3월 17일 에너지위원회를 열었다.",
			Body:   tidings.Body{HTML: "<p>산업부는 3월 17일 에너지위원회를 열었다.</p>", Text: "산업부는 3월 17일 에너지위원회를 열었다."},
			Topics: []string{"energy", "unlisted"}, Authors: []string{"김민수", "Lee & Park"}, Office: "에너지정책실",
			Attachments: []tidings.Attachment{
				{Name: "보도자료.pdf", URL: "https://news.example.org/files/보도 자료.pdf", MediaType: "application/pdf", Size: 123456},
				{Name: "Table \"1\"", URL: "https://news.example.org/files/table?x=1&y=2"},
			},
			Published: at("2025-03-17T11:00:00+09:00"), Updated: at("2025-03-17T11:00:00+09:00"),
		},
		{
			ID: 2, Slug: "hostile", Language: "en", Seq: 5,
			Title:   "<b>Bold</b> &amp; AT&T ]]> \x00\x0b\x1f\uFFFF\xff\u0085end</title><script>alert(1)</script>",
			Summary: "1 < 2 && <b>plain text</b> &lt; ]]>\r\nsecond line\x07",
			Body: tidings.Body{
				HTML: "<p>a ]]> b\x01 &lt;b&gt; \xc3</p>\r\n<pre>x &amp;&amp; y</pre>", Text: "a ]]> b <b>\nx && y",
			},
			Topics: []string{"trade"}, Authors: []string{"<Mallory> & \x02Co"},
			Attachments: []tidings.Attachment{{Name: "no address"}, {Name: "a\"b<c>\x03", URL: "https://x.example/a\"b<c>\n", Size: -1}},
			Published:   at("2025-03-16T00:00:00Z"), Updated: at("2025-03-15T00:00:00Z"),
		},
		{
			ID: 1, Slug: "bare", Language: "", Seq: 1, Title: "Office closed",
			Published: at("1999-12-31T23:59:59-05:00"),
		},
	}
	for i := range rs {
		rs[i].Status = tidings.Published
		rs[i].URI = site().NewReleaseURI(rs[i].Slug)
	}
	return rs
}

func channel() *feed.Channel {
	return &feed.Channel{Site: site(), Topics: topics(), Releases: releases()}
}

func render(t testing.TB, format tidings.FeedFormat, ch *feed.Channel) []byte {
	t.Helper()
	out, err := feed.Render(format, ch)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestFeedsAreTheGoldenOnes(t *testing.T) {
	t.Parallel()
	korean := channel()
	korean.Selection, korean.Releases = tidings.Selection{Language: "ko"}, korean.Releases[1:2]
	energy := channel()
	energy.Selection, energy.Releases = tidings.Selection{Topic: "energy"}, energy.Releases[:2]
	empty := channel()
	empty.Selection, empty.Releases = tidings.Selection{Topic: "trade"}, nil
	filtered := channel()
	filtered.Selection = tidings.Selection{Query: `lang:en,ko (topic:energy,trade OR "supply chain") -nuclear`}
	filtered.Withdrawn = newsroomChannel().Withdrawn
	personal := channel()
	personal.Personal, personal.Language = "T0ken-_", "ko"
	for name, ch := range map[string]*feed.Channel{
		"filter": filtered, "personal": personal, "all": channel(), "korean": korean, "energy": energy, "empty": empty, "newsroom": newsroomChannel(),
	} {
		for _, format := range tidings.FeedFormats() {
			t.Run(name+"."+string(format), func(t *testing.T) {
				t.Parallel()
				golden(t, name+"."+string(format), render(t, format, ch))
			})
		}
	}
}

func TestOPMLIsTheGoldenOne(t *testing.T) {
	t.Parallel()
	out, err := feed.OPML(site(), topics())
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "opml.xml", out)
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; run with -update and read the diff. Got:\n%s", path, got)
	}
}

func TestRenderGivesTheSameBytesWhateverTheZoneOrTheFractionOfASecond(t *testing.T) {
	t.Parallel()
	for _, format := range tidings.FeedFormats() {
		want := render(t, format, channel())
		for i := range 100 {
			ch := channel()
			zone := time.FixedZone("elsewhere", (i-50)*900)
			for j := range ch.Releases {
				r := &ch.Releases[j]
				r.Published = r.Published.Truncate(time.Second).Add(time.Duration(i) * 9_999_999).In(zone)
				if !r.Updated.IsZero() {
					r.Updated = r.Updated.Truncate(time.Second).Add(time.Duration(i)).In(zone)
				}
			}
			if got := render(t, format, ch); !bytes.Equal(got, want) {
				t.Fatalf("%s: rendering %d differs", format, i)
			}
		}
	}
}

func TestRenderRefusesWhatIsNotPublicOrHasNoID(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*tidings.Release){
		"draft":     func(r *tidings.Release) { r.Status = tidings.Draft },
		"scheduled": func(r *tidings.Release) { r.Status = tidings.Scheduled },
		"withdrawn": func(r *tidings.Release) { r.Status = tidings.Withdrawn },
		"no number": func(r *tidings.Release) { r.Seq = 0 },
		"no id":     func(r *tidings.Release) { r.URI = "" },
	} {
		ch := channel()
		spoil(&ch.Releases[1])
		for _, format := range tidings.FeedFormats() {
			if out, err := feed.Render(format, ch); err == nil || out != nil {
				t.Errorf("%s, %s: got %d bytes and error %v, want an error alone", name, format, len(out), err)
			}
		}
	}
	if _, err := feed.Render("gopher", channel()); err == nil {
		t.Error("an unknown format was rendered")
	}
}

func TestRenderLeavesItsInputAlone(t *testing.T) {
	t.Parallel()
	ch := channel()
	shared := make([]string, 1, 4)
	shared[0] = "Kim"
	ch.Releases[0].Authors = shared
	for _, format := range tidings.FeedFormats() {
		render(t, format, ch)
	}
	if shared[:2][1] != "" || ch.Releases[2].Title != releases()[2].Title {
		t.Error("the releases were written to")
	}
}

func TestTitlesTellSelectionsApart(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, sel := range []tidings.Selection{
		{},
		{Topic: "energy"},
		{Topic: "trade"},
		{Topic: "closed"},
		{Topic: "unlisted"},
		{Language: "en"},
		{Language: "ko"},
		{Language: "pt"},
		{Language: "pt-BR"},
		{Language: "sw"},
	} {
		title := feed.Title(site(), sel, topics(), "en")
		if other, taken := seen[title]; taken {
			t.Errorf("%q is the title of %q and of %q", title, sel.Filter(), other)
		}
		seen[title] = sel.Filter()
	}
	if got, want := feed.Title(site(), tidings.Selection{Topic: "energy"}, topics(), "ko"), "에너지 — 산업통상자원부"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func BenchmarkRender(b *testing.B) {
	ch := channel()
	for len(ch.Releases) < 50 {
		ch.Releases = append(ch.Releases, releases()...)
	}
	ch.Releases = ch.Releases[:50]
	for i := range ch.Releases {
		ch.Releases[i].Body.HTML = string(bytes.Repeat([]byte("<p>Exports rose by 1.2 percent in March.</p>\n"), 80))
	}
	for _, format := range tidings.FeedFormats() {
		b.Run(string(format), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.SetBytes(int64(len(render(b, format, ch))))
			}
		})
	}
}
