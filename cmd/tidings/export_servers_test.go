package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// webServer is one of others, configured as docs/export.md says.
type webServer struct {
	program string
	conf    string // %[1]s: a folder of its own, %[2]s: the export, %[3]s: where it listens, %[4]s: where the daemon does
	args    []string
}

func webServers() map[string]webServer {
	modules := ""
	for _, m := range []string{"mpm_event", "authz_core", "rewrite", "headers", "mime", "dir", "proxy", "proxy_http"} {
		modules += "LoadModule " + m + "_module /usr/lib/apache2/modules/mod_" + m + ".so\n"
	}
	return map[string]webServer{
		"nginx": {program: "nginx", args: []string{"-p", "%[1]s", "-c", "%[1]s/conf"}, conf: `
worker_processes 1;
daemon off;
pid %[1]s/pid;
error_log stderr warn;
events {}
http {
	access_log off;
	client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
	include %[2]s/.tidings/nginx-http.conf;
	server {
		listen %[3]s;
		root %[2]s;
		include %[2]s/.tidings/nginx-server.conf;
		location ~ ^/((u|me|confirm|feeds/mine)/|(subscribe|link|search)(/|$)|feeds/search\.) {
			add_header Cache-Control "" always; # keeps the headers of the files away, and adds none
			proxy_pass http://%[4]s;
		}
	}
}
`},
		"Caddy": {program: "caddy", args: []string{"run", "--adapter", "caddyfile", "--config", "%[1]s/conf"}, conf: `
{
	admin off
	auto_https off
}
http://%[3]s {
	root * %[2]s
	import %[2]s/.tidings/Caddyfile
	@daemon path /u/* /me/* /confirm/* /feeds/mine/* /feeds/search.* /subscribe /subscribe/* /link /search
	handle @daemon {
		reverse_proxy %[4]s
	}
}
`},
		"Apache": {program: "apache2", args: []string{"-X", "-f", "%[1]s/conf"}, conf: `
ServerRoot %[1]s
Listen %[3]s
ServerName news.example.org
PidFile %[1]s/pid
ErrorLog %[1]s/log
` + modules + `TypesConfig /etc/mime.types
DocumentRoot %[2]s
ProxyPassMatch "^/((u|me|confirm|feeds/mine)/|(subscribe|link|search)(/|$)|feeds/search\.)" "http://%[4]s"
<Directory %[2]s>
	AllowOverride All
	Require all granted
</Directory>
`},
	}
}

func TestWebServersOfOthersServeTheExportAsTheDaemonServesTheSite(t *testing.T) {
	t.Parallel()
	for name, s := range webServers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(s.program); err != nil {
				t.Skipf("%s is not installed: %s does not serve the export", s.program, name)
			}
			x := startExported(t)
			x.export()
			front := server(t, x.served, s.start(t, x.dir, x.addr))
			x.same(front, true)
			x.reaches(front)
		})
	}
}

// reaches sees that a web server passes on to the daemon what a folder cannot do.
func (x *exported) reaches(front *served) {
	x.t.Helper()
	client := *x.client
	client.CheckRedirect = stay
	daemon := &served{t: x.t, base: x.base, client: &client}
	for _, path := range []string{
		"/search?q=railway", "/feeds/search.atom?q=railway", "/feeds/search.json?q=Railway", "/feeds/search.rss?q=topic%3Anonesuch", "/u/token",
		"/feeds/mine/token.atom", "/subscribe?topic=energy",
	} {
		want, got := daemon.get(path), front.get(path)
		want.body, got.body = stamped.ReplaceAllString(want.body, ""), stamped.ReplaceAllString(got.body, "")
		same := got.status == want.status && got.body == want.body
		for _, name := range []string{"Cache-Control", "Content-Security-Policy", "Content-Disposition"} {
			same = same && slices.Equal(got.header.Values(name), want.header.Values(name))
		}
		if !same {
			x.t.Errorf("%s: %d %s, the daemon says %d:\n%s", path, got.status, got.header, want.status, cmp.Diff(want.body, got.body))
		}
	}
	if found := front.get("/feeds/search.atom?q=railway"); !strings.Contains(found.body, "The railway opens") {
		x.t.Errorf("the feed of a search is %d: %s", found.status, found.body)
	}
}

// start runs the server until the test ends.
func (s *webServer) start(t *testing.T, dir, daemon string) (addr string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0") // only to find a free port
	if err != nil {
		t.Fatal(err)
	}
	addr = l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	for up := dir; up != filepath.Dir(os.TempDir()) && up != "/"; up = filepath.Dir(up) { // its workers may be somebody else
		_ = os.Chmod(up, 0o755) //nolint:gosec // the test's own
	}
	conf := fmt.Sprintf(s.conf, home, dir, addr, daemon)
	if s.program == "caddy" {
		_, port, _ := net.SplitHostPort(addr)
		conf = strings.Replace(conf, "http://"+addr, ":"+port, 1) // whatever host is asked for
	}
	if err := os.WriteFile(filepath.Join(home, "conf"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	args := make([]string, len(s.args))
	for i, a := range s.args {
		args[i] = strings.ReplaceAll(a, "%[1]s", home)
	}
	var log bytes.Buffer
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), s.program, args...)
	cmd.Stdout, cmd.Stderr = &log, &log
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_DATA_HOME="+home, "XDG_CONFIG_HOME="+home)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if said := log.String(); strings.Contains(said, "[warn]") || strings.Contains(said, "[emerg]") {
			t.Errorf("%s says:\n%s", s.program, said)
		}
	})
	eventually(t, s.program+" answers", func() bool {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
		return err == nil && conn.Close() == nil
	})
	return addr
}

// server is a web server that serves the export: whatever host a URL names, it answers.
func server(t *testing.T, d *served, addr string) *served {
	t.Helper()
	transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &served{t: t, base: d.base, client: &http.Client{Transport: transport, Timeout: time.Minute, CheckRedirect: stay}}
}

func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func TestAPlainHostServesTheExportAsTheDaemonServesTheSite(t *testing.T) {
	t.Parallel()
	x := startExported(t)
	x.export()
	host := httptest.NewServer(plainHost(t, x.dir))
	t.Cleanup(host.Close)
	x.same(server(t, x.served, host.Listener.Addr().String()), false)
	if data, err := fs.ReadFile(os.DirFS(x.dir), "index.html"); err != nil || strings.Contains(string(data), "A secret") {
		t.Errorf("the front page: %v", err)
	}
}

// plainHost does what hosts of static sites do: the file of the path, that with .html behind it, _redirects, the types of
// _headers, and 404.html.
func plainHost(t *testing.T, dir string) http.Handler {
	t.Helper()
	rules, types := map[string][]string{}, map[string]string{}
	for line := range lines(t, filepath.Join(dir, "_redirects")) {
		if f := strings.Fields(line); len(f) == 3 && !strings.HasPrefix(line, "#") {
			path, _ := url.PathUnescape(f[0])
			rules[path] = f[1:]
		}
	}
	pattern := ""
	for line := range lines(t, filepath.Join(dir, "_headers")) {
		if strings.HasPrefix(line, "/") {
			pattern = line
		} else if name, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && name == "Content-Type" {
			types[pattern] = value
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, file := http.StatusOK, r.URL.Path
		if rule := rules[r.URL.Path]; rule != nil && rule[1] == "301" {
			http.Redirect(w, r, rule[0], http.StatusMovedPermanently)
			return
		} else if rule != nil {
			status, file = http.StatusGone, rule[0]
			file, _ = url.PathUnescape(file)
		}
		if bare := strings.TrimSuffix(file, "/"); bare != file && bare != "" {
			http.Redirect(w, r, "http://127.0.0.1:8080"+(&url.URL{Path: bare}).EscapedPath(), http.StatusMovedPermanently)
			return
		}
		body, err := os.ReadFile(filepath.Join(dir, file))
		if file == "/" {
			file = "/index"
		}
		if err != nil && !strings.HasSuffix(r.URL.Path, ".html") {
			file += ".html"
			body, err = os.ReadFile(filepath.Join(dir, file))
		}
		if err != nil || file == "/404.html" {
			status = http.StatusNotFound
			body, _ = os.ReadFile(filepath.Join(dir, "404.html"))
		}
		kind := "text/html; charset=utf-8"
		for pattern, t := range types {
			head, tail, _ := strings.Cut(pattern, "*")
			if strings.HasPrefix(file, head) && strings.HasSuffix(file, tail) && (head != "/" || kind == "text/html; charset=utf-8") {
				kind = t
			}
		}
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = w.Write(body)
	})
}

func lines(t *testing.T, path string) func(func(string) bool) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.SplitSeq(string(data), "\n")
}
