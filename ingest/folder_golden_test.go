package ingest_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings/ingest"
)

// told is an item as a person would check it.
func told(item ingest.Item) string {
	var b strings.Builder
	say := func(name string, v any) {
		if s := fmt.Sprint(v); s != "" && s != "[]" && s != "{  }" {
			fmt.Fprintf(&b, "  %s: %s\n", name, s)
		}
	}
	fmt.Fprintf(&b, "== %s\n", item.File)
	say("skipped", item.Skipped)
	if item.Err != nil {
		say("error", item.Err)
		return b.String()
	}
	if item.Skipped != "" {
		return b.String()
	}
	r := item.Release
	say("title", r.Title)
	say("slug", r.Slug)
	say("source", r.Source)
	say("language", r.Language)
	say("translation", r.Translation)
	say("status", r.Status)
	if !r.Published.IsZero() {
		say("published", r.Published.Format(time.RFC3339))
	}
	if !r.Updated.IsZero() {
		say("updated", r.Updated.Format(time.RFC3339))
	}
	say("summary", r.Summary)
	say("office", r.Office)
	say("authors", strings.Join(r.Authors, "; "))
	say("terms", strings.Join(item.Terms, "; "))
	say("aliases", strings.Join(r.Aliases, " "))
	for _, a := range r.Attachments {
		say("attachment", fmt.Sprintf("%s %s %d %s %q %dx%d cover=%t", a.Name, a.MediaType, a.Size, a.Hash[:8], a.Alt, a.Width, a.Height, a.Cover))
	}
	for _, f := range item.Files {
		say("file", f.Name+" "+f.MediaType+" "+f.Hash[:8])
	}
	for _, n := range item.Notes {
		say("note", n)
	}
	b.WriteString(r.Body.HTML + "\n")
	return b.String()
}

func TestSitesOfEveryToolComeInAsTheGoldensSay(t *testing.T) {
	t.Parallel()
	for _, site := range []string{"hugo", "jekyll", "zola", "eleventy", "next"} {
		t.Run(site, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join("testdata", "sites", site)
			var got bytes.Buffer
			var files []string
			for item := range ingest.Folder(os.DirFS(dir), folderOptions(t)) {
				files = append(files, item.File)
				got.WriteString(told(item))
				harmless(t, item.Release.Body.HTML)
			}
			golden(t, "sites/"+site+".golden", got.String())
			if want := filesOf(t, dir); !slices.Equal(files, want) {
				t.Errorf("not every file is accounted for:\n%s", cmp.Diff(want, files))
			}
		})
	}
}

// filesOf are the files of a folder, and in the place of those that are not looked into their folder.
func filesOf(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(p string, e fs.DirEntry, err error) error {
		if path.Base(p) == "node_modules" {
			out = append(out, p)
			return fs.SkipDir
		}
		if err == nil && !e.IsDir() {
			out = append(out, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
