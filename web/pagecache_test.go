package web_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

// renderings is how often the front page was rendered while f ran.
func (n *newsroom) renderings(f func()) int64 {
	before := n.lib.reads.Load()
	f()
	return n.lib.reads.Load() - before
}

func TestAPageIsRenderedOnceAfterEveryPublicChange(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	solar := n.save("solar", nil)
	ask := func() {
		for _, target := range []string{"/", "/", "/?utm_source=x", "/?utm_source=y&b=c"} {
			has(t, n.page(target), "About solar")
		}
		status(t, n.do(http.MethodHead, "/", ""), http.StatusOK)
		status(t, n.get("/", "If-None-Match", n.get("/").Header.Get("ETag")), http.StatusNotModified)
	}
	if got := n.renderings(ask); got != 1 {
		t.Errorf("rendered %d times, want once", got)
	}
	n.save("secret", func(r *tidings.Release) { r.Status = tidings.Draft })
	if got := n.renderings(ask); got != 0 {
		t.Errorf("rendered %d times after a draft, want none", got)
	}
	n.save("wind", nil)
	if got := n.renderings(ask); got != 1 {
		t.Errorf("rendered %d times after a publication, want once", got)
	}
	has(t, n.page("/"), "About wind")
	hasNot(t, n.page("/"), "secret")
	has(t, n.page("/releases/solar"), "Text of solar")
	if err := n.db.Withdraw(t.Context(), solar.ID, tidings.Withdrawal{}, n.now, "test"); err != nil {
		t.Fatal(err)
	}
	hasNot(t, n.page("/"), "About solar")
	status(t, n.get("/releases/solar"), http.StatusGone)
}

func TestWhatIsNoPageIsNotKept(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", nil)
	n.page("/")
	n.page("/topics/energy")
	for range 2 {
		resp := n.get("/?page=1")
		status(t, resp, http.StatusMovedPermanently)
		status(t, n.get("/topics/energy?page=2"), http.StatusMovedPermanently)
		status(t, n.get("/releases/none"), http.StatusNotFound)
		status(t, n.get("/page/9"), http.StatusNotFound)
	}
	n.lib.fault.Store(&errDisk)
	status(t, n.get("/languages/en"), http.StatusInternalServerError)
	n.lib.fault.Store(nil)
	status(t, n.get("/languages/en"), http.StatusOK)
}

func TestACrowdWaitsForOneRendering(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", nil)
	n.lib.crowd.Add(1) // holds the rendering back
	got := n.renderings(func() {
		var all sync.WaitGroup
		for i := range 30 {
			all.Go(func() { has(t, n.page(fmt.Sprintf("/?i=%d", i)), "About solar") })
		}
		<-time.After(100 * time.Millisecond)
		n.lib.crowd.Done()
		all.Wait()
	})
	if got != 1 {
		t.Errorf("rendered %d times, want once", got)
	}
}

func TestNoPageIsOlderThanTheQuestion(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	done := make(chan struct{})
	var crowd sync.WaitGroup
	for range 8 {
		crowd.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					n.page("/")
				}
			}
		})
	}
	for i := range 30 {
		slug := fmt.Sprintf("r%d", i)
		n.save(slug, nil)
		has(t, n.page("/"), "About "+slug)
	}
	close(done)
	crowd.Wait()
}

func TestPagesAreCompressedForThoseWhoTakeIt(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", nil)
	for _, target := range []string{"/", "/topics/energy", "/releases/solar", "/search?q=solar", "/archive", "/offices", "/feeds", "/topics"} {
		plain := n.get(target)
		want := text(t, plain)
		resp := n.get(target, "Accept-Encoding", "gzip")
		if resp.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%s is not compressed", target)
			continue
		}
		z, err := gzip.NewReader(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(z); err != nil || string(got) != want {
			t.Errorf("%s: %v, and %d octets, want %d", target, err, len(got), len(want))
		}
		for _, name := range []string{"ETag", "Vary", "Cache-Control", "Content-Type"} {
			if got := resp.Header.Get(name); got == "" || got != plain.Header.Get(name) {
				t.Errorf("%s: %s is %q, and uncompressed %q", target, name, got, plain.Header.Get(name))
			}
		}
		if got := resp.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/html") {
			t.Errorf("%s: %s", target, got)
		}
	}
}
