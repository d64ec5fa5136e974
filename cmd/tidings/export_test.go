package main

import (
	"encoding/json"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/config"
	"github.com/tidings/tidings/export"
	"github.com/tidings/tidings/store"
)

// exported is a site with all that an export has to carry: names in Hangul, old addresses, withdrawn releases, ended topics,
// versions in two languages, and its export.
type exported struct {
	*served
	dir string
}

func startExported(t *testing.T) *exported {
	t.Helper()
	x := &exported{served: startServe(t), dir: filepath.Join(t.TempDir(), "news")}
	files := t.TempDir()
	publish := func(name, text string, args ...string) {
		t.Helper()
		path := filepath.Join(files, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		x.run(append([]string{"publish", path}, args...)...)
	}
	x.file()
	publish("en.md", "---\ntitle: The railway opens\nslug: first-name\n---\nThe first train leaves.\n")
	publish("en.md", "---\ntitle: The railway opens\nslug: the-railway\n---\nThe first train leaves.\n", "--revise", "first-name")
	publish("gone.md", "---\ntitle: Too early\nslug: 너무-이른\n---\nNot yet.\n")
	publish("draft.md", "---\ntitle: A secret\n---\nNobody may know.\n", "--draft")
	x.run("release", "link", "the-railway", "철도-개통")
	x.run("withdraw", "너무-이른", "--reason", "It was too early.", "--successor", "the-railway")
	x.run("topic", "end", "minerals")
	return x
}

// file stores a release with old addresses, and with a picture and attachments that are kept here: one is a page by its
// name, and one has no ending.
func (x *exported) file() {
	x.t.Helper()
	cfg, err := config.Load(x.config)
	if err != nil {
		x.t.Fatal(err)
	}
	db, err := store.Open(x.t.Context(), cfg.Database.Path)
	if err != nil {
		x.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	r := tidings.Release{
		Source: "test", Slug: "철도-개통", Language: "ko", Title: "철도 개통", Status: tidings.Published,
		Body: tidings.Body{Format: tidings.Markdown, Source: "첫 열차가 출발한다.", HTML: "<p>첫 열차가 출발한다.</p>", Text: "첫 열차가 출발한다."},
		Aliases: []string{
			"/2019/05/a title/", "/old/notice.html", "/cost$", `/a"quote`, "/a%23hash", `/a\backslash`, "/a{brace}", "/{$HOME}/a", "/*", "/:any",
			"/a'b`c", "/a%25b", "/$1", "/%{HTTP_HOST}", "/end\\", "/a;b", "/x%0AHeader always set X-Evil 1%0A#",
		},
	}
	var files []tidings.File
	for name, mediaType := range map[string]string{
		"표 1.pdf": "application/pdf", "report.html": "text/html", "README": "text/plain", "data.json": "application/json",
	} {
		data := []byte("the octets of " + name)
		files = append(files, tidings.File{Hash: tidings.HashOf(data), Name: name, MediaType: mediaType, Data: data})
		r.Attachments = append(r.Attachments, tidings.Attachment{Name: name, Hash: tidings.HashOf(data), MediaType: mediaType, Size: int64(len(data))})
	}
	filed, err := db.SaveBatch(x.t.Context(), cfg.Site(), []tidings.Filing{{Release: &r, Files: files}}, time.Now(), "test")
	if err != nil || filed[0].Err != nil {
		x.t.Fatalf("%v %+v", err, filed)
	}
}

// export runs an export, and gives what it did.
func (x *exported) export(args ...string) export.Report {
	x.t.Helper()
	var report export.Report
	if err := json.Unmarshal([]byte(x.run(append([]string{"export", x.dir, "--json"}, args...)...)), &report); err != nil {
		x.t.Fatal(err)
	}
	return report
}

// urls are those that the export knows of, with the headers that belong to them.
func (x *exported) urls() map[string]map[string]string {
	x.t.Helper()
	data, err := os.ReadFile(filepath.Join(x.dir, ".tidings-export.json"))
	if err != nil {
		x.t.Fatal(err)
	}
	var manifest struct {
		Headers []map[string]string
		Entries map[string]struct{ Headers int }
	}
	if err := json.Unmarshal(data, &manifest); err != nil {
		x.t.Fatal(err)
	}
	all := map[string]map[string]string{}
	for path, e := range manifest.Entries {
		all[path] = manifest.Headers[e.Headers]
	}
	return all
}

// same compares what a web server says of the export with what the daemon says, for every URL and some that there are not. One
// that was told all sends the same headers, and hides how pages are kept.
func (x *exported) same(other *served, told bool) {
	x.t.Helper()
	client := *x.client
	client.CheckRedirect = stay
	daemon := &served{t: x.t, base: x.base, client: &client}
	urls := x.urls()
	others := []string{"/nowhere", "/releases/nowhere", "/releases", "/topics/energy/", "/gone", "/releases/a-secret"}
	if told {
		others = append(others, "/topics/energy.html", "/index.html", "/404.html", "/gone/releases/x", "/.htaccess", "/_redirects", "/.tidings/nginx-http.conf")
	}
	for _, path := range others {
		urls[path] = nil
	}
	if len(urls) < 100 {
		x.t.Errorf("only %d URLs are exported", len(urls))
	}
	statuses := map[int]int{}
	for _, path := range slices.Sorted(maps.Keys(urls)) {
		address := (&url.URL{Path: path}).EscapedPath()
		want, got := daemon.get(address), other.get(address)
		statuses[want.status]++
		typed := want.status == 200 && (told || !strings.HasPrefix(path, "/files/")) // hosts know what a PDF is
		if got.status != want.status || typed && got.header.Get("Content-Type") != want.header.Get("Content-Type") || got.header.Get("Location") != want.header.Get("Location") {
			x.t.Errorf("%s: %d %s %s, want %d %s %s", address, got.status, got.header.Get("Content-Type"), got.header.Get("Location"),
				want.status, want.header.Get("Content-Type"), want.header.Get("Location"))
			continue
		}
		if got.body != want.body && (want.status == 200 || want.status == 410) {
			x.t.Errorf("%s: another body:\n%s", address, cmp.Diff(want.body, got.body))
		}
		for name, value := range urls[path] {
			if told && name != "Content-Disposition" && want.status != 301 && got.header.Get(name) != value {
				x.t.Errorf("%s: %s is %q, want %q", address, name, got.header.Get(name), value)
			}
		}
	}
	if statuses[200] < 90 || statuses[301] < 3 || statuses[410] < 5 || statuses[404] < 4 {
		x.t.Errorf("too little was compared: %v", statuses)
	}
}

func TestASecondExportWritesNothingAndAfterAChangeOnlyWhatDiffers(t *testing.T) {
	t.Parallel()
	x := startExported(t)
	first := x.export()
	if len(first.Written) < 100 || len(first.Removed) > 0 || first.Gone < 5 || first.Redirects < 3 {
		t.Fatalf("the first export: %+v", first)
	}
	before := x.modified()
	if again := x.export(); len(again.Written)+len(again.Removed) > 0 || again.Files != first.Files || again.Kept < 10 {
		t.Errorf("a second export: %+v", again)
	}
	if diff := cmp.Diff(before, x.modified()); diff != "" {
		t.Errorf("a second export touched files:\n%s", diff)
	}

	// A release goes public: its page, its picture, and the lists and feeds that show it.
	path := filepath.Join(t.TempDir(), "new.md")
	if err := os.WriteFile(path, []byte("---\ntitle: Steel talks\ntopics: [trade]\n---\nTalks.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	x.run("publish", path)
	if plan := x.export("--dry-run"); !slices.Contains(plan.Written, "releases/steel-talks.html") {
		t.Errorf("the rehearsal says %+v", plan)
	}
	change := x.export()
	for _, want := range []string{"index.html", "releases/steel-talks.html", "topics/trade.html", "feeds/all.atom", "feeds/topics/trade.json", "sitemap.xml"} {
		if !slices.Contains(change.Written, want) {
			t.Errorf("%s is not written", want)
		}
	}
	for _, not := range change.Written {
		if strings.HasPrefix(not, "releases/") && not != "releases/steel-talks.html" || strings.HasPrefix(not, "feeds/topics/energy") {
			t.Errorf("%s is written anew", not)
		}
	}

	// It is withdrawn: its page goes where no server takes it for one that is there.
	x.run("withdraw", "steel-talks", "--reason", "Off.")
	if gone := x.export(); !slices.Contains(gone.Removed, "releases/steel-talks.html") || !slices.Contains(gone.Written, "gone/releases/steel-talks.html") {
		t.Errorf("after the withdrawal: written %q, removed %q", gone.Written, gone.Removed)
	}

	// One version changes: the page of the other says so too, though nobody touched it.
	if err := os.WriteFile(path, []byte("---\ntitle: 철도 개통식\n---\n첫 열차가 출발한다.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	x.run("correct", "철도-개통", path, "--minor")
	if edit := x.export(); !slices.Contains(edit.Written, "releases/the-railway.html") || !slices.Contains(edit.Written, "releases/철도-개통.html") {
		t.Errorf("after the edit: %q", edit.Written)
	}

	// All at once is the same as step by step.
	if full := x.export("--full"); len(full.Written)+len(full.Removed) > 0 || full.Kept > 0 {
		t.Errorf("asked anew: written %q, removed %q, kept %d", full.Written, full.Removed, full.Kept)
	}
}

// modified are the files, with when they were written last.
func (x *exported) modified() map[string]time.Time {
	x.t.Helper()
	all := map[string]time.Time{}
	err := filepath.WalkDir(x.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			var info fs.FileInfo
			if info, err = d.Info(); err == nil {
				all[path] = info.ModTime()
			}
		}
		return err
	})
	if err != nil {
		x.t.Fatal(err)
	}
	return all
}

func TestAFileOfAWithdrawnReleaseLeavesTheExportThoughAnotherReleaseLinksToIt(t *testing.T) {
	t.Parallel()
	x := &exported{served: startServe(t), dir: filepath.Join(t.TempDir(), "news")}
	db, site := x.desk()
	data := []byte("the wrong figures")
	f := tidings.File{Hash: tidings.HashOf(data), Name: "figures.pdf", MediaType: "application/pdf", Data: data}
	release := func(slug, html string) *tidings.Release {
		return &tidings.Release{
			Source: slug, Slug: slug, Language: "en", Title: slug, Status: tidings.Published,
			Body: tidings.Body{Format: tidings.HTML, Source: html, HTML: html, Text: slug},
		}
	}
	b := release("with-figures", "")
	b.Attachments = []tidings.Attachment{{Name: f.Name, Hash: f.Hash, MediaType: f.MediaType, Size: int64(len(data))}}
	card := site.CardURL(&tidings.Release{Slug: b.Slug, Revision: 1})
	a := release("links-there", `<p><a href="`+site.FileURL(f.Hash, f.Name)+`">Figures</a> <a href="`+card+`">Card</a></p>`)
	if filed, err := db.SaveBatch(t.Context(), site, []tidings.Filing{{Release: b, Files: []tidings.File{f}}, {Release: a}}, time.Now(), "test"); err != nil || filed[0].Err != nil || filed[1].Err != nil {
		t.Fatalf("%v %+v", err, filed)
	}
	names := []string{"cards/with-figures/1.png", "files/" + f.Hash + "/figures.pdf"}
	if first := x.export(); !slices.Contains(first.Written, names[0]) || !slices.Contains(first.Written, names[1]) {
		t.Fatalf("the first export: %+v", first)
	}
	if again := x.export(); len(again.Removed)+len(again.Written) > 0 {
		t.Errorf("a second export: %+v", again)
	}
	x.run("withdraw", b.Slug, "--reason", "Wrong.")
	if gone := x.export(); !slices.Contains(gone.Removed, names[0]) || !slices.Contains(gone.Removed, names[1]) {
		t.Errorf("after the withdrawal: removed %q", gone.Removed)
	}
}

func TestNoLinkOfTheExportLeadsNowhere(t *testing.T) {
	t.Parallel()
	x := &exported{served: startServe(t), dir: filepath.Join(t.TempDir(), "news")}
	if report := x.export(); len(report.Problems) > 0 {
		t.Errorf("the export found %q", report.Problems)
	}
	files := plainHost(t, x.dir)
	daemon := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: x.addr})
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/subscribe") || r.URL.Path == "/link" { // as docs/export.md says
			daemon.ServeHTTP(w, r)
			return
		}
		files.ServeHTTP(w, r)
	}))
	t.Cleanup(host.Close)
	crawl(server(t, x.served, host.Listener.Addr().String()), "/")
}
