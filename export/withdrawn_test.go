package export_test

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tidings/tidings/export"
)

func TestWhatIsWithdrawnGoesThoughAPageThatStaysTheSameLinksToIt(t *testing.T) {
	t.Parallel()
	s, dir := example(), t.TempDir()
	s.pages["/releases/a"] += `<img src="/cards/b/1.png">`
	s.pages["/cards/b/1.png"] = "a card"
	s.run(t, dir, export.Options{}, items...)
	if r := s.run(t, dir, export.Options{}, items...); slices.Contains(s.asked, "/files/a.txt") || slices.Contains(s.asked, "/cards/b/1.png") {
		t.Errorf("what has not changed was asked for: %q, %+v", s.asked, r)
	}
	delete(s.pages, "/files/a.txt")
	delete(s.pages, "/cards/b/1.png")
	report := s.run(t, dir, export.Options{}, items...)
	if want := []string{"cards/b/1.png", "files/a.txt"}; !slices.Equal(report.Removed, want) || len(report.Problems) != 3 {
		t.Errorf("removed %q, want %q; %q", report.Removed, want, report.Problems)
	}
}

func TestNoOldAddressWritesALineForAServer(t *testing.T) {
	t.Parallel()
	s, dir := example(), t.TempDir()
	list := slices.Clone(items)
	for _, path := range []string{"/x\nHeader always set X-Evil 1\n#", "/files/x\nX-Evil", "/x\u0085X-Evil", "/x\rX-Evil", "/x\x00X-Evil"} {
		s.pages[path] = "301 /releases/a"
		if strings.HasPrefix(path, "/files") {
			s.pages[path] = "octets"
		}
		list = append(list, (&url.URL{Path: path}).EscapedPath())
	}
	if report := s.run(t, dir, export.Options{}, list...); len(report.Problems) != 6 {
		t.Errorf("%q", report.Problems)
	}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		if strings.Contains(name, "Evil") || strings.Contains(string(data), "Evil") {
			t.Errorf("%q:\n%s", name, data)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
