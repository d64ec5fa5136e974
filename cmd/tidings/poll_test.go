package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
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
	asked  []int // the status of each answer
}

type siteKey struct{}

func (o *otherSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
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
	path := ts.MkAbs("tidings.toml")
	text, _, _ := strings.Cut(ts.ReadFile(path), "\n[[source]]")
	text += fmt.Sprintf("\n[[source]]\nurl = %q\noffice = \"Bureau\"\n%s\n", siteOf(ts).url+"?"+args[0], said)
	ts.Check(os.WriteFile(path, []byte(text), 0o600))
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
