package ingest_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/unicode"

	"github.com/tidings/tidings/ingest"
)

func TestPagesOfOlderMachinesAreRead(t *testing.T) {
	t.Parallel()
	const page = "---\ntitle: 산업 동향\ndate: 2021-03-04\n---\n수출이 크게 늘었다고 밝혔다.\n\n둘째 문단.\n"
	in := func(e encoding.Encoding) string {
		out, err := e.NewEncoder().String(page)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	items := folder(t, map[string]string{
		"cp949.md": in(korean.EUCKR), "utf16.md": in(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)), "cr.md": strings.ReplaceAll(page, "\n", "\r"),
		"damaged.md": page + "\xff\n", "binary.md": "---\ntitle: A\ndate: 2021-03-04\n---\n\xfe\x00\x01\n",
	})
	for name, note := range map[string]string{"cp949.md": "cp949", "utf16.md": "utf-16", "cr.md": ""} {
		item := items[name]
		if item.Err != nil || item.Release.Title != "산업 동향" || !strings.Contains(item.Release.Body.HTML, "<p>둘째 문단.</p>") ||
			!strings.HasSuffix(strings.Join(item.Notes, ""), note) || (len(item.Notes) == 0) != (note == "") {
			t.Errorf("%s: %+v", name, item)
		}
	}
	for _, name := range []string{"damaged.md", "binary.md"} {
		if err := items[name].Err; err == nil || !strings.Contains(err.Error(), "not UTF-8") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPicturesAreFoundByTheAddressOfThePageThatTheyLieBeside(t *testing.T) {
	t.Parallel()
	const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"></svg>`
	const config = "baseURL: https://old.example/\ndefaultContentLanguage: en\npermalinks:\n  blog: /:section/:year/:month/:day/:slug/\n"
	page := func(date, body string) string { return "---\ntitle: T\ndate: " + date + "\n---\n" + body + "\n" }
	items := folder(t, map[string]string{
		"hugo.yaml": config, "content/ko/a.md": page("2021-01-01", "x"),
		"content/en/blog/2021/diagrams/index.md":        page("2021-05-06", "![one](/blog/2021/diagrams/one.svg)"),
		"content/en/blog/2021/diagrams/one.svg":         svg,
		"content/en/blog/2023/2023-03-01-kwok/index.md": "---\ntitle: Introducing\nslug: introducing\ndate: 2023-03-01\naliases: [/old/kwok/]\n---\n![two](/blog/2023/03/01/introducing/two.svg)\n",
		"content/en/blog/2023/2023-03-01-kwok/two.svg":  svg,
		"content/en/blog/2024/other.md":                 page("2024-05-06", "![two](/old/kwok/two.svg) ![no](/old/kwok/../../../hugo.yaml)"),
	})
	for _, p := range []string{"content/en/blog/2021/diagrams/index.md", "content/en/blog/2023/2023-03-01-kwok/index.md", "content/en/blog/2024/other.md"} {
		if item := items[p]; item.Err != nil || len(item.Files) != 1 {
			t.Errorf("%s: %d files, %v, %q", p, len(item.Files), item.Err, item.Notes)
		}
	}
}

func TestSymbolicLinksSayWhereTheyLead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.md"), []byte("---\ntitle: A\ndate: 2021-01-02\n---\nText.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"in.md": "a.md", "none.md": "nowhere.md", "out.md": "/etc/hostname"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	var got []string
	for _, item := range slices.Collect(ingest.Folder(root.FS(), folderOptions(t))) {
		got = append(got, item.Skipped)
	}
	want := []string{
		"", "a symbolic link: what it leads to is taken where it stands", "a symbolic link that leads nowhere",
		"a symbolic link that leads out of the folder: not taken",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
