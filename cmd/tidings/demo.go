package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/config"
	"github.com/tidings/tidings/mailer/mailbox"
	"github.com/tidings/tidings/store"
)

// demoMark is the first line of a demo's configuration: a folder that has it may be started afresh.
const demoMark = "# Made by `tidings demo`, which starts this folder afresh each time. To keep it, run: tidings serve --config"

// demoLeave is where the demo's readers write to unsubscribe.
const demoLeave = "leave@motie.example"

func (a *app) demoCommand() *cobra.Command {
	var (
		dir, addr string
		once      bool
	)
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "See all of it at work on a ministry's real releases, on this machine alone",
		Long: "Import a ministry's eight releases with topics and rules, and two of them in Korean as well, add a few subscribers, send their\n" +
			"digests through a real SMTP conversation into a built-in mailbox, and serve the newsroom, the feeds and the mails until you stop\n" +
			"it. Starting again starts afresh.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d := &demo{app: a, dir: dir, addr: addr}
			if d.dir == "" {
				var err error
				if d.dir, err = demoDir(); err != nil {
					return err
				}
			}
			return d.run(cmd.Context(), once, cmd.Flags().Changed("addr"))
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "the `folder` to work in (default: tidings-demo among your caches)")
	cmd.Flags().StringVar(&addr, "addr", "127.0.0.1:8080", "the `host:port` to serve at")
	cmd.Flags().BoolVar(&once, "once", false, "do it all, print what was made and sent, and exit")
	return cmd
}

// demoDir is the same folder each time, where nobody else may write; for who has no home, a new one each time.
func demoDir() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return os.MkdirTemp("", "tidings-demo-")
	}
	return filepath.Join(cache, "tidings-demo"), nil
}

// calledAs is how whoever reads this has called the program, so that a command can be copied as it is printed.
func calledAs() string {
	if path, err := os.Executable(); err == nil && strings.Contains(path, "go-build") {
		return "go run ./cmd/tidings"
	}
	return "tidings"
}

// demo is one demonstration in its folder.
type demo struct {
	*app
	dir, addr string
	house     *house
	box       *mailbox.Box
	open      atomic.Pointer[house] // the house, for who comes by mail; nil: not open yet
}

func (d *demo) run(ctx context.Context, once, addrGiven bool) (err error) {
	var l net.Listener
	if !once {
		if l, err = d.listen(ctx, addrGiven); err != nil {
			return err
		}
		defer l.Close() // closed by serve before; a second time does no harm
	}
	if err := d.clear(ctx); err != nil {
		return err
	}
	options := mailbox.Options{
		Folder: filepath.Join(d.dir, "mail"), Kept: func(m mailbox.Mail) { d.received(ctx, &m) },
	}
	if d.box, err = mailbox.Listen("127.0.0.1:0", options); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.box.Close()) }()
	cfg, err := d.configure()
	if err != nil {
		return err
	}
	if d.house, err = open(ctx, cfg, d.errs); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.house.db.Close()) }()
	d.open.Store(d.house)
	if err := d.fill(ctx); err != nil {
		return err
	}
	if err := d.report(ctx); err != nil || once {
		return err
	}
	return d.serve(ctx, l)
}

// listen takes the address, or where nobody asked for one and it is taken, any that is free.
func (d *demo) listen(ctx context.Context, given bool) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", d.addr)
	if err != nil && !given {
		l, err = (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	}
	if err != nil {
		return nil, fmt.Errorf("listening: %w\n  choose another address with --addr", err)
	}
	d.addr = l.Addr().String()
	return l, nil
}

// clear makes the folder, and empties one that a demo made. Any other folder with something in it is left alone.
func (d *demo) clear(ctx context.Context) error {
	entries, err := os.ReadDir(d.dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return os.MkdirAll(filepath.Join(d.dir, "mail"), 0o750)
	}
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(d.dir, "tidings.toml"))
	if err != nil || !bytes.HasPrefix(text, []byte(demoMark)) {
		return usagef("%s is not empty, and no demo made it: choose another folder with --dir", d.dir)
	}
	if err := d.unused(ctx); err != nil {
		return err
	}
	for _, e := range entries {
		if name := e.Name(); name == "mail" || strings.HasPrefix(name, "tidings.") {
			if err := os.RemoveAll(filepath.Join(d.dir, name)); err != nil {
				return err
			}
		}
	}
	return os.MkdirAll(filepath.Join(d.dir, "mail"), 0o750)
}

// unused makes sure that no other demo is at work in the folder: the sender's lock would be taken.
func (d *demo) unused(ctx context.Context) error {
	db, err := store.Open(ctx, filepath.Join(d.dir, "tidings.db"))
	if err != nil {
		return nil //nolint:nilerr // a file that cannot be opened is nobody's at work, and goes away
	}
	unlock, err := db.LockSender()
	if err == nil {
		unlock()
	}
	err = errors.Join(err, db.Close())
	if errors.Is(err, tidings.ErrLocked) {
		return usagef("a demo is running in %s: stop it, or choose another folder with --dir", d.dir)
	}
	return err
}

// base is the URL that a browser on this machine reaches the address at.
func (d *demo) base() (string, error) {
	host, port, err := net.SplitHostPort(d.addr)
	if err != nil {
		return "", usagef("--addr: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port), nil
}

// configure writes the demo's configuration and reads it back.
func (d *demo) configure() (*config.Config, error) {
	host, port, err := net.SplitHostPort(d.box.Addr())
	if err != nil {
		return nil, err
	}
	smtpPort, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	base, err := d.base()
	if err != nil {
		return nil, err
	}
	text, err := config.Template(map[string]any{
		"site.name":               map[string]string{"en": "Ministry of Trade, Industry and Energy", "ko": "산업통상자원부"},
		"site.base_url":           base,
		"site.languages":          []string{"en", "ko"},
		"site.time_zone":          "Asia/Seoul",
		"site.postal_address":     map[string]string{"en": "402 Hannuri-daero, Sejong-si 30118, Republic of Korea", "ko": "(30118) 세종특별자치시 한누리대로 402"},
		"site.tag":                "news.motie.example,2025",
		"server.listen":           d.addr,
		"mail.from":               "press@motie.example",
		"mail.domain":             "news.motie.example",
		"mail.unsubscribe_mailto": demoLeave,
		"smtp.host":               host,
		"smtp.port":               smtpPort,
		"smtp.security":           config.NoTLS,
	})
	if err != nil {
		return nil, err
	}
	path := filepath.Join(d.dir, "tidings.toml")
	text = demoMark + " " + path + "\n# Its built-in mailbox is there only while the demo runs: for mail after that, set a relay under [smtp].\n\n" + text
	if err := writeNew(path, []byte(text), 0o644); err != nil {
		return nil, err
	}
	return config.Parse([]byte(text), path, nil)
}

// serve goes on as the daemon would, with the mailbox's pages beside the site's.
func (d *demo) serve(ctx context.Context, l net.Listener) error {
	site, err := d.house.web(ctx, d.now())
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/", site)
	d.mailboxPages(mux)
	config := filepath.Join(d.dir, "tidings.toml")
	d.note("Look at it:\n\n  newsroom  %s\n  feeds     %s\n  mails     %s\n", d.house.site.URL(), d.house.site.FeedsURL(), d.house.site.URL("mailbox"))
	d.note("Unsubscribe by mail, as a reader's mail program does: a mail with the token of a List-Unsubscribe header as its subject, to\n"+
		"%s by SMTP at %s.\n", demoLeave, d.box.Addr())
	d.note("Publish something, and see it in the newsroom at once and in the mails within a minute:\n\n"+
		"  %s publish --config %s examples/ministry/release.md\n\nCtrl-C stops the demo; everything is in %s.", calledAs(), config, d.dir)
	return d.house.serve(ctx, l, mux)
}
