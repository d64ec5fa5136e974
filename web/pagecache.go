package web

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/tidings/tidings"
)

// maxKeptPages is how many octets of pages are kept, with and without compression.
const maxKeptPages = 64 << 20

// keptPage is a page with what its answer says besides.
type keptPage struct {
	header  http.Header
	version *version
}

// keep wraps the handler of pages that depend on nothing but what is public, the path and these parameters: each is rendered
// once after every publication. The mark is read in every request, so that no page is older than the request. What is no page,
// such as an error or a redirect, is not kept.
func (s *site) keep(h handler, parameters ...string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		mark, err := s.marks.current(r.Context(), s.Library)
		if err != nil {
			return err
		}
		key := keyOf(r.URL, parameters)
		page, err := s.kept.take(r.Context(), key, mark, func() (*keptPage, int, error) {
			page, err := produce(h, r)
			if err != nil {
				return nil, 0, err
			}
			return page, len(key) + page.version.octets(), nil
		})
		if err != nil {
			return err
		}
		for name, values := range page.header {
			w.Header()[name] = values
		}
		page.version.serve(w, r, page.header.Get("Cache-Control"), time.Time{}) // it has no date
		return nil
	}
}

// markReader reads how far everything has come. One reading serves all who asked before it began, so that a crowd costs the
// database little, and nobody is told of a time before the question.
type markReader struct {
	mu    sync.Mutex
	next  *reading   // has not begun; nil: nobody waits for one
	under sync.Mutex // held while one is under way
}

type reading struct {
	done chan struct{}
	mark tidings.Mark
	err  error
}

func (m *markReader) current(ctx context.Context, library Library) (tidings.Mark, error) {
	m.mu.Lock()
	if r := m.next; r != nil {
		m.mu.Unlock()
		select {
		case <-r.done:
			return r.mark, r.err
		case <-ctx.Done():
			return tidings.Mark{}, ctx.Err()
		}
	}
	r := &reading{done: make(chan struct{})}
	m.next = r
	m.mu.Unlock()
	defer close(r.done)
	m.under.Lock()
	defer m.under.Unlock()
	m.mu.Lock()
	m.next = nil
	m.mu.Unlock()
	// Others wait for it too, so that it goes on when this reader leaves.
	r.mark, r.err = library.Mark(context.WithoutCancel(ctx), tidings.Selection{})
	return r.mark, r.err
}

// keyOf is what tells a page from others. What else is in a query makes no other page of it.
func keyOf(u *url.URL, parameters []string) string {
	given, known := u.Query(), url.Values{}
	for _, name := range parameters {
		if given.Has(name) {
			known.Set(name, given.Get(name))
		}
	}
	return u.Path + "?" + known.Encode()
}

// produce has a handler answer as if nobody had anything yet.
func produce(h handler, r *http.Request) (*keptPage, error) {
	r = r.Clone(r.Context())
	r.Method = http.MethodGet
	for _, name := range []string{"If-None-Match", "If-Modified-Since", "Accept-Encoding"} {
		r.Header.Del(name)
	}
	rec := &recorder{header: http.Header{}}
	if err := h(rec, r); err != nil {
		return nil, err
	}
	v := newVersion(rec.header.Get("Content-Type"), rec.body.Bytes(), time.Time{}).zipped()
	for _, name := range []string{"Content-Type", "Content-Length", "ETag"} {
		rec.header.Del(name)
	}
	return &keptPage{header: rec.header, version: v}, nil
}

// recorder takes an answer down.
type recorder struct {
	header http.Header
	body   bytes.Buffer
}

// Header is what the handler says beside the page.
func (rec *recorder) Header() http.Header { return rec.header }

// WriteHeader is of no use here: handlers of pages return what is no page as an error.
func (rec *recorder) WriteHeader(int) {}

// Write takes a piece of the page.
func (rec *recorder) Write(b []byte) (int, error) { return rec.body.Write(b) }
