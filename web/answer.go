package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strconv"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

// handler answers a request, or says why not before a byte is written.
type handler func(http.ResponseWriter, *http.Request) error

// movedError: the thing is at another URL, for good.
type movedError struct{ to string }

func (e *movedError) Error() string { return "moved to " + e.to }

// goneError: it was public. Either release or topic is set; successor may be, with release.
type goneError struct {
	release   *tidings.Release
	successor *tidings.Release
	topic     *tidings.Topic
}

func (*goneError) Error() string { return "gone" }

// methodError: not with this method.
type methodError struct{ allow string }

func (e *methodError) Error() string { return "only " + e.allow }

// errClosed: nobody can join.
var errClosed = errors.New("signing up is closed")

// panicError is a fault of ours that stopped a handler.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.value, e.stack) }

// statusOf is the one table from error to status.
func statusOf(err error) int {
	var (
		moved  *movedError
		gone   *goneError
		method *methodError
		long   *http.MaxBytesError
	)
	switch {
	case errors.As(err, &moved):
		return http.StatusMovedPermanently
	case errors.As(err, &long):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, tidings.ErrNotFound), errors.Is(err, tidings.ErrBadToken), errors.Is(err, errClosed):
		return http.StatusNotFound
	case errors.As(err, &gone):
		return http.StatusGone
	case errors.As(err, &method):
		return http.StatusMethodNotAllowed
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable // nobody is there to read it, or too many want a search at once
	}
	return http.StatusInternalServerError
}

// answer is the one adapter: it calls the handler and answers its error.
func (s *site) answer(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := rescue(h, w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// rescue turns a panic into an error.
func rescue(h handler, w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{value: v, stack: debug.Stack()}
		}
	}()
	return h(w, r)
}

// fail answers an error: with a redirect or a page, and for a fault of ours with an id that is in the log too.
func (s *site) fail(w http.ResponseWriter, r *http.Request, err error) {
	status := statusOf(err)
	id := ""
	if status == http.StatusInternalServerError {
		id = rand.Text()[:12]
		s.Log.ErrorContext(r.Context(), "request failed", "id", id, "method", r.Method, "path", loggable(r), "error", err)
	}
	h := w.Header()
	h.Set("Cache-Control", ofNothing)
	var (
		moved  *movedError
		gone   *goneError
		method *methodError
	)
	switch {
	case errors.As(err, &moved):
		if !hasToken(r.URL.Path) {
			h.Set("Cache-Control", ofRedirect)
		}
		http.Redirect(w, r, moved.to, status)
		return
	case errors.As(err, &method):
		h.Set("Allow", method.allow)
	case errors.As(err, &gone):
		h.Set("Cache-Control", ofPages)
	}
	body, err := s.errorPage(r, err, status, id)
	if err != nil {
		s.Log.ErrorContext(r.Context(), "error page failed", "id", id, "error", err)
		http.Error(w, strconv.Itoa(status)+" "+http.StatusText(status), status)
		return
	}
	write(w, status, body)
}

func (s *site) errorPage(r *http.Request, err error, status int, id string) ([]byte, error) {
	page := s.page(s.Site.Language)
	var gone *goneError
	switch {
	case errors.As(err, &gone) && gone.release != nil:
		page.Language = s.Templates.Match(gone.release.Language, s.Site.Language)
		page.Shows = gone.release.Language
		others, err := s.Stacks.Alternates(r.Context(), gone.release.ID)
		if err != nil {
			return nil, err
		}
		for _, a := range others {
			page.Alternates = append(page.Alternates, s.alternateLink(a))
		}
		return render(s.Templates.Gone, &templates.GonePage{Page: page, Release: gone.release, Successor: gone.successor})
	case errors.As(err, &gone):
		return render(s.Templates.Gone, &templates.GonePage{Page: page, Topic: gone.topic})
	case errors.Is(err, tidings.ErrBadToken):
		page.Language = s.visitors(r)
		return render(s.Templates.Leave, &templates.LeavePage{Page: page, State: templates.LeaveUnknown})
	}
	p := &templates.ErrorPage{Page: page, Status: status, ID: id, Closed: errors.Is(err, errClosed)}
	if p.Closed || status == http.StatusRequestEntityTooLarge { // it answers what was typed in a language that was chosen
		p.Language = s.visitors(r)
	}
	if p.Closed {
		return render(s.Templates.Error, p)
	}
	if status == http.StatusNotFound || status == http.StatusMethodNotAllowed {
		topics, err := s.Library.Topics(r.Context())
		if err != nil {
			return nil, err
		}
		p.Topics, p.Query = inUse(topics), wordsOf(r.URL.Path)
	}
	return render(s.Templates.Error, p)
}

// render renders a page to bytes, so that a fault comes before the first byte of the answer.
func render[P any](into func(io.Writer, P) error, page P) ([]byte, error) {
	var b bytes.Buffer
	err := into(&b, page)
	return b.Bytes(), err
}

// write sends a page that has no validators.
func write(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body) //nolint:errcheck,gosec // what a template wrote is escaped; a reader who has gone can't be told
}
