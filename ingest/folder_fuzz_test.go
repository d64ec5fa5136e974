package ingest_test

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
)

// FuzzFolder: whatever a page holds, it comes to an Item, its HTML does no harm, and reading it again gives the same.
func FuzzFolder(f *testing.F) {
	for _, site := range []string{"hugo", "jekyll", "zola", "eleventy", "next"} {
		_ = fs.WalkDir(os.DirFS(filepath.Join("testdata", "sites", site)), ".", func(p string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() && strings.HasPrefix(path.Ext(p), ".m") {
				text, err := os.ReadFile(filepath.Join("testdata", "sites", site, p))
				if err == nil {
					f.Add(string(text))
				}
			}
			return nil
		})
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range []string{"_posts/2019-05-03-a.md", "pages/2019-05-03-a.mdx", "content/2019-05-03-a.md"} {
			files := map[string]string{name: text}
			if strings.HasPrefix(name, "content") {
				files["hugo.toml"] = ""
			}
			item := folder(t, files)[name]
			var invalid *tidings.InvalidError
			if item.Err != nil && !errors.As(item.Err, &invalid) {
				t.Fatalf("no InvalidError: %v", item.Err)
			}
			if item.Err != nil || item.Skipped != "" {
				continue
			}
			r := item.Release
			if r.Title == "" || r.Slug == "" || r.Source == "" || r.Language == "" || strings.ContainsRune(r.Body.Source, 0) {
				t.Fatalf("half a release: %+v", r)
			}
			harmless(t, r.Body.HTML)
			if again := told(folder(t, files)[name]); again != told(item) {
				t.Fatalf("another time it is another:\n%s", cmp.Diff(told(item), again))
			}
		}
	})
}
