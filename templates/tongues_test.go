package templates

import (
	"bytes"
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

func TestHomeIsInTheReadersLanguageWhereTheSiteHasReleasesInIt(t *testing.T) {
	t.Parallel()
	s, site := open(t), ministry(t)
	for _, c := range []struct {
		site   string
		all    []string
		reader string
		want   string // the language of the list; empty: all releases
	}{
		{"en", []string{"en", "ko"}, "en", ""},
		{"en", []string{"en", "ko"}, "ko", "ko"},
		{"en-GB", []string{"en-GB", "ko-KR"}, "en-US", ""},
		{"en-GB", []string{"en-GB", "ko-KR"}, "ko", "ko-KR"},
		{"ko", []string{"ko", "en"}, "en", "en"},
		{"ko", []string{"ko"}, "en", ""},
		{"fr", []string{"fr", "en"}, "fr", ""}, // the site's own pages, in English words for want of French ones
		{"fr", []string{"fr", "ko"}, "ko", "ko"},
	} {
		site.Language, site.Languages = c.site, c.all
		if got := s.Home(site, c.reader); got != (tidings.Selection{Language: c.want}) {
			t.Errorf("a site in %s for a reader of %s: %+v", c.site, c.reader, got)
		}
	}
}

func TestLinksThatSayTheirAddressAreToldFromOthers(t *testing.T) {
	t.Parallel()
	r := releases(t)[0]
	r.Body.HTML = `<p><a href="https://example.org/a/">https://example.org/a</a> <a href="https://example.org" rel="nofollow">example.org</a>
<a href="https://example.org/b?x=1&amp;y=2">https://example.org/b?x=1&amp;y=2</a>
<a href="https://example.org/c">the figures</a> <a href="https://example.org/d"><em>example.org/d</em></a></p>`
	p := &ReleasePage{Page: pageOf(t, open(t), "en", ""), Release: r}
	var b bytes.Buffer
	if err := open(t).Release(&b, p); err != nil {
		t.Fatal(err)
	}
	var bare []string
	for _, a := range named(nodes(t, b.Bytes()), "a") {
		if attr(a, "class") == "bare" {
			bare = append(bare, attr(a, "href"))
		}
	}
	if got := strings.Join(bare, " "); got != "https://example.org/a/ https://example.org https://example.org/b?x=1&y=2" {
		t.Error(got)
	}
}

func TestALongQuestionIsCutInTheHeadingAlone(t *testing.T) {
	t.Parallel()
	s, query := open(t), strings.Repeat("수출 통계 ", 40)
	var b bytes.Buffer
	if err := s.Search(&b, &SearchPage{Page: pageOf(t, s, "ko", AtSearch), Query: query}); err != nil {
		t.Fatal(err)
	}
	all := nodes(t, b.Bytes())
	if got := text(named(all, "h1")[0]); len([]rune(got)) > 70 || !strings.Contains(got, "…") {
		t.Error(got)
	}
	if !bytes.Contains(b.Bytes(), []byte(`value="`+strings.TrimSpace(query)+`"`)) {
		t.Error("the form has lost a part of the question")
	}
}
