package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/mail"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/bounce"
	"github.com/tidings/tidings/config"
	"github.com/tidings/tidings/digest"
	"github.com/tidings/tidings/doctor"
	"github.com/tidings/tidings/ingest"
	"github.com/tidings/tidings/mailer"
	"github.com/tidings/tidings/metrics"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/subscribe"
	"github.com/tidings/tidings/templates"
	"github.com/tidings/tidings/web"
)

// house is the program put together: every room, and what they share.
type house struct {
	cfg       *config.Config
	site      *tidings.Site
	cadences  tidings.Cadences
	keys      tidings.Keyring
	db        *store.DB
	templates *templates.Set
	log       *slog.Logger
	dns       doctor.Resolver  // that the doctor asks; nil: the system's
	look      *firstLook       // that bulk mail waits for; nil: for none
	metrics   *metrics.Metrics // nil: nobody asks for them
	reports   *bounce.Service  // what takes reports of what came back
	letters   chan struct{}    // has something in it when a letter was posted that the mailer has not been told of
}

// withHouse makes a command's function of one that needs the house: opened from the configuration, closed at the end.
func (a *app) withHouse(do func(context.Context, *house, []string) error, opts ...store.Option) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) (err error) {
		cfg, err := a.loadConfig()
		if err != nil {
			return err
		}
		h, err := open(cmd.Context(), cfg, a.errs, opts...)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, h.db.Close()) }()
		return do(cmd.Context(), h, args)
	}
}

// withHouseAsIs is withHouse for what only looks: where there is no database yet, none is made. An empty one elsewhere stands in
// for it.
func (a *app) withHouseAsIs(do func(context.Context, *house, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) (err error) {
		cfg, err := a.loadConfig()
		if err != nil {
			return err
		}
		path := cfg.Database.Path
		if hasContent(path) {
			return a.withHouse(do)(cmd, args)
		}
		elsewhere, err := os.MkdirTemp("", "tidings-")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(elsewhere)) }()
		cfg.Database.Path = filepath.Join(elsewhere, "tidings.db")
		h, err := open(cmd.Context(), cfg, a.errs)
		if err != nil {
			return err
		}
		cfg.Database.Path = path
		defer func() { err = errors.Join(h.db.Close(), err) }()
		return do(cmd.Context(), h, args)
	}
}

func (a *app) loadConfig() (*config.Config, error) {
	switch f, err := os.Stat(a.configPath); {
	case a.configPath == "":
		return nil, usagef("--config is empty: name a configuration, or leave it out for tidings.toml")
	case err == nil && f.IsDir():
		return nil, usagef("%s is a folder: name the configuration in it, %s", a.configPath, filepath.Join(a.configPath, "tidings.toml"))
	case errors.Is(err, fs.ErrNotExist):
		return nil, usagef("there is no configuration %s: write one with `tidings init`, or name yours with --config", a.configPath)
	}
	return config.Load(a.configPath)
}

// open puts the house together.
func open(ctx context.Context, cfg *config.Config, logs io.Writer, opts ...store.Option) (*house, error) {
	h := &house{
		cfg: cfg, site: cfg.Site(), cadences: cfg.Cadences(), log: logger(cfg.Log, logs), letters: make(chan struct{}, 1),
	}
	var err error
	if h.templates, err = loadTemplates(cfg); err != nil {
		return nil, err
	}
	h.site.Logo = h.templates.Logo()
	if h.keys, err = openKeys(cfg.Database.Path); err != nil {
		return nil, err
	}
	if h.db, err = store.Open(ctx, cfg.Database.Path, append(opts, store.Keyed(h.keys), store.OnPost(h.letterPosted), store.OnAlarm(h.alarm))...); err != nil {
		return nil, err
	}
	h.reports = &bounce.Service{Ledger: h.db, Keys: h.keys, Domain: cfg.Bounce.Domain, Address: subscribe.NormalizeAddress, Log: h.log}
	return h, nil
}

// alarm says what the relay refused a mail for, when it is ours to mend.
func (h *house) alarm(r tidings.BounceRecord) { h.reports.Say(context.Background(), &r) }

func logger(cfg config.Log, w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.Level)); err != nil {
		level = slog.LevelInfo // not reached: the configuration is checked
	}
	opts := &slog.HandlerOptions{Level: level}
	if cfg.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}

// actor is who stands in the audit log for what is done from the command line.
func actor() string {
	if u, err := user.Current(); err == nil {
		return subscribe.CommandLine + ": " + u.Username
	}
	return subscribe.CommandLine
}

// release finds a release by slug, page, number or id.
func (h *house) release(ctx context.Context, ref string) (tidings.Release, error) {
	slug := strings.TrimPrefix(ref, h.site.ReleaseURL("")) // of its page, as it stands in a mail
	r, err := h.db.DeskRelease(ctx, slug)
	if err != nil {
		return r, fmt.Errorf("release %q: %w", ref, err)
	}
	return r, nil
}

func (h *house) planner() *digest.Planner {
	return &digest.Planner{Ledger: h.db, Cadences: h.cadences, Site: h.site}
}

func (h *house) service() *subscribe.Service {
	return &subscribe.Service{
		Register: h.db, Personal: h.db, Suppressions: h.db, Topics: h.db, Requests: h.db, Tickets: h.db,
		Site: h.site, Cadences: h.cadences, Languages: h.languages(),
		Keyring: h.keys, LettersPerHour: h.cfg.Subscribe.LettersPerHour,
	}
}

// languages are those that mails can be written in, the site's own first.
func (h *house) languages() []string {
	first := h.templates.Match(h.site.Language)
	all := []string{first}
	for _, l := range h.templates.Languages() {
		if l != first {
			all = append(all, l)
		}
	}
	return all
}

func (h *house) ingestOptions() ingest.Options {
	return ingest.Options{Zone: h.site.Zone, Language: h.site.Language, Base: h.site.Base}
}

// feedOptions are those of the feeds of other sites.
func (h *house) feedOptions(opts ingest.Options, now time.Time) ingest.FeedOptions {
	return ingest.FeedOptions{Options: opts, Now: now, Languages: h.site.Languages, Tag: h.site.TagEntity}
}

func (h *house) composer() (*mailer.Composer, error) {
	m := h.cfg.Mail
	signs, err := signer(h.cfg)
	if err != nil {
		return nil, err
	}
	return mailer.NewComposer(h.site, h.templates, h.keys, mailer.Sender{
		From: bare(m.From), Name: nameIn(m.From), ReplyTo: bare(m.ReplyTo), Bounce: m.Bounce, BounceDomain: h.cfg.Bounce.Domain,
		Leave: m.UnsubscribeMailto, Signer: signs,
	})
}

// bare is an address without its name. The configuration has checked it.
func bare(address string) string {
	if a, err := mail.ParseAddress(address); err == nil {
		return a.Address
	}
	return address
}

// nameIn is the name that an address has before it; "": it has none.
func nameIn(address string) string {
	a, err := mail.ParseAddress(address)
	if err != nil {
		return ""
	}
	return a.Name
}

// relays are all that are configured; the first is that of [smtp].
func (h *house) relays() []*mailer.Relay {
	var all []*mailer.Relay
	for _, r := range append([]config.Relay{h.cfg.SMTP.Relay}, h.cfg.Relays...) {
		all = append(all, &mailer.Relay{
			Host: r.Host, Port: r.Port, Security: mailer.Security(r.Security), User: r.User, Password: r.Password, Hello: hello(r.Hello),
			Connections: r.Connections, Weight: r.Weight, Fallback: r.Weight == 0,
		})
	}
	return all
}

// hello is the configured name, else the machine's own (RFC 5321 §4.1.4).
func hello(configured string) string {
	if configured != "" {
		return configured
	}
	if name, err := os.Hostname(); err == nil {
		return name
	}
	return "localhost"
}

func (h *house) mailer() (*mailer.Mailer, error) {
	composer, err := h.composer()
	if err != nil {
		return nil, err
	}
	relays := h.relays()
	cfg := mailer.Config{
		Relay: relays[0], More: relays[1:], Composer: composer, Outbox: h.db, Journal: h.db, Editions: h.db, Planner: h.planner(), Logger: h.log,
		Rate: float64(h.cfg.SMTP.Rate), PerDomain: h.cfg.SMTP.PerDomain, PerConnection: h.cfg.SMTP.PerConnection,
	}
	if h.look != nil {
		cfg.Outbox, cfg.Planner = lettersBefore{h.db, h.look}, noneBefore{cfg.Planner, h.look}
	}
	if h.metrics == nil {
		return mailer.New(cfg)
	}
	return h.measured(cfg)
}

func (h *house) web(ctx context.Context, now time.Time) (http.Handler, error) {
	since, err := h.db.NoteConfiguration(ctx, h.cfg.Fingerprint(), now)
	if errors.Is(err, tidings.ErrFull) {
		since, err = now, nil // the next start, too, will take it for new
	}
	if err != nil {
		return nil, err
	}
	pictures, err := h.pictures()
	if err != nil {
		return nil, err
	}
	service := h.service()
	return web.New(web.Config{
		Joiner: service, Open: h.cfg.Subscribe.Open, Cadences: h.cadences,
		Joining: web.Joining{
			Keys: h.keys, Proxies: h.cfg.Server.Proxies(), Work: h.cfg.Subscribe.ProofOfWork, Origins: h.cfg.Subscribe.EmbedOrigins,
		},
		Card: func(_ context.Context, r *tidings.Release) ([]byte, error) { return pictures.Draw(r) },
		Site: h.site, Library: h.db, Stacks: h.db, Catalogue: h.db, Searcher: h.db, Leaver: service, Personal: service,
		Visits: service, Owner: service, Linker: service, Templates: h.templates, Log: h.log, Hooks: h.hooks(),
		Ready: []web.Check{{Name: "database", Ask: h.db.Ping}}, Since: since,
	})
}
