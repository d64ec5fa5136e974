package templates

import (
	"bytes"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

func folder(files map[string]string) fs.FS {
	m := fstest.MapFS{}
	for name, text := range files {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

func TestOperatorsFileIsLaidOverOurs(t *testing.T) {
	t.Parallel()
	s, err := New(folder(map[string]string{
		"pages/error.html": `{{define "heading"}}Oh dear{{end}}
{{define "main"}}<h1>{{template "heading" .}} {{.Status}}</h1>{{end}}`,
		"locales/ko.toml":          "nav-topics = \"분야\"\n[releases]\nother = \"{{.PluralCount}}개\"\n",
		"assets/style.css":         "body { color: #123 }",
		".git/config":              "hidden",
		"pages/.error.html.swp":    "hidden",
		"locales/.ko.toml.swp.txt": "hidden",
	}))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := s.Error(&b, &ErrorPage{Page: pageOf(t, s, "ko", ""), Status: 404}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"<h1>Oh dear 404</h1>", "<title>Oh dear – 산업통상자원부</title>", ">분야</a>", ">피드(RSS)</a>",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, &b)
		}
	}
	css, path := stylesheet(s)
	if _, ours := stylesheet(open(t)); string(css) != "body { color: #123 }" || path == ours {
		t.Errorf("the stylesheet is %q at %s", css, path)
	}
}

func TestOperatorMayAddALanguage(t *testing.T) {
	t.Parallel()
	english := string(mustRead(t, "locales/en.toml"))
	german := strings.Replace(english, `nav-topics = "Topics"`, `nav-topics = "Themen"`, 1)
	s, err := New(folder(map[string]string{"locales/de.toml": german}))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Match("fr", "de-AT"); got != "de" {
		t.Errorf("de-AT is served %q", got)
	}
	var b bytes.Buffer
	if err := s.Topics(&b, &TopicsPage{Page: pageOf(t, s, "de-CH", "")}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), `<html lang="de">`) || !strings.Contains(b.String(), "<h1>Themen</h1>") {
		t.Errorf("not in German:\n%s", &b)
	}
}

func TestFaultyFileIsRefusedByNameAndLine(t *testing.T) {
	t.Parallel()
	const heading = `{{define "heading"}}x{{end}}`
	for name, c := range map[string]struct{ file, text, want string }{
		"unknown page":       {"pages/relase.html", "x", "pages/relase.html: there is no such template"},
		"file out of place":  {"error.html", "x", "error.html: there is no such template"},
		"syntax":             {"pages/error.html", "\n\n{{if}}", "pages/error.html:3"},
		"syntax of a mail":   {"mails/digest.txt", "\n{{end}}", "mails/digest.txt:2"},
		"unknown function":   {"pages/error.html", "{{define \"heading\"}}\n{{shout .}}{{end}}", "pages/error.html:2"},
		"unknown field":      {"pages/error.html", heading + "{{define \"main\"}}\n\n{{.Stauts}}{{end}}", "pages/error.html:3"},
		"unclosed attribute": {"pages/error.html", heading + "{{define \"main\"}}<a href=\"{{end}}", "rendering the page error: html/template:"},
		"missing part":       {"pages/error.html", "{{define \"main\"}}x{{end}}", "the page error: html/template:pages/layout.html"},
		"unknown word":       {"pages/error.html", "{{define \"main\"}}\n{{t \"no-such\"}}{{end}}", "pages/error.html:2"},
		"unknown mail field": {"mails/digest.html", "\n{{.Sender}}", "mails/digest.html:2"},
		"broken catalogue":   {"locales/ko.toml", "a = \"b\"\nc = ", "locales/ko.toml:2"},
		"needless word":      {"locales/ko.toml", "skip = \"본문\"\nskpi = \"본문\"", "locales/ko.toml:2: no template asks for \"skpi\""},
		"incomplete":         {"locales/de.toml", "skip = \"Zum Inhalt\"", "locales/de.toml has no \"nav-main\""},
		"no language":        {"locales/klingon_.toml", "", "locales/klingon_.toml: \"klingon_\" is no language tag"},
		"broken gap":         {"locales/en.toml", "skip = \"{{.A\"", "locales/en.toml"},
		"eleven months":      {"locales/en.toml", "months = \"a b\"", "months must be twelve names"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := New(folder(map[string]string{c.file: c.text}))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestLanguageIsChosenAsTheReaderPrefers(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, c := range []struct {
		tags []string
		want string
	}{
		{nil, "en"},
		{[]string{""}, "en"},
		{[]string{"ko"}, "ko"},
		{[]string{"ko-KR"}, "ko"},
		{[]string{"fr"}, "en"},
		{[]string{"fr;q=0.9, ko;q=0.8, en;q=0.7"}, "ko"},
		{[]string{"ko", "en"}, "ko"},
		{[]string{"not a tag!!", "ko"}, "ko"},
	} {
		if got := s.Match(c.tags...); got != c.want {
			t.Errorf("%q: %s, not %s", c.tags, got, c.want)
		}
	}
}

func TestFailedPageWritesNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	var b bytes.Buffer
	if err := s.Error(&b, &ErrorPage{}); err == nil || b.Len() > 0 {
		t.Errorf("a page without a site: %v, and %d octets", err, b.Len())
	}
}

func TestSetServesManyAtOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	want := map[string]string{}
	for _, lang := range s.Languages() {
		p, err := s.Digest(weekly(t, lang))
		if err != nil {
			t.Fatal(err)
		}
		want[lang] = p.HTML
	}
	var wg sync.WaitGroup
	for range 8 {
		for lang := range want {
			wg.Go(func() {
				if p, err := s.Digest(weekly(t, lang)); err != nil || p.HTML != want[lang] {
					t.Errorf("%s differs: %v", lang, err)
				}
			})
		}
	}
	wg.Wait()
}
