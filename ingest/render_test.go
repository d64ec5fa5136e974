package ingest_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/ingest"
)

func render(t testing.TB, format tidings.Format, source string) tidings.Body {
	t.Helper()
	b, err := ingest.NewRenderer().Render(tidings.Body{Format: format, Source: source}, options(t).Base)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestKoreanParticlesEndEmphasisAfterPunctuation(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ source, want string }{
		{`**"좋다."**라고 말했다`, `<p><strong>&#34;좋다.&#34;</strong>라고 말했다</p>`},
		{`장관은**“좋다.”**라고`, `<p>장관은<strong>“좋다.”</strong>라고</p>`},
		{`*(주)*는`, `<p><em>(주)</em>는</p>`},
		{`~~“취소.”~~라고`, `<p><del>“취소.”</del>라고</p>`},
		{`**「経済」**は`, `<p><strong>「経済」</strong>は</p>`},
		{`**굵게**와 **또 "굵게"**와`, `<p><strong>굵게</strong>와 <strong>또 &#34;굵게&#34;</strong>와</p>`},
		// What CommonMark says for other scripts stays.
		{`**"Good."**said`, `<p>**&#34;Good.&#34;**said</p>`},
		{`2 * 3 * 4, snake_case_word, 가_"나"_다`, `<p>2 * 3 * 4, snake_case_word, 가_&#34;나&#34;_다</p>`},
	} {
		if got := render(t, tidings.Markdown, tc.source).HTML; got != tc.want {
			t.Errorf("%s\n got %s\nwant %s", tc.source, got, tc.want)
		}
	}
}

func TestRenderGoldens(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"body.md", "body.html"} {
		source, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		format := tidings.Markdown
		if name == "body.html" {
			format = tidings.HTML
		}
		body := render(t, format, string(source))
		golden(t, name+".golden", body.HTML+"\n\n==== text ====\n"+body.Text+"\n")
	}
}

func TestHeadingsLeaveTheFirstLevelToThePage(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ source, want string }{
		{"# A\n## B\n###### C", "<h2>A</h2>\n<h3>B</h3>\n<h4>C</h4>"},
		{"#### A\n###### B\n##### C\n## D\n#### E", "<h2>A</h2>\n<h3>B</h3>\n<h3>C</h3>\n<h2>D</h2>\n<h3>E</h3>"},
		{"# A\n## B\n### C\n#### D\n##### E\n###### F", "<h2>A</h2>\n<h3>B</h3>\n<h4>C</h4>\n<h5>D</h5>\n<h6>E</h6>\n<h6>F</h6>"},
		{"## A {#a .b}\n\nB {#b}\n---\n\n### C {d}\n### {세종시}", "<h2>A</h2>\n<h2>B</h2>\n<h3>C {d}</h3>\n<h3>{세종시}</h3>"},
		{"## A\n### B", "<h2>A</h2>\n<h3>B</h3>"},
	} {
		if got := render(t, tidings.Markdown, tc.source).HTML; got != tc.want {
			t.Errorf("%q: got %s", tc.source, got)
		}
	}
}

func TestWhatStandsAboveTheLineNeverRunsIntoAFigure(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		format            tidings.Format
		source, want, all string // the first paragraph, and the whole text where it has more
	}{
		{
			tidings.Markdown, "The budget is 2.1[^1] trillion won.[^b]\n\n[^1]: As of March.\n[^b]: Planned.", "The budget is 2.1 [1] trillion won. [2]",
			"The budget is 2.1 [1] trillion won. [2]\n\n* * *\n\n1. As of March.\n2. Planned.",
		},
		{format: tidings.HTML, source: `<p>2.1<sup id="r"><a href="#n">1</a></sup> won</p>`, want: "2.1 [1] won"},
		{format: tidings.HTML, source: `<p>2.1<a href="#n"><sup>1</sup></a> won</p>`, want: "2.1 [1] won"},
		{format: tidings.HTML, source: `<p>2.1<sup>1)</sup>조 원</p>`, want: "2.1 1)조 원"},
		{format: tidings.HTML, source: `<p>10<sup>6</sup>, 10<sup>-6</sup> and log 10<sub>2</sub></p>`, want: "10^6, 10^-6 and log 10_2"},
		{format: tidings.HTML, source: `<p>5 m<sup>2</sup> CO<sub>2</sub> 1<sup>st</sup> <sup>2</sup> Note</p>`, want: "5 m2 CO2 1st 2 Note"},
		{format: tidings.HTML, source: `<p>3<sup>1</sup>/<sub>2</sub></p>`, want: "3 1/2"},
	} {
		got := render(t, tc.format, tc.source)
		if tc.all == "" {
			tc.all = tc.want
		}
		if got.Text != tc.all {
			t.Errorf("%s\n got %q\nwant %q", tc.source, got.Text, tc.all)
		}
		if again := render(t, tidings.HTML, got.HTML); again.Text != got.Text || again.HTML != got.HTML {
			t.Errorf("%s again: %q", tc.source, again.Text)
		}
		r := tidings.Release{Body: got}
		if lead := r.Lead(200); !strings.HasPrefix(lead, tc.want) {
			t.Errorf("%s: the lead is %q", tc.source, lead)
		}
	}
}

func TestLinksAreMadeAbsoluteOrTakenOut(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ source, want string }{
		{`<a href="/a b?x=1&amp;y">x</a>`, `<a href="https://news.example.org/a%20b?x=1&amp;y">x</a>`},
		{`<a href="//evil.example/x">x</a>`, `<a href="https://evil.example/x">x</a>`},
		{`<a href=" javascript:alert(1)">x</a>`, `x`},
		{`<a href="java&#10;script:alert(1)">x</a>`, `x`},
		{`<a href="data:text/html,x">x</a>`, `x`},
		{`<a href="mailto:press@example.org">x</a>`, `<a href="mailto:press@example.org">x</a>`},
		{`<img src="chart.png" alt="A chart" onerror="x()">`, `<img src="https://news.example.org/chart.png" alt="A chart"/>`},
		{`<img src="data:image/png;base64,AA" alt="A chart">`, `A chart`},
		{`<img src="/chart.png">`, `<img src="https://news.example.org/chart.png" alt=""/>`},
	} {
		if got := render(t, tidings.HTML, tc.source).HTML; got != tc.want {
			t.Errorf("%s\n got %s\nwant %s", tc.source, got, tc.want)
		}
	}
	b, err := ingest.NewRenderer().Render(tidings.Body{Format: tidings.HTML, Source: `<a href="/a">x</a> <a href="//b/">y</a>`}, nil)
	if err != nil || b.HTML != "x y" {
		t.Errorf("without a base: %q, %v", b.HTML, err)
	}
}

func TestKoreanTextBehindABareLinkIsNoPartOfIt(t *testing.T) {
	t.Parallel()
	want := `<p><a href="https://example.org/a">https://example.org/a</a>를 보라.</p>`
	if got := render(t, tidings.Markdown, "https://example.org/a를 보라.").HTML; got != want {
		t.Errorf("got %s", got)
	}
}

func TestRenderRefusesAnUnknownFormat(t *testing.T) {
	t.Parallel()
	if _, err := ingest.NewRenderer().Render(tidings.Body{Source: "x"}, nil); err == nil {
		t.Error("a body without a format was rendered")
	}
}

// harmless fails the test when the markup holds anything that acts.
func harmless(t *testing.T, markup string) {
	t.Helper()
	tree, err := html.Parse(strings.NewReader(markup))
	if err != nil {
		t.Fatal(err)
	}
	for n := range tree.Descendants() {
		if n.Type == html.CommentNode || n.Type == html.DoctypeNode {
			t.Fatalf("a comment in %q", markup)
		}
		if n.Type != html.ElementNode {
			continue
		}
		if n.Namespace != "" {
			t.Fatalf("<%s> of %s in %q", n.Data, n.Namespace, markup)
		}
		switch n.Data {
		case "script", "style", "iframe", "object", "embed", "form", "input", "button", "base", "meta", "link", "svg", "math",
			"template", "textarea", "select", "noscript", "frame", "frameset", "h1", "title", "video", "audio":
			t.Fatalf("<%s> in %q", n.Data, markup)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "id" || a.Key == "class" {
				t.Fatalf("%s=%q in %q", a.Key, a.Val, markup)
			}
			if a.Key == "href" || a.Key == "src" || a.Key == "cite" {
				u, err := url.Parse(a.Val)
				if err != nil || u.Scheme != "https" && u.Scheme != "http" && u.Scheme != "mailto" {
					t.Fatalf("%s=%q in %q", a.Key, a.Val, markup)
				}
			}
		}
	}
}

func FuzzRenderer(f *testing.F) {
	for _, s := range []string{
		"# Title\n\n**\"좋다.\"**라고 <script>alert(1)</script>\n\n| a | b |\n|:-|-:|\n| 1 | 2 |\n",
		`<p onclick=x>a<table><tr><td>b<a href="javascript:x">c`,
		`<svg><style><img src=x onerror=alert(1)></style></svg><math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">`,
		"<a href=\"/x\u0338\">\u0338</a><h1>x<h2><details open><li>y</ul><q cite=//x>", "1. a\n   - b\n\n     c\n2. d\n\n> q\n> r\n\n    code\n",
		`<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>`, `<b><p>x<b><a href=1><a href=2><form><form></form>`,
	} {
		f.Add(s, true)
		f.Add(s, false)
	}
	r := ingest.NewRenderer()
	base := &url.URL{Scheme: "https", Host: "news.example.org", Path: "/releases/x"}
	f.Fuzz(func(t *testing.T, source string, markdown bool) {
		in := tidings.Body{Format: tidings.HTML, Source: source}
		if markdown {
			in.Format = tidings.Markdown
		}
		once, err := r.Render(in, base)
		if err != nil {
			return
		}
		harmless(t, once.HTML)
		twice, err := r.Render(tidings.Body{Format: tidings.HTML, Source: once.HTML}, base)
		if err != nil {
			t.Fatalf("its own HTML was refused: %v\n%q", err, once.HTML)
		}
		if twice.HTML != once.HTML || twice.Text != once.Text {
			t.Fatalf("rendering again changed it:\n%q\n%q\n%q\n%q", once.HTML, twice.HTML, once.Text, twice.Text)
		}
	})
}
