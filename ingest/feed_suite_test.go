package ingest_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/ingest"
)

// TestPublicSuitesOfFeedsEndAsReleasesOrWithAReason reads every file of gofeed's test data, and of the folders in
// TIDINGS_FEED_SUITES (separated as in PATH), such as the W3C feed validator's and feedparser's test cases.
func TestPublicSuitesOfFeedsEndAsReleasesOrWithAReason(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/mmcdole/gofeed").Output()
	if err != nil {
		t.Fatal(err)
	}
	folders := []string{filepath.Join(strings.TrimSpace(string(out)), "testdata")}
	for _, folder := range append(folders, filepath.SplitList(os.Getenv("TIDINGS_FEED_SUITES"))...) {
		files, taken, refused, releases := 0, 0, 0, 0
		reasons := map[string]int{}
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			files++
			before := releases
			for item := range ingest.Feed(bytes.NewReader(raw), filepath.Base(path), feedOptions(t)) {
				releases += harmlessItem(t, path, item)
				switch {
				case item.Err != nil:
					reasons[reason(item.Err)]++
				case item.Skipped != "":
					reasons[item.Skipped]++
				}
			}
			if releases > before {
				taken++
			} else {
				refused++
			}
			return nil
		})
		if err != nil || files == 0 || releases == 0 {
			t.Errorf("%s: %d files, %d releases, %v", folder, files, releases, err)
		}
		t.Logf("%s: %d files, %d became %d releases, %d did not", folder, files, taken, releases, refused)
		for why, n := range reasons {
			t.Logf("  %5d %s", n, why)
		}
	}
}

// reason is an error without what differs from file to file.
func reason(err error) string {
	_, why, _ := strings.Cut(err.Error(), ": ")
	why, _, _ = strings.Cut(why, " on line ")
	return why
}

// harmlessItem checks an item and counts the release in it, if there is one.
func harmlessItem(t *testing.T, path string, item ingest.Item) int {
	t.Helper()
	r := item.Release
	switch {
	case item.Err != nil:
		if invalid := (*tidings.InvalidError)(nil); !as(item.Err, &invalid) || invalid.Reason == "" {
			t.Errorf("%s: %v is no reason", path, item.Err)
		}
		return 0
	case item.Skipped != "":
		return 0
	case r.Title == "" || r.Source == "" || r.Published.IsZero() || r.Language == "" || r.Body.Text == "" && !strings.Contains(r.Body.HTML, "<img"):
		t.Errorf("%s: half a release: %+v", path, r)
	case strings.ContainsAny(r.Title, "\n\r\x00"):
		t.Errorf("%s: title %q", path, r.Title)
	}
	tokens := html.NewTokenizer(strings.NewReader(r.Body.HTML))
	for kind := tokens.Next(); kind != html.ErrorToken; kind = tokens.Next() {
		token := tokens.Token()
		if kind == html.StartTagToken && (token.Data == "script" || token.Data == "style" || token.Data == "iframe" || token.Data == "object") {
			t.Errorf("%s: <%s> survives", path, token.Data)
		}
		for _, a := range token.Attr {
			value := strings.ToLower(strings.Map(func(r rune) rune {
				if r <= ' ' {
					return -1
				}
				return r
			}, a.Val))
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || strings.HasPrefix(value, "javascript:") || strings.HasPrefix(value, "data:") {
				t.Errorf("%s: %s=%q survives", path, a.Key, a.Val)
			}
		}
	}
	return 1
}
