package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// webServer is one of others, configured as docs/export.md says.
type webServer struct {
	program string
	conf    string // %[1]s: a folder of its own, %[2]s: the export, %[3]s: where it listens
	args    []string
}

func webServers() map[string]webServer {
	modules := ""
	for _, m := range []string{"mpm_event", "authz_core", "rewrite", "headers", "mime", "dir"} {
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
			x.same(server(t, x.served, s.start(t, x.dir)), true)
		})
	}
}

// start runs the server until the test ends.
func (s *webServer) start(t *testing.T, dir string) (addr string) {
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
	conf := fmt.Sprintf(s.conf, home, dir, addr)
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
