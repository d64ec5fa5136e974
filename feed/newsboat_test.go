package feed_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite" // reads what the reader keeps

	"github.com/tidings/tidings"
)

// newsroom serves feeds as they are at the moment, by their paths.
type newsroom struct {
	*httptest.Server
	feeds  atomic.Pointer[map[string][]byte]
	served atomic.Int64 // how many feeds have been fetched
}

// publish renders everything and the topic energy, in the formats that most readers read.
func (n *newsroom) publish(t *testing.T, all []tidings.Release) {
	t.Helper()
	feeds := map[string][]byte{}
	for _, sel := range []tidings.Selection{{}, {Topic: "energy"}} {
		ch := channel()
		ch.Selection, ch.Releases = sel, nil
		for i := range all {
			if sel.Topic == "" || all[i].HasTopic(sel.Topic) {
				ch.Releases = append(ch.Releases, all[i])
			}
		}
		for _, format := range []tidings.FeedFormat{tidings.Atom, tidings.RSS} {
			feeds[strings.TrimPrefix(ch.Site.FeedURL(sel, format), ch.Site.URL())] = render(t, format, ch)
		}
	}
	n.feeds.Store(&feeds)
}

func newNewsroom(t *testing.T) *newsroom {
	t.Helper()
	n := &newsroom{}
	n.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		doc, ok := (*n.feeds.Load())[strings.TrimPrefix(r.URL.Path, "/")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", tidings.FeedFormat(strings.TrimPrefix(filepath.Ext(r.URL.Path), ".")).MediaType())
		n.served.Add(1)
		_, _ = w.Write(doc)
	}))
	t.Cleanup(n.Close)
	return n
}

// newsboat is a feed reader with a home of its own.
type newsboat struct {
	t       *testing.T
	program string
	home    string
}

func newNewsboat(t *testing.T, program string, urls ...string) *newsboat {
	t.Helper()
	n := &newsboat{t: t, program: program, home: t.TempDir()}
	for name, content := range map[string]string{"urls": strings.Join(urls, "\n") + "\n", "config": "use-proxy no\n"} {
		if err := os.WriteFile(n.file(name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

func (n *newsboat) file(name string) string { return filepath.Join(n.home, name) }

func (n *newsboat) reload() {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(n.t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, n.program, "--url-file="+n.file("urls"), "--cache-file="+n.file("cache.db"),
		"--config-file="+n.file("config"), "--execute=reload")
	cmd.Env = []string{"HOME=" + n.home, "LC_ALL=C.UTF-8", "TERM=dumb", "TZ=Asia/Seoul"}
	if out, err := cmd.CombinedOutput(); err != nil {
		n.t.Fatalf("%v\n%s", err, out)
	}
}

// kept is what the reader remembers of a release.
type kept struct {
	Title, Author, Link string
	Published           int64 // Unix seconds
}

// read gives what the reader shows, by the id, and fails where it shows a release twice.
func (n *newsboat) read() map[string]kept {
	n.t.Helper()
	db, err := sql.Open("sqlite", n.file("cache.db"))
	if err != nil {
		n.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	rows, err := db.QueryContext(n.t.Context(), "SELECT guid, title, author, url, pubDate FROM rss_item WHERE deleted = 0")
	if err != nil {
		n.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	found := map[string]kept{}
	for rows.Next() {
		var id string
		var k kept
		if err := rows.Scan(&id, &k.Title, &k.Author, &k.Link, &k.Published); err != nil {
			n.t.Fatal(err)
		}
		if other, twice := found[id]; twice {
			n.t.Errorf("%s is there twice: %+v and %+v", id, other, k)
		}
		found[id] = k
	}
	if err := rows.Err(); err != nil {
		n.t.Fatal(err)
	}
	return found
}

// wanted is what a reader should remember of the releases.
func wanted(all []tidings.Release) map[string]kept {
	titles := map[string]string{ // what is left of a title that no feed can hold
		"hostile": "<b>Bold</b> &amp; AT&T ]]> end</title><script>alert(1)</script>",
	}
	authors := map[string]string{
		"eu-steel-talks": "Trade Policy Bureau", "에너지위원회-개최": "김민수, Lee & Park", "hostile": "<Mallory> & Co",
	}
	want := map[string]kept{}
	for i := range all {
		r := &all[i]
		k := kept{Title: r.Title, Author: authors[r.Slug], Link: site().ReleaseURL(r.Slug), Published: r.Published.Unix()}
		if title, ok := titles[r.Slug]; ok {
			k.Title = title
		}
		want[r.URI] = k
	}
	return want
}

func TestNewsboatShowsTheNoticeOfAWithdrawalInTheReleasesPlace(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("newsboat")
	if err != nil {
		t.Skip("newsboat is not installed: no feed reader of others reads the feeds")
	}
	ch := newsroomChannel()
	docs := map[string][]byte{"feeds/all.rss": render(t, tidings.RSS, ch), "feeds/all.atom": render(t, tidings.Atom, ch)}
	room := newNewsroom(t)
	room.feeds.Store(&docs)
	rss, atom := newNewsboat(t, program, room.URL+"/feeds/all.rss"), newNewsboat(t, program, room.URL+"/feeds/all.atom")
	rss.reload()
	atom.reload()
	shown := rss.read()
	if n := shown[ch.Withdrawn[0].URI]; n.Title != "철회: 너무 이른 발표" || n.Published != ch.Withdrawn[0].Published.Unix() || len(shown) != 4 {
		t.Errorf("of RSS it shows %+v", shown)
	}
	shown = atom.read()
	if e := shown[ch.Releases[0].URI]; e.Link != ch.Site.ReleaseURL(ch.Releases[0].Slug) || len(shown) != 2 {
		t.Errorf("of Atom it shows %+v", shown)
	}
}

func TestNewsboatShowsEveryReleaseOnceAndItsEdits(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("newsboat")
	if err != nil {
		t.Skip("newsboat is not installed: no feed reader of others reads the feeds")
	}
	atoms, rsses := []string{"/feeds/all.atom", "/feeds/topics/energy.atom"}, []string{"/feeds/all.rss", "/feeds/topics/energy.rss"}
	for name, paths := range map[string][]string{
		"Atom": atoms, "RSS": rsses, "both": {atoms[0], rsses[0], atoms[1], rsses[1]},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			room := newNewsroom(t)
			var urls []string
			for _, p := range paths {
				urls = append(urls, room.URL+p)
			}
			reader := newNewsboat(t, program, urls...)
			for _, step := range []string{"", "edited", "edited again"} {
				all := releases()
				if step != "" {
					all[0].Title = fmt.Sprintf("Steel talks (%s) — “₩2 trillion” & <more>", step)
					all[0].Updated = all[0].Updated.Add(time.Hour)
				}
				room.publish(t, all)
				reader.reload()
				if n := room.served.Swap(0); n != int64(len(paths)) {
					t.Errorf("after the edit %q: %d feeds fetched, want %d", step, n, len(paths))
				}
				if diff := cmp.Diff(wanted(all), reader.read()); diff != "" {
					t.Errorf("after the edit %q (- wanted, + shown):\n%s", step, diff)
				}
			}
		})
	}
}
