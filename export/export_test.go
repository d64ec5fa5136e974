package export_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/export"
)

// site is a handler of pages by their paths, and what it was asked for.
type site struct {
	mu    sync.Mutex
	pages map[string]string // "410 text", "301 /to", "form text", else a page's HTML; an ending other than none: a file
	asked []string
	fail  string // a path at which it breaks
}

// ServeHTTP answers as the daemon would.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r.URL.Path)
	body, ok := s.pages[r.URL.Path]
	switch {
	case r.URL.Path == s.fail:
		w.WriteHeader(http.StatusInternalServerError)
	case strings.HasPrefix(body, "301 "):
		http.Redirect(w, r, base+body[4:], http.StatusMovedPermanently)
		return
	case strings.HasPrefix(body, "410 "):
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusGone)
	case strings.HasPrefix(body, "form "):
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
	case filepath.Ext(r.URL.Path) != "":
		w.Header().Set("Content-Type", "text/plain")
	default:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
	}
	if !ok {
		w.WriteHeader(http.StatusNotFound)
	}
	_, _ = fmt.Fprint(w, body)
}

const base = "https://news.example.org"

func (s *site) plan(items ...string) *export.Plan {
	p := &export.Plan{Site: &tidings.Site{Base: &url.URL{Scheme: "https", Host: "news.example.org"}}, Fingerprint: "1", Shown: map[string]bool{}}
	for path := range s.pages { // one that the handler lost by itself is not what these tests are about
		if strings.HasPrefix(path, "/files/") || strings.HasPrefix(path, "/cards/") {
			p.Shown[base+path] = true
		}
	}
	for _, item := range items {
		path, stamp, _ := strings.Cut(item, " ")
		p.Items = append(p.Items, export.Item{URL: base + path, Stamp: stamp})
	}
	return p
}

func (s *site) run(t *testing.T, dir string, opts export.Options, items ...string) *export.Report {
	t.Helper()
	s.asked = nil
	r, err := export.Run(t.Context(), s, s.plan(items...), dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// tree are the files of a folder but our own records, with what is in them.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
			return err
		}
		data, err := fs.ReadFile(os.DirFS(dir), name)
		all[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func example() *site {
	return &site{pages: map[string]string{
		"/":               `<a href="/lists">l</a><a href="/nowhere">n</a><a href="https://elsewhere.example/x">e</a><a href="/lists?q=1">q</a>`,
		"/lists":          `<a href="/releases/a">a</a> <img src="/logo.txt">`,
		"/releases/a":     `A <img src="/files/a.txt"> <a href="/only-here">o</a>`,
		"/releases/b":     `B`,
		"/releases/old":   "301 /releases/a",
		"/releases/gone":  "410 gone",
		"/only-here":      "a page that nothing else links to",
		"/files/a.txt":    "octets",
		"/logo.txt":       "logo",
		"/files/lost.txt": "nobody links here",
		"/releases/한글 제목": "C",
	}}
}

var items = []string{"/", "/releases/a 1", "/releases/b 1", "/releases/old 1", "/releases/gone", "/releases/한글%20제목 1"}

func TestRunWritesWhatIsLinkedAndWhatIsPlanned(t *testing.T) {
	t.Parallel()
	s, dir := example(), filepath.Join(t.TempDir(), "out")
	report := s.run(t, dir, export.Options{}, items...)
	want := map[string]string{
		"index.html": s.pages["/"], "lists.html": s.pages["/lists"], "releases/a.html": s.pages["/releases/a"], "releases/b.html": "B",
		"gone/releases/gone.html": "410 gone", "files/a.txt": "octets", "logo.txt": "logo", "releases/한글 제목.html": "C", "404.html": "",
	}
	if diff := cmp.Diff(want, tree(t, dir)); diff != "" {
		t.Errorf("(- wanted, + written):\n%s", diff)
	}
	if report.Redirects != 1 || report.Gone != 1 || !slices.Equal(report.Problems, []string{"/nowhere leads nowhere, linked on /"}) {
		t.Errorf("%+v", report)
	}
}

// A folder can show the form to nobody: what is in it is made for one reader, and is to be sent to the daemon.
func TestRunLeavesToTheDaemonWhatIsMadeForOneReader(t *testing.T) {
	t.Parallel()
	s, dir := example(), t.TempDir()
	s.pages["/"] += `<a href="/subscribe">s</a><a href="/subscribe?topic=energy">e</a><a href="/feeds/search.atom?q=oil">f</a>`
	s.pages["/subscribe"], s.pages["/feeds/search.atom"] = "form of a minute", "a feed of nothing"
	report := s.run(t, dir, export.Options{}, items...)
	if got := tree(t, dir); got["subscribe.html"] != "" || got["feeds/search.atom"] != "" || !strings.Contains(got["index.html"], `"/subscribe"`) {
		t.Errorf("%v", got)
	}
	if slices.ContainsFunc(report.Problems, func(p string) bool { return strings.Contains(p, "subscribe") || strings.Contains(p, "search") }) {
		t.Errorf("%q", report.Problems)
	}
	if slices.Contains(s.asked, "/feeds/search.atom") {
		t.Error("a feed of a filter was asked for")
	}
}

func TestRunAsksAgainForWhatMayHaveChangedAlone(t *testing.T) {
	t.Parallel()
	s, dir := example(), t.TempDir()
	s.run(t, dir, export.Options{}, items...)
	s.pages["/releases/b"], s.pages["/lists"] = "B, corrected", s.pages["/lists"]+"."
	next := slices.Clone(items)
	next[2] = "/releases/b 2"
	report := s.run(t, dir, export.Options{}, next...)
	if want := []string{"lists.html", "releases/b.html"}; !slices.Equal(report.Written, want) {
		t.Errorf("written %q, want %q", report.Written, want)
	}
	for _, path := range []string{"/releases/a", "/files/a.txt", "/releases/old"} {
		if slices.Contains(s.asked, path) {
			t.Errorf("%s was asked for again", path)
		}
	}
	if _, ok := tree(t, dir)["files/a.txt"]; !ok {
		t.Error("what a page that was not asked for shows is gone")
	}

	// What is no more is removed, and the folders with it.
	delete(s.pages, "/releases/a")
	report = s.run(t, dir, export.Options{}, "/", "/releases/b 2")
	if want := []string{"files/a.txt", "gone/releases/gone.html", "releases/a.html", "releases/한글 제목.html"}; !slices.Equal(report.Removed, want) {
		t.Errorf("removed %q, want %q", report.Removed, want)
	}
	if _, err := os.Stat(filepath.Join(dir, "gone")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("an empty folder is left")
	}

	// Another configuration: everything.
	plan := s.plan("/", "/releases/b 2")
	plan.Fingerprint, s.asked = "2", nil
	if _, err := export.Run(t.Context(), s, plan, dir, export.Options{}); err != nil || !slices.Contains(s.asked, "/releases/b") {
		t.Errorf("%v; asked for %q", err, s.asked)
	}
	// A file that somebody has damaged or removed comes back.
	if err := os.Remove(filepath.Join(dir, "releases", "b.html")); err != nil {
		t.Fatal(err)
	}
	if report := s.run(t, dir, export.Options{}, "/", "/releases/b 2"); len(report.Written) == 0 {
		t.Error("a file that is missing is not written again")
	}
}

func TestRunNeverTouchesWhatItDidNotWrite(t *testing.T) {
	t.Parallel()
	s, dir := example(), t.TempDir()
	mine := filepath.Join(dir, "releases", "mine.html")
	if err := os.MkdirAll(filepath.Dir(mine), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(mine, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	var invalid *tidings.InvalidError
	if _, err := export.Run(t.Context(), s, s.plan(items...), dir, export.Options{}); !errors.As(err, &invalid) {
		t.Errorf("into a folder of somebody else's: %v", err)
	}
	s.run(t, dir, export.Options{Force: true}, items...)
	s.run(t, dir, export.Options{}, "/")
	if got := tree(t, dir)["releases/mine.html"]; got != "mine" {
		t.Errorf("a file of somebody else's is %q", got)
	}
	// In the way of a page of ours, it stays, and the export says so.
	s.pages["/releases/mine"] = "ours"
	if _, err := export.Run(t.Context(), s, s.plan("/", "/releases/mine 1"), dir, export.Options{}); !errors.As(err, &invalid) {
		t.Errorf("a file in the way: %v", err)
	}
	if got := tree(t, dir)["releases/mine.html"]; got != "mine" {
		t.Errorf("a file of somebody else's is %q", got)
	}
}

func TestARunThatWasCutOffIsEndedByTheNext(t *testing.T) {
	t.Parallel()
	s, dir := example(), filepath.Join(t.TempDir(), "out")
	s.fail = "/logo.txt"
	if _, err := export.Run(t.Context(), s, s.plan(items...), dir, export.Options{}); err == nil {
		t.Fatal("a page that cannot be had is no error")
	}
	if len(tree(t, dir)) == 0 {
		t.Fatal("nothing was written before it broke: this test shows nothing")
	}
	// What the first run wrote, and the second has no use for, goes.
	if err := os.WriteFile(filepath.Join(dir, "index.html.tidings~"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.fail = ""
	s.run(t, dir, export.Options{}, "/", "/releases/b 1")
	whole := filepath.Join(t.TempDir(), "whole")
	s.run(t, whole, export.Options{}, "/", "/releases/b 1")
	if diff := cmp.Diff(tree(t, whole), tree(t, dir)); diff != "" {
		t.Errorf("(- at once, + after a broken run):\n%s", diff)
	}
}

func TestRunStopsWhenItIsToldTo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := example()
	if _, err := export.Run(ctx, s, s.plan(items...), filepath.Join(t.TempDir(), "out"), export.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestARehearsalWritesNothing(t *testing.T) {
	t.Parallel()
	s, dir := example(), filepath.Join(t.TempDir(), "out")
	report := s.run(t, dir, export.Options{DryRun: true}, items...)
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) || len(report.Written) < 9 {
		t.Errorf("%v, %+v", err, report)
	}
	s.run(t, dir, export.Options{}, items...)
	before := tree(t, dir)
	if report := s.run(t, dir, export.Options{DryRun: true, Full: true}, "/"); len(report.Removed) == 0 {
		t.Errorf("%+v", report)
	}
	if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
		t.Errorf("a rehearsal changed files:\n%s", diff)
	}
}

func TestNoURLLeadsOutOfTheFolder(t *testing.T) {
	t.Parallel()
	s, dir := example(), filepath.Join(t.TempDir(), "out")
	for _, path := range []string{"/../x", "/a/../../x", "/.htaccess", "/a//b", "/" + strings.Repeat("x", 300), `/a\b`, "/.tidings/Caddyfile"} {
		s.pages[path] = "evil"
		plan := s.plan("/")
		plan.Items = append(plan.Items, export.Item{URL: base + (&url.URL{Path: path}).EscapedPath()})
		report, err := export.Run(t.Context(), s, plan, dir, export.Options{})
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for name, text := range tree(t, filepath.Dir(dir)) {
			if text == "evil" {
				t.Errorf("%s became the file %s; %+v", path, name, report)
			}
		}
	}
}
