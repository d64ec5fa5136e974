package web_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
	"github.com/tidings/tidings/templates"
	"github.com/tidings/tidings/web"
)

// newsroom is the handler of a site over a real database, with the topics energy, trade and (ended) fisheries.
type newsroom struct {
	http.Handler
	t    testing.TB
	file string
	db   *store.DB
	site *tidings.Site
	keys tidings.Keyring
	now  time.Time     // of what is published
	read time.Time     // of what is asked for; zero: long after
	tick *atomic.Int64 // makes each reading of the clock later than the one before; nil: it stands still
	log  bytes.Buffer
	lib  *countingLibrary
	find *countingSearcher
	own  ownFeeds

	personal    web.Personal // nil: own
	joins       bool         // visitors may join
	joining     web.Joining
	letterLimit int           // letters in an hour; 0: as many as usual
	delay       time.Duration // before a sign-up is taken
	closed      bool          // nobody may join by the web
	hooks       web.Hooks
}

// countingSearcher is the real database, and counts what is searched for.
type countingSearcher struct {
	web.Searcher
	searches atomic.Int64
	enter    func() // called before each search; nil: nothing is
}

func (s *countingSearcher) Search(
	ctx context.Context, f tidings.Filter, zone *time.Location, limit, offset int,
) (tidings.Hits, error) {
	s.searches.Add(1)
	if s.enter != nil {
		s.enter()
	}
	return s.Searcher.Search(ctx, f, zone, limit, offset)
}

// failing finds nothing.
type failing struct{ web.Searcher }

func (failing) Search(context.Context, tidings.Filter, *time.Location, int, int) (tidings.Hits, error) {
	return tidings.Hits{}, errDisk
}

// ownFeeds are personal feeds by their tokens.
type ownFeeds map[string]tidings.PersonalFeed

func (o ownFeeds) FeedOf(_ context.Context, token string) (tidings.PersonalFeed, error) {
	if p, ok := o[token]; ok {
		return p, nil
	}
	return tidings.PersonalFeed{}, tidings.ErrBadToken
}

// countingLibrary is the real database, and counts what a rendering has to read.
type countingLibrary struct {
	web.Library
	reads atomic.Int64
	fault atomic.Pointer[error]

	crowd sync.WaitGroup // holds every rendering back until so many marks were read
	gate  atomic.Int64   // how many are still to come
}

func (l *countingLibrary) Mark(ctx context.Context, sel tidings.Selection) (tidings.Mark, error) {
	mark, err := l.Library.Mark(ctx, sel)
	if l.gate.Add(-1) >= 0 {
		l.crowd.Done()
	}
	return mark, err
}

func (l *countingLibrary) Releases(ctx context.Context, q tidings.Query) ([]tidings.Release, error) {
	l.reads.Add(1)
	l.crowd.Wait()
	if fault := l.fault.Load(); fault != nil {
		return nil, *fault
	}
	return l.Library.Releases(ctx, q)
}

func newNewsroom(t testing.TB) *newsroom {
	t.Helper()
	n := &newsroom{t: t, file: filepath.Join(t.TempDir(), "tidings.db"), now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	n.site = &tidings.Site{
		Names: map[string]string{"en": "Ministry of Trade", "ko": "산업통상자원부"},
		Base:  &url.URL{Scheme: "https", Host: "news.example.org"}, Language: "en", Languages: []string{"en", "ko"},
		Zone: time.UTC, TagEntity: "news.example.org,2026", MailDomain: "news.example.org", Postal: map[string]string{"en": "1 Road"},
	}
	var err error
	if n.keys, err = tidings.NewKeyring([]byte(strings.Repeat("k", 32))); err != nil {
		t.Fatal(err)
	}
	n.db = storetest.Open(t, n.file)
	n.lib, n.find, n.own = &countingLibrary{Library: n.db}, &countingSearcher{Searcher: n.db}, ownFeeds{}
	for i, slug := range []string{"energy", "trade", "fisheries"} {
		n.saveTopic(slug, strings.ToUpper(slug[:1])+slug[1:], i)
	}
	if err := n.db.EndTopic(t.Context(), "fisheries", n.now, "test"); err != nil {
		t.Fatal(err)
	}
	n.open()
	return n
}

// open makes the handler anew, as a restart of the program does.
func (n *newsroom) open() {
	n.t.Helper()
	set, err := templates.New(nil)
	if err != nil {
		n.t.Fatal(err)
	}
	service := n.service()
	var joiner web.Joiner
	if n.joins {
		joiner = &slowJoiner{Joiner: service, delay: n.delay}
	}
	n.joining.Keys = n.keys
	personal := n.personal
	if personal == nil {
		personal = n.own
	}
	n.Handler, err = web.New(web.Config{
		Site: n.site, Library: n.lib, Stacks: n.db, Catalogue: n.db, Searcher: n.find, Templates: set, Since: n.now, Now: n.clock,
		Card: n.card, Personal: personal, Open: !n.closed,
		Leaver: service, Visits: service, Owner: service, Linker: service, Joiner: joiner, Joining: n.joining, Cadences: service.Cadences,
		Log:   slog.New(slog.NewTextHandler(&n.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Ready: []web.Check{{Name: "database", Ask: n.db.Ping}}, Hooks: n.hooks,
	})
	if err != nil {
		n.t.Fatal(err)
	}
}

func (n *newsroom) clock() time.Time {
	if n.read.IsZero() {
		return time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if n.tick != nil {
		return n.read.Add(3 * time.Second * time.Duration(n.tick.Add(1)))
	}
	return n.read
}

// card stands for a drawing: what it says depends on the release.
func (n *newsroom) card(_ context.Context, r *tidings.Release) ([]byte, error) {
	return []byte("\x89PNG\r\n\x1a\n" + r.Title), nil
}

func (n *newsroom) saveTopic(slug, name string, order int) {
	n.t.Helper()
	topic := tidings.Topic{Slug: slug, Order: order, Names: map[string]string{"en": name}}
	if _, err := n.db.SaveTopic(n.t.Context(), &topic, n.now, "test"); err != nil {
		n.t.Fatal(err)
	}
}

// draft makes a release that is public now, unless change says otherwise.
func (n *newsroom) draft(slug string, change func(*tidings.Release)) tidings.Release {
	r := tidings.Release{
		Source: slug, Slug: slug, Language: "en", Title: "About " + slug, Topics: []string{"energy"},
		Body: tidings.Body{Format: tidings.Markdown, HTML: "<p>Text of " + slug + "</p>", Text: "Text of " + slug},

		Status: tidings.Published, Published: n.now,
	}
	if change != nil {
		change(&r)
	}
	return r
}

// save stores a release; what is public becomes so a minute after what came before.
func (n *newsroom) save(slug string, change func(*tidings.Release)) tidings.Release {
	n.t.Helper()
	n.now = n.now.Add(time.Minute)
	r := n.draft(slug, change)
	if _, err := n.db.Save(n.t.Context(), n.site, &r, n.now, "test"); err != nil {
		n.t.Fatal(err)
	}
	return r
}

// do sends a request. Headers come as name, value, name, value.
func (n *newsroom) do(method, target, body string, headers ...string) *reply {
	n.t.Helper()
	r := httptest.NewRequestWithContext(n.t.Context(), method, target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	n.ServeHTTP(w, r)
	return &reply{StatusCode: w.Code, Header: w.Result().Header, Body: w.Body}
}

// reply is an answer, read to its end.
type reply struct {
	StatusCode int
	Header     http.Header // as it was when the status was written
	Body       io.Reader
}

func (n *newsroom) get(target string, headers ...string) *reply {
	n.t.Helper()
	return n.do(http.MethodGet, target, "", headers...)
}

// page gets what must be there.
func (n *newsroom) page(target string) string {
	n.t.Helper()
	resp := n.get(target)
	if resp.StatusCode != http.StatusOK {
		n.t.Errorf("GET %s: %d, want 200\n%s", target, resp.StatusCode, n.log.String())
	}
	return text(n.t, resp)
}

func text(t testing.TB, resp *reply) string {
	t.Helper()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func has(t *testing.T, body string, wanted ...string) {
	t.Helper()
	for _, s := range wanted {
		if !strings.Contains(body, s) {
			t.Errorf("%q is missing in:\n%s", s, body)
		}
	}
}

func hasNot(t *testing.T, body string, unwanted ...string) {
	t.Helper()
	for _, s := range unwanted {
		if strings.Contains(body, s) {
			t.Errorf("%q stands in:\n%s", s, body)
		}
	}
}

func status(t *testing.T, resp *reply, want int) {
	t.Helper()
	if resp.StatusCode != want {
		t.Errorf("%d, want %d", resp.StatusCode, want)
	}
}

var errDisk = errors.New("the disk is on fire")
