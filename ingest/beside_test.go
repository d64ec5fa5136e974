package ingest_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/ingest"
)

// smallGIF is 3 × 2 pixels.
const smallGIF = "GIF89a\x03\x00\x02\x00\x00\x00\x00"

func besides(t testing.TB, folder fs.FS, text string) ingest.Item {
	t.Helper()
	return ingest.Document(strings.NewReader(text), "a.md", folder, options(t))
}

func TestDocumentTakesPicturesAndFilesFromBesideIt(t *testing.T) {
	t.Parallel()
	got := besides(t, fstest.MapFS{
		"photo.gif": {Data: []byte(smallGIF)}, "files/a plan.pdf": {Data: []byte("%PDF")}, "table.csv": {Data: []byte("a,b")},
		"\u1112\u1161\u11ab.gif": {Data: []byte(smallGIF + ";")}, // as some systems write 한
	}, "---\ntitle: T\ncover: {src: photo.gif, alt: Cover}\nattachments:\n  - url: table.csv\n    name: The table\n---\n"+
		"![A picture](photo.gif) ![](한.gif) [plan](<files/a plan.pdf>) [again](files/a%20plan.pdf) [topics](/topics) <img src=./photo.gif>\n")
	hash := func(s string) string { return tidings.HashOf([]byte(s)) }
	at := "https://news.example.org/files/"
	want := `<p><img src="` + at + hash(smallGIF) + `/photo.gif" alt="A picture" width="3" height="2"/> ` +
		`<img src="` + at + hash(smallGIF+";") + `/%ED%95%9C.gif" alt="" width="3" height="2"/> ` +
		`<a href="` + at + hash("%PDF") + `/a%20plan.pdf">plan</a> <a href="` + at + hash("%PDF") + `/a%20plan.pdf">again</a> ` +
		`<a href="https://news.example.org/topics">topics</a> <img src="` + at + hash(smallGIF) + `/photo.gif" width="3" height="2" alt=""/></p>`
	if got.Err != nil || got.Release.Body.HTML != want {
		t.Errorf("%v\n got %s\nwant %s", got.Err, got.Release.Body.HTML, want)
	}
	if len(got.Files) != 4 || len(got.Release.Files) != 4 {
		t.Errorf("%d files, %d hashes", len(got.Files), len(got.Release.Files))
	}
	var attached []string
	for _, a := range got.Release.Attachments {
		attached = append(attached, a.Name+" "+a.MediaType+" "+a.Hash[:6])
	}
	wanted := "The table text/csv " + hash("a,b")[:6] + ", photo.gif image/gif " + hash(smallGIF)[:6] + ", a plan.pdf application/pdf " + hash("%PDF")[:6]
	if strings.Join(attached, ", ") != wanted {
		t.Errorf("attached: %q", attached)
	}
}

func TestDocumentRefusesWhatIsNotBesideItWithItsLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"outside.gif": smallGIF, "in/page.md": "x", "in/run.exe": "x", "in/lie.png": "x"} {
		if err := os.MkdirAll(filepath.Join(dir, "in"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../outside.gif", filepath.Join(dir, "in", "link.gif")); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(filepath.Join(dir, "in"))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for body, want := range map[string]string{
		"x\n\n![A](photo.png)":   "a.md:6: photo.png is not beside the file",
		"![A](../outside.gif)":   "a.md:4: ../outside.gif is not beside the file",
		"![A](link.gif)":         "a.md:4: link.gif is not beside the file",
		"![A](/logo.png)":        "a.md:4: /logo.png is no picture of this site",
		"![A](lie.png)":          "a.md:4: the picture lie.png cannot be read",
		"[x](files/a.pdf)":       "a.md:4: files/a.pdf is not beside the file",
		"x\n[x](한글.pdf)":         "a.md:5: 한글.pdf is not beside the file",
		"[x](page.md)":           "a.md:4: page.md is a text",
		"[x](run.exe)":           "a.md:4: run.exe is of a kind",
		"[x](www.example.org/x)": "a.md:4: www.example.org/x is not beside the file",
	} {
		got := besides(t, root.FS(), "---\ntitle: T\n---\n"+body+"\n")
		if got.Err == nil || !strings.HasPrefix(got.Err.Error(), want) || len(got.Files) != 0 {
			t.Errorf("%s: %v, want %s", body, got.Err, want)
		}
	}
	for matter, want := range map[string]string{
		"cover: none.png":                "a.md:3: cover: none.png is not beside the file",
		"cover: https://x.example/a.png": "a.md:3: cover: must be the path",
		"attachments: [{url: none.pdf}]": "a.md:3: attachments.url: none.pdf is not beside the file",
	} {
		if got := besides(t, root.FS(), "---\ntitle: T\n"+matter+"\n---\nx\n"); got.Err == nil || !strings.HasPrefix(got.Err.Error(), want) {
			t.Errorf("%s: %v, want %s", matter, got.Err, want)
		}
	}
	if got := besides(t, nil, "# T\n![A](photo.png)\n"); got.Err == nil || !strings.HasPrefix(got.Err.Error(), "a.md:2: photo.png is a file, and standard input has no folder") {
		t.Errorf("without a folder: %v", got.Err)
	}
}

func TestDocumentPassesOverTheKeysOfToolsAndNothingThatHoldsARelease(t *testing.T) {
	t.Parallel()
	got := besides(t, nil, "---\ntitle: T\ntags: [a]\ncategories: b\nlayout: post\nredirect_from: [/x]\nlastmod: 2025-01-01\n---\nx\n")
	if got.Err != nil || got.Release.TopicsByHand {
		t.Errorf("%v, %+v", got.Err, got.Release)
	}
	for _, key := range []string{"Draft: true", "publishDate: 2099-01-01", "embargo: 2099-01-01", "isDraft: true", "tittle: x"} {
		if got := besides(t, nil, "---\ntitle: T\n"+key+"\n---\nx\n"); got.Err == nil || !strings.Contains(got.Err.Error(), "is no key of a release") {
			t.Errorf("%s: %v", key, got.Err)
		}
	}
}
