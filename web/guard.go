package web

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// guard stands before every handler: headers that every answer has, a line in the log.
func (s *site) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		s.setSecurity(w.Header(), hasToken(r.URL.Path))
		seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(seen, r)
		s.Log.DebugContext(r.Context(), "request", "method", r.Method, "path", loggable(r), "status", seen.status,
			"took", time.Since(start))
	})
}

// below takes the base's path off. What is not below it is nothing of ours, unless it is so by another spelling.
func (s *site) below(next http.Handler) http.Handler {
	base := strings.TrimSuffix(s.Site.Base.Path, "/")
	stripped := http.StripPrefix(base, next)
	stray := s.answer(func(_ http.ResponseWriter, r *http.Request) error {
		clean := path.Clean("/" + r.URL.Path)
		if rest, ok := strings.CutPrefix(clean+"/", base+"/"); ok && isRead(r) {
			return &movedError{to: s.at(path.Clean("/"+rest), r.URL.RawQuery)}
		}
		return tidings.ErrNotFound
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == base || strings.HasPrefix(r.URL.Path, base+"/") || base == "" {
			stripped.ServeHTTP(w, r)
			return
		}
		stray.ServeHTTP(w, r)
	})
}

// tidy lets one spelling of every path of ours through, and leaves nothing for http.ServeMux to redirect. A path that is
// none of ours goes on as it is meant: it may be an old one. Leave links see to themselves: letters of theirs may not change.
func (s *site) tidy(next http.Handler) http.Handler {
	return s.answer(func(w http.ResponseWriter, r *http.Request) error {
		if isJSONFeed(r.URL.Path) {
			allowOrigins(w.Header())
		}
		clean := path.Clean("/" + r.URL.Path)
		if _, leave := leaveToken(r.URL.Path); clean == r.URL.Path || leave {
			next.ServeHTTP(w, r)
			return nil
		}
		query := r.URL.RawQuery
		r = r.Clone(r.Context())
		r.URL.Path, r.URL.RawPath = clean, ""
		_, leave := leaveToken(clean)
		if _, pattern := s.mux.Handler(r); isRead(r) && (leave || pattern != "/") {
			return &movedError{to: s.at(clean, query)}
		}
		next.ServeHTTP(w, r)
		return nil
	})
}

func (s *site) setSecurity(h http.Header, key bool) {
	// No script at all, and nothing from elsewhere: pictures of releases are kept here.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; media-src 'self'; "+
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), browsing-topics=()")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	if s.Site.Base.Scheme == "https" {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	if key { // the URL is one: it must not travel, nor be kept
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Robots-Tag", "noindex")
		h.Set("Cache-Control", ofNothing)
	}
}

// at is the URL of a path of ours, the query as it was.
func (s *site) at(path, query string) string {
	to := strings.TrimSuffix(s.Site.URL(), "/") + (&url.URL{Path: path}).EscapedPath()
	if query != "" {
		to += "?" + query
	}
	return to
}

// isAt reports whether the request's path is that of the URL. Escapes do not count.
func (s *site) isAt(r *http.Request, canonical string) bool {
	u, err := url.Parse(canonical)
	return err == nil && u.Path == strings.TrimSuffix(s.Site.Base.Path, "/")+r.URL.Path
}

// loggable is the path without what must not be in a log.
func loggable(r *http.Request) string {
	if folder := keyFolder(r.URL.Path); folder != "" {
		return folder + "*"
	}
	return r.URL.Path
}

// hasToken: whether there is, or may be by a slip of the pen, the token of a link that is one person's own in the path.
func hasToken(path string) bool { return keyFolder(path) != "" }

// keyFolder is the folder in the path that a token stands in; empty: there is none. The pages of a list are no tokens: a topic may
// be called "me".
func keyFolder(given string) string {
	for _, p := range []string{given, path.Clean("/" + given)} {
		p = strings.ToLower(p)
		for _, folder := range []string{"/u/", "/me/", "/confirm/", "/feeds/mine/"} {
			if _, rest, ok := strings.Cut(p, folder); ok && !isPage(rest) {
				return folder
			}
		}
	}
	return ""
}

// isPage: what follows a list's address, and says which of its pages is meant.
func isPage(rest string) bool {
	n, ok := strings.CutPrefix(rest, "page/")
	return ok && n != "" && strings.Trim(n, "0123456789") == ""
}

func isRead(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// reads lets GET and HEAD through to a handler (and OPTIONS to one of the JSON Feed), and refuses all else.
func reads(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		switch {
		case isRead(r):
			return h(w, r)
		case isJSONFeed(r.URL.Path) && r.Method == http.MethodOptions:
			preflight(w.Header())
			w.WriteHeader(http.StatusNoContent)
			return nil
		case isJSONFeed(r.URL.Path):
			return &methodError{allow: "GET, HEAD, OPTIONS"}
		}
		return &methodError{allow: "GET, HEAD"}
	}
}

// statusWriter remembers the status for the log.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader passes the status on.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
