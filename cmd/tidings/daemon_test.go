package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// served is a program that serves, in this process, on a port of its own.
type served struct {
	t      *testing.T
	addr   string
	base   string // the site's URL, without a slash behind it
	config string
	client *http.Client

	cancel context.CancelFunc
	ended  chan result
}

// startDemo serves a demo, whose mailbox takes the mails.
func startDemo(t *testing.T) *served {
	t.Helper()
	dir := t.TempDir()
	d := start(t, "demo", "--dir", dir, "--addr", "127.0.0.1:0")
	d.config, d.base = filepath.Join(dir, "tidings.toml"), "http://"+d.addr
	return d
}

// startServe serves a site with the demo's releases and readers, whose base URL is not where it listens.
func startServe(t *testing.T) *served {
	t.Helper()
	dir := t.TempDir()
	demoOnce(t, time.Now, dir)
	config := filepath.Join(dir, "tidings.toml")
	d := start(t, "serve", "--config", config, "--listen", "127.0.0.1:0")
	d.config, d.base = config, "http://127.0.0.1:8080"
	return d
}

// demoWith is the configuration of a demo's site, with some of its words replaced by others.
func demoWith(t *testing.T, words ...string) (config string) {
	t.Helper()
	dir := t.TempDir()
	demoOnce(t, time.Now, dir)
	config = filepath.Join(dir, "tidings.toml")
	text, err := os.ReadFile(config)
	if err == nil {
		err = os.WriteFile(config, []byte(strings.NewReplacer(words...).Replace(string(text))), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// start runs a command until the test ends, and waits until it says where it listens.
func start(t *testing.T, args ...string) *served {
	t.Helper()
	return startWatched(t, &watcher{}, args...)
}

// startWatched is start with an eye on the log.
func startWatched(t *testing.T, logs *watcher, args ...string) *served {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	d := &served{t: t, cancel: cancel, ended: make(chan result, 1)}
	logs.found = make(chan string, 1)
	go func() {
		var out bytes.Buffer
		a := &app{in: strings.NewReader(""), out: &out, errs: logs, now: time.Now}
		code := a.run(ctx, args)
		d.ended <- result{code, out.String(), logs.text()}
	}()
	select {
	case d.addr = <-logs.found:
	case r := <-d.ended:
		t.Fatalf("it ended: exit code %d\n%s%s", r.code, r.out, r.err)
	}
	dialer := &net.Dialer{}
	transport := &http.Transport{ // whatever host a URL names is the daemon
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, d.addr)
		},
	}
	d.client = &http.Client{Transport: transport, Timeout: 5 * time.Minute}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if d.cancel != nil {
			d.stop()
		}
	})
	return d
}

// stop asks the program to end, as SIGTERM does, and waits until it has.
func (d *served) stop() result {
	d.cancel()
	d.cancel = nil
	r := <-d.ended
	if r.code != exitDone {
		d.t.Errorf("stopped with exit code %d\n%s", r.code, r.err)
	}
	return r
}

// reply is an answer, read to its end.
type reply struct {
	status int
	header http.Header
	body   string
}

// ask sends a request; headers are names and values in turn.
func (d *served) ask(method, url, body string, headers ...string) reply {
	d.t.Helper()
	req, err := http.NewRequestWithContext(d.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := d.client.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatalf("%s %s: %v", method, url, err)
	}
	return reply{resp.StatusCode, resp.Header, string(text)}
}

// get fetches a path of the site.
func (d *served) get(path string, headers ...string) reply {
	d.t.Helper()
	return d.ask(http.MethodGet, d.base+path, "", headers...)
}

// dated fetches a feed as soon as it has a date, which is when the second of its last change is over.
func (d *served) dated(url string) reply {
	d.t.Helper()
	for {
		r := d.ask(http.MethodGet, url, "")
		if r.status != http.StatusOK || r.header.Get("Last-Modified") != "" {
			return r
		}
	}
}

// run runs another command on the daemon's database meanwhile.
func (d *served) run(args ...string) string {
	d.t.Helper()
	return must(d.t, time.Now, append(args, "--config", d.config)...)
}

// soon runs a command that names an instant to come, in a while from now; the last argument is its flag. To the command the
// instant is to come, however slow this machine is.
func (d *served) soon(in time.Duration, args ...string) (due time.Time) {
	d.t.Helper()
	now := time.Now()
	due = now.Add(in).Truncate(time.Millisecond)
	must(d.t, func() time.Time { return now }, append(args, due.Format(time.RFC3339Nano), "--config", d.config)...)
	return due
}

// watcher keeps the log, and finds in it where the daemon listens.
type watcher struct {
	on    string // words that are waited for
	do    func() // what is done when they come first
	mu    sync.Mutex
	log   bytes.Buffer
	found chan string // nil: it does not matter
}

var listens = regexp.MustCompile(`msg=serving listen=(\S+)`)

// Write takes a line of the log: slog writes each with one call.
func (w *watcher) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if m := listens.FindSubmatch(line); m != nil && w.found != nil {
		w.found <- string(m[1])
	}
	if w.do != nil && bytes.Contains(line, []byte(w.on)) {
		w.do()
		w.do = nil
	}
	return w.log.Write(line)
}

func (w *watcher) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.String()
}

// eventually polls until done is true, and fails the test after a time in which a slow machine, too, would have done it.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for !done() {
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatalf("%s: not within a minute", what)
		}
	}
}
