package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestAnImportStopsAtOnceWhileItWaitsForAnotherSite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	demoOnce(t, time.Now, dir)
	for path, hangs := range map[string]string{"/feed.xml": "/feed.xml", "/shows.xml": "/picture.png"} {
		ctx, interrupt := context.WithCancel(t.Context())
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == hangs {
				interrupt()
				<-r.Context().Done()
				return
			}
			fmt.Fprint(w, `<rss version="2.0"><channel><item><guid>1</guid><title>Half of it</title>`+
				`<description>&lt;p&gt;Text &lt;img src="/picture.png"&gt;</description></item></channel></rss>`)
		}))
		config := filepath.Join(dir, "tidings.toml")
		var errs strings.Builder
		begun := time.Now()
		code := run(ctx, []string{"import", "--config", config, "--private", server.URL + path}, strings.NewReader(""), io.Discard, &errs)
		if code == exitDone || time.Since(begun) > time.Minute || !strings.Contains(errs.String(), "stopped before") ||
			!strings.Contains(errs.String(), "run it again: it goes on where it stopped") {
			t.Errorf("%s: exit code %d after %v\n%s", path, code, time.Since(begun), &errs)
		}
		if code := run(t.Context(), []string{"release", "show", "half-of-it", "--config", config}, nil, io.Discard, io.Discard); code == exitDone {
			t.Errorf("%s: half a release was filed", path)
		}
		interrupt()
		server.Close()
	}
}
