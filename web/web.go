package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

// Library is what the public may read.
type Library interface {
	Releases(ctx context.Context, q tidings.Query) ([]tidings.Release, error)
	Count(ctx context.Context, q tidings.Query) (int, error) // Limit and Offset do not count
	// Release finds by a slug, older ones too. Of a withdrawn one it gives ErrWithdrawn and what may still be said.
	Release(ctx context.Context, slug string) (tidings.Release, error)
	Topics(ctx context.Context) ([]tidings.Topic, error)
	Mark(ctx context.Context, sel tidings.Selection) (tidings.Mark, error)
}

// Stacks is the rest of what the public may read. Nothing in it knows of a release that is not public.
type Stacks interface {
	// Alternates are the public releases that say the same in other languages.
	Alternates(ctx context.Context, id int64) ([]tidings.Alternate, error)
	// Alias is the slug of the release, public or withdrawn, that an old path leads to, decoded, with its raw query or without;
	// ErrNotFound.
	Alias(ctx context.Context, path, query string) (slug string, err error)
	// File is a file that a public release shows; ErrNotFound.
	File(ctx context.Context, hash string) (tidings.File, error)
	// Withdrawn are the newest of the selection, by the date they were published on; at most limit.
	Withdrawn(ctx context.Context, sel tidings.Selection, limit int) ([]tidings.Tombstone, error)
	// Offices are those of public releases, by name.
	Offices(ctx context.Context) ([]tidings.OfficeCount, error)
}

// Searcher finds public releases, and what may be said of those that were. The zone is that of a filter's after: and before:.
type Searcher interface {
	// Search finds what the filter selects, the newest first.
	Search(ctx context.Context, f tidings.Filter, zone *time.Location, limit, offset int) (tidings.Hits, error)
	// WithdrawnBy finds what is withdrawn and was selected when it was public last, the newest first, published since or later; at
	// most limit.
	WithdrawnBy(ctx context.Context, f tidings.Filter, zone *time.Location, since time.Time, limit int) ([]tidings.Tombstone, error)
}

// Catalogue tells what there is to read for the public, without the texts.
type Catalogue interface {
	// Months are those with a public release, as the zone counts days, the newest first.
	Months(ctx context.Context, zone *time.Location) ([]tidings.MonthCount, error)
	// Addresses are in the order in which the releases became public.
	Addresses(ctx context.Context, q tidings.Query) ([]tidings.Address, error)
}

// Check asks whether something that we cannot do without is there.
type Check struct {
	Name string // shown when it is not: "database"
	Ask  func(context.Context) error
}

// Config is what the site is made of. Personal, Joiner, Ready, Since and Now may be zero.
type Config struct {
	Site      *tidings.Site
	Library   Library
	Stacks    Stacks
	Catalogue Catalogue
	Searcher  Searcher
	Leaver    Leaver
	Visits    Visits // nil: subscribers have no pages of their own
	Owner     Owner  // needed with Visits
	Linker    Linker // likewise
	Joiner    Joiner // nil: visitors can neither join nor be sent their link
	Joining   Joining
	Cadences  tidings.Cadences                                        // that subscribers may choose from, fastest first
	Personal  Personal                                                // nil: there are no personal feeds
	Open      bool                                                    // visitors may join: pages lead them to the form
	Card      func(context.Context, *tidings.Release) ([]byte, error) // draws a PNG; nil: pages have no picture of their own
	Hooks     Hooks                                                   // nil: no relay tells us anything
	Templates *templates.Set
	Log       *slog.Logger
	Ready     []Check
	Since     time.Time        // when this configuration came into force: feeds changed then, whatever their releases say
	Now       func() time.Time // nil: the machine's clock
}

// site is the handler of all requests.
type site struct {
	Config
	mux      *http.ServeMux // of everything but the leave links
	feeds    cache
	marks    markReader
	kept     pantry[*keptPage]
	filters  pantry[*version] // feeds that were searched for, by format and filter
	personal pantry[*version]
	searches chan struct{} // holds one for each search that is under way
	files    shelf[tidings.File]
	cards    shelf[[]byte]
	sitemaps shelf[*version]
	unspent  proofs
	refusals tidings.Refusals // of webhooks
}

// New makes the handler of a site.
func New(cfg Config) (http.Handler, error) {
	if cfg.Site == nil || cfg.Library == nil || cfg.Stacks == nil || cfg.Catalogue == nil || cfg.Searcher == nil ||
		cfg.Leaver == nil || cfg.Templates == nil || cfg.Log == nil {
		return nil, errors.New("web: Site, Library, Stacks, Catalogue, Searcher, Leaver, Templates and Log are all needed")
	}
	if cfg.Visits != nil && (cfg.Owner == nil || cfg.Linker == nil) {
		return nil, errors.New("web: Owner and Linker are needed with Visits")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &site{Config: cfg}
	s.feeds.maker = maker{library: cfg.Library, stacks: cfg.Stacks, searcher: cfg.Searcher, site: cfg.Site}
	s.feeds.since, s.feeds.clock = cfg.Since, cfg.Now
	s.files.most, s.cards.most, s.sitemaps.most = maxKeptFiles, maxKeptCards, maxKeptSitemaps
	s.filters.shelf.most, s.personal.shelf.most = maxKeptFilters, maxKeptPersonal
	s.kept.shelf.most, s.searches = maxKeptPages, make(chan struct{}, maxSearches)
	s.mux = s.routes()
	protection, err := s.protection()
	if err != nil {
		return nil, err
	}
	pages := protection.Handler(s.mux)
	leave := s.answer(s.leave) // from any origin: mail programs post there (RFC 8058 §3.2)
	return s.guard(s.below(s.tidy(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := leaveToken(r.URL.Path); ok {
			leave.ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	})))), nil
}

// routes is everything but the leave links.
func (s *site) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for path, a := range s.Templates.Assets() {
		mux.Handle(path, s.answer(reads(asset(a.MediaType, a.Body, forever))))
	}
	for pattern, h := range map[string]handler{ // lists, which go on page by page
		"":                        s.front,
		"/topics/{slug}":          s.topic,
		"/languages/{tag}":        s.language,
		"/offices/{slug}":         s.office,
		"/archive/{year}":         s.year,
		"/archive/{year}/{month}": s.month,
	} {
		first := pattern
		if pattern == "" {
			first = "/{$}"
		}
		list := s.answer(reads(s.orFormerly(s.keep(h, "page"))))
		mux.Handle(first, list)
		mux.Handle(pattern+"/page/{n}", list)
	}
	for pattern, h := range map[string]handler{
		"/topics":                 s.keep(s.topics),
		"/archive":                s.keep(s.archive),
		"/offices":                s.keep(s.offices),
		"/releases/{slug}":        s.keep(s.release),
		"/feeds":                  s.keep(s.aboutFeeds),
		"/search":                 s.keep(s.search, "q", "page", "lang"),
		"/feeds/{file}":           s.feedOfAll,
		"/feeds/topics/{file}":    s.feedOfTopic,
		"/feeds/languages/{file}": s.feedOfLanguage,
		"/files/{hash}/{name}":    s.file,
		"/cards/{slug}/{file}":    s.card,
		"/sitemap.xml":            s.sitemap,
		"/sitemaps/{file}":        s.sitemapPart,
		"/robots.txt":             asset("text/plain; charset=utf-8", []byte(s.robots()), aDay),
		"/healthz":                s.healthz,
		"/readyz":                 s.readyz,
	} {
		mux.Handle(pattern, s.answer(reads(s.orFormerly(h))))
	}
	s.routeOwnPages(mux)
	mux.Handle("/feeds/mine/{file}", s.answer(reads(s.personalFeed)))
	s.routeJoining(mux)
	if s.Hooks != nil {
		mux.Handle("/hooks/bounce/{kind}", s.answer(s.hook))
	}
	mux.Handle("/", s.answer(reads(s.elsewhere)))
	return mux
}

// Server is an HTTP server that no slow or greedy client can hold for long.
func Server(handler http.Handler, addr string) *http.Server {
	return &http.Server{
		Addr:              addr,
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      60 * time.Second, // a feed of 250 KB at 4 KB a second
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
}
