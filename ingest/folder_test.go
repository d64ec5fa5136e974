package ingest_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/ingest"
)

func folderOptions(t testing.TB) ingest.FolderOptions {
	t.Helper()
	return ingest.FolderOptions{Options: options(t), Languages: []string{"en", "ko"}}
}

// folder reads files given by their paths.
func folder(t testing.TB, files map[string]string) map[string]ingest.Item {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	out := map[string]ingest.Item{}
	for item := range ingest.Folder(fsys, folderOptions(t)) {
		if _, twice := out[item.File]; twice {
			t.Errorf("%s came twice", item.File)
		}
		out[item.File] = item
	}
	return out
}

// post is a page with that front matter.
func post(t testing.TB, matter string) ingest.Item {
	t.Helper()
	return folder(t, map[string]string{"a.md": "---\ntitle: T\n" + matter + "\n---\nText.\n"})["a.md"]
}

func TestReadingAFolderTwiceGivesTheSame(t *testing.T) {
	t.Parallel()
	fsys := os.DirFS(filepath.Join("testdata", "sites", "hugo"))
	first, second := slices.Collect(ingest.Folder(fsys, folderOptions(t))), slices.Collect(ingest.Folder(fsys, folderOptions(t)))
	for i := range first {
		if a, b := told(first[i]), told(second[i]); a != b {
			t.Errorf("%s", cmp.Diff(a, b))
		}
	}
}

func TestDatesInEverySpelling(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2019-05-03":                      "2019-05-03T00:00:00+09:00",
		"2019-5-3":                        "2019-05-03T00:00:00+09:00",
		"2019/05/03":                      "2019-05-03T00:00:00+09:00",
		"20190503":                        "2019-05-03T00:00:00+09:00",
		"2019-05-03 09:00:00 -0500":       "2019-05-03T09:00:00-05:00",
		"2019-05-03 9:00:00 -4":           "2019-05-03T09:00:00-04:00",
		"2019-05-03T09:00:00.123Z":        "2019-05-03T09:00:00Z",
		"2019-05-03T09:00":                "2019-05-03T09:00:00+09:00",
		"2019-05-03 09:00:00 UTC":         "2019-05-03T09:00:00Z",
		"2019-05-03 09:00 KST":            "2019-05-03T09:00:00+09:00",
		"May 3, 2019":                     "2019-05-03T00:00:00+09:00",
		"May 3rd, 2019 at 3:04 PM":        "2019-05-03T15:04:00+09:00",
		"Friday, 3 May 2019":              "2019-05-03T00:00:00+09:00",
		"3 Sept. 2019":                    "2019-09-03T00:00:00+09:00",
		"Fri, 03 May 2019 09:00:00 +0000": "2019-05-03T09:00:00Z",
		"Fri, 03 May 2019 09:00:00 GMT":   "2019-05-03T09:00:00Z",
		"Fri May 03 2019 09:00:00 GMT+0900 (Korean Standard Time)": "2019-05-03T09:00:00+09:00",
		"1556874000":            "2019-05-03T09:00:00Z",
		"1556874000000":         "2019-05-03T09:00:00Z",
		"2019년 5월 3일":           "2019-05-03T00:00:00+09:00",
		"2019년 5월 3일 오후 2시 30분": "2019-05-03T14:30:00+09:00",
		"2019. 5. 3.":           "2019-05-03T00:00:00+09:00",
		"2019.05.03 14:30":      "2019-05-03T14:30:00+09:00",
		"2019. 5. 3.(금) 14:30":  "2019-05-03T14:30:00+09:00",
		"13/05/2019":            "2019-05-13T00:00:00+09:00",
		"5/13/2019":             "2019-05-13T00:00:00+09:00",
	} {
		item := post(t, "date: '"+text+"'")
		if got := item.Release.Published.Format(time.RFC3339); item.Err != nil || got != want {
			t.Errorf("%q: %s, %v, %s; want %s", text, got, item.Err, item.Skipped, want)
		}
	}
}

func TestDatesThatSayNoDayAreBroken(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"03/04/2019": "can mean two days", "2019-02-30": "is no time that there is", "1019-05-03": "of the year 1019",
		"soon": "is no time that there is", "2019-05-03 09:00 XYZ": "is no time that there is", "99999999": "is no time",
	} {
		item := post(t, "date: '"+text+"'")
		var invalid *tidings.InvalidError
		if !errors.As(item.Err, &invalid) || !strings.HasPrefix(item.Err.Error(), "a.md:3: ") || !strings.Contains(item.Err.Error(), want) {
			t.Errorf("%q: %v; want %s", text, item.Err, want)
		}
	}
}

func TestAliasesOfYAMLCannotBlowUp(t *testing.T) {
	t.Parallel()
	bomb := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < 10; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	if item := post(t, "date: 2019-05-03\n"+bomb); item.Err == nil || !strings.Contains(item.Err.Error(), "aliases") {
		t.Errorf("got %v", item.Err)
	}
}

func TestOptionalValuesThatAreNoneAreNotedAndLeftOut(t *testing.T) {
	t.Parallel()
	item := post(t, "date: 2019-05-03\nlang: english language\nupdated: soon\nstatus: lost\ncover: none.png\nexpiryDate: 2020-01-01")
	if item.Err != nil || len(item.Notes) != 5 || item.Release.Language != "en" || !item.Release.Updated.IsZero() {
		t.Errorf("%v, %q, %+v", item.Err, item.Notes, item.Release)
	}
}

func TestDraftsAreHeldBack(t *testing.T) {
	t.Parallel()
	for matter, want := range map[string]tidings.Status{
		"draft: true": tidings.Draft, "draft: 'yes'": tidings.Draft, "published: false": tidings.Draft, "status: private": tidings.Draft,
		"draft: perhaps": tidings.Draft, "draft: false": "", "published: true": "", "date: 2199-01-01": "",
	} {
		if item := post(t, "created: 2019-05-03\n"+matter); item.Err != nil || item.Release.Status != want {
			t.Errorf("%s: %q, %v", matter, item.Release.Status, item.Err)
		}
	}
}

func TestVersionsOfAPageShareAKey(t *testing.T) {
	t.Parallel()
	const text = "---\ntitle: T\ndate: 2019-05-03\n---\nText.\n"
	items := folder(t, map[string]string{
		"content/en/news/a.md": text, "content/ko/news/a.md": text, "content/fr/news/a.md": text,
		"blog/b.md": text, "blog/b.ko.md": text, "io/c.md": text,
	})
	for name, want := range map[string][2]string{
		"content/en/news/a.md": {"en", "site:content/news/a"}, "content/ko/news/a.md": {"ko", "site:content/news/a"},
		"content/fr/news/a.md": {"fr", "site:content/news/a"}, "blog/b.md": {"en", "site:blog/b"}, "blog/b.ko.md": {"ko", "site:blog/b"},
		"io/c.md": {"en", "site:io/c"},
	} {
		if r := items[name].Release; r.Language != want[0] || r.Translation != want[1] {
			t.Errorf("%s: %s, %s", name, r.Language, r.Translation)
		}
	}
	if a, b := items["content/ko/news/a.md"].Release, items["blog/b.ko.md"].Release; a.Slug != "a-ko" || b.Slug != "b-ko" || a.Source == b.Source {
		t.Errorf("%s %s, %s %s", a.Slug, a.Source, b.Slug, b.Source)
	}
}

func TestPicturesBeyondTheLimitsBecomeTheirDescription(t *testing.T) {
	t.Parallel()
	huge := "GIF89a\xff\xff\xff\xff\x00\x00\x00"
	items := folder(t, map[string]string{
		"a.md":    "---\ntitle: T\ndate: 2019-05-03\n---\n![Huge](x.gif) ![None](y.png) ![Out](../../etc/passwd.png) ![Lie](lie.png) ![Data](data:image/png;base64,AA)\n",
		"x.gif":   huge,
		"lie.png": "<html>",
	})
	got := items["a.md"]
	if want := "<p>Huge None Out Lie Data</p>"; got.Err != nil || got.Release.Body.HTML != want || len(got.Files) != 0 || len(got.Notes) != 5 {
		t.Errorf("%s, %v, %q", got.Release.Body.HTML, got.Err, got.Notes)
	}
}

func TestLinksToWhatDoesNotComeAlongBecomeTheirWords(t *testing.T) {
	t.Parallel()
	const matter = "---\ntitle: T\ndate: 2019-05-03\n---\n"
	items := folder(t, map[string]string{
		"news/a.md": matter + "[웹](evil.html \"Title\") [About](../about.md) [Gone](gone.md) [Lost](lost.pdf) [B](b.md) [Old](/2018/x.html) [Site](https://other.example/x.html)\n",
		"news/b.md": matter + "Text.\n", "news/evil.html": "<script>", "about.md": "---\ntitle: About\n---\nUs.\n",
	})
	got := items["news/a.md"]
	want := `<p>웹 About Gone Lost <a href="https://news.example.org/news/b/">B</a> <a href="https://news.example.org/2018/x.html">Old</a> ` +
		`<a href="https://other.example/x.html">Site</a></p>`
	if got.Err != nil || got.Release.Body.HTML != want || len(got.Notes) != 4 || got.Notes[0] != "a link became its words: news/evil.html is of a kind that does not come along" {
		t.Errorf("%v %s\n%q", got.Err, got.Release.Body.HTML, got.Notes)
	}
}

func TestOnlyWhatIsWithinBecomesReleases(t *testing.T) {
	t.Parallel()
	const text = "---\ntitle: T\ndate: 2019-05-03\n---\nText.\n"
	opts := folderOptions(t)
	opts.Within, opts.Permalink = "news", "/:year/:slug.html"
	taken := ""
	for item := range ingest.Folder(fstest.MapFS{"news/a.md": {Data: []byte(text)}, "guides/b.md": {Data: []byte(text)}}, opts) {
		if item.Skipped == "" {
			taken += item.File + " " + strings.Join(item.Release.Aliases, " ")
		} else if item.Skipped != "outside news" {
			t.Errorf("%s: %s", item.File, item.Skipped)
		}
	}
	if taken != "news/a.md /2019/a.html" {
		t.Errorf("taken: %s", taken)
	}
}

func TestQuotesNestedWithoutEndAreRefusedAtOnce(t *testing.T) {
	t.Parallel()
	start := time.Now()
	for _, body := range []string{strings.Repeat("> ", 100_000) + "x", strings.Repeat(">", 100_000), strings.Repeat("- ", 100_000) + "x"} {
		_, err := document(t, "x.md", "# T\n"+body)
		if err == nil || !strings.Contains(err.Error(), "deep") {
			t.Errorf("%.20q: %v", body, err)
		}
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("took %s", took)
	}
}

func TestPagesMadeToTakeLongDoNot(t *testing.T) {
	t.Parallel()
	for _, part := range []string{
		"{%", "{%\"", "{% raw %}", "{{<", "{{ \"", "{% a %}", "<A ", "<A b={", "{", "`a ``b", "```\n", "````\n```\n", "[", "![", "{% a %}{% endb %}",
		"{{< a >}}{{% b %}}", "<div>", "> - ", "{:", "<!-- ", "*a _b ", "a\n\n    ",
	} {
		text := "---\ntitle: T\n---\n" + strings.Repeat(part, 60_000/len(part))
		for _, name := range []string{"2019-05-03-a.md", "2019-05-03-a.mdx"} {
			start := time.Now()
			item := folder(t, map[string]string{name: text})[name]
			var invalid *tidings.InvalidError
			if item.Err != nil && !errors.As(item.Err, &invalid) {
				t.Errorf("%q: %v", part, item.Err)
			}
			if took := time.Since(start); took > time.Minute {
				t.Errorf("%q in %s took %s", part, name, took)
			}
		}
	}
}
