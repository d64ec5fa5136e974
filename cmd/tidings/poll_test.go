package main

import (
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tidings/tidings"
)

// otherSite is a script's feed on loopback.
type otherSite struct {
	mu     sync.Mutex
	url    string
	body   string // empty: status alone
	status int
	asked  []int    // the status of each answer, without those of pictures
	shown  []string // the pictures that were asked for
}

type siteKey struct{}

func (o *otherSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if strings.HasSuffix(r.URL.Path, ".png") {
		o.shown = append(o.shown, r.URL.Path)
		if strings.HasPrefix(path.Base(r.URL.Path), "no-") {
			http.NotFound(w, r)
		} else {
			_ = png.Encode(w, image.NewGray(image.Rect(0, 0, 30, 20))) // half a picture is one that cannot be read
		}
		return
	}
	status := o.status
	tag := `"` + tidings.HashOf([]byte(o.body)) + `"`
	w.Header().Set("ETag", tag)
	if status == http.StatusOK && r.Header.Get("If-None-Match") == tag {
		status = http.StatusNotModified
	}
	o.asked = append(o.asked, status)
	w.WriteHeader(status)
	if status == http.StatusOK {
		fmt.Fprint(w, o.body)
	}
}

func siteOf(ts *testscript.TestScript) *otherSite { return ts.Value(siteKey{}).(*otherSite) }

// feedserver: opens another site on loopback.
func feedServer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: feedserver")
	}
	server := httptest.NewServer(siteOf(ts))
	ts.Defer(server.Close)
	siteOf(ts).url = server.URL + "/feed"
	ts.Setenv("FEED", siteOf(ts).url)
}

// withsource KEY = VALUE: writes the other site's feed into the configuration, as private unless that is said.
func withSource(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: withsource KEY = VALUE")
	}
	said := strings.Join(args, " ")
	if args[0] != "private" {
		said += "\nprivate = true"
	}
	file := ts.MkAbs("tidings.toml")
	text, _, _ := strings.Cut(ts.ReadFile(file), "\n[[source]]")
	text += fmt.Sprintf("\n[[source]]\nurl = %q\noffice = \"Bureau\"\n%s\n", siteOf(ts).url+"?"+args[0], said)
	ts.Check(os.WriteFile(file, []byte(text), 0o600))
}

// serves FILE|STATUS: what the other site answers from now on.
func serves(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: serves FILE|STATUS")
	}
	o := siteOf(ts)
	o.mu.Lock()
	defer o.mu.Unlock()
	if status, err := strconv.Atoi(args[0]); err == nil {
		o.status, o.body = status, ""
		return
	}
	o.status, o.body = http.StatusOK, ts.ReadFile(args[0])
}

// pictures [PATH...]: which pictures the other site was asked for since this was last asked.
func pictures(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: pictures [PATH...]")
	}
	o := siteOf(ts)
	o.mu.Lock()
	defer o.mu.Unlock()
	if !slices.Equal(o.shown, args) {
		ts.Fatalf("asked for %q", o.shown)
	}
	o.shown = nil
}

// requests COUNT STATUS: how often the other site was asked, and what it answered last.
func requests(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: requests COUNT STATUS")
	}
	o := siteOf(ts)
	o.mu.Lock()
	defer o.mu.Unlock()
	if got := fmt.Sprint(len(o.asked), o.asked[max(len(o.asked)-1, 0):]); got != fmt.Sprintf("%s [%s]", args[0], args[1]) {
		ts.Fatalf("asked %s", got)
	}
}
