package export

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"
)

// answer is what the handler said.
type answer struct {
	status int
	header http.Header
	body   bytes.Buffer
}

// Header is what the handler writes its headers into.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader keeps the first status.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

// Write keeps the body.
func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

// ask gives the handler's answer to a plain GET: without encodings or conditions.
func ask(ctx context.Context, handler http.Handler, u *url.URL) (*answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	r.RequestURI, r.RemoteAddr = u.RequestURI(), "127.0.0.1:0"
	a := &answer{header: http.Header{}}
	handler.ServeHTTP(a, r)
	a.WriteHeader(http.StatusOK)
	return a, ctx.Err()
}

func (a *answer) mediaType() string { return a.header.Get("Content-Type") }

// isPage: whether browsers show it as a page; HTML among the attachments is saved.
func (a *answer) isPage() bool {
	return strings.HasPrefix(a.mediaType(), "text/html") && a.header.Get("Content-Disposition") == ""
}

// isForOne: whether it was made for the one who asked, and for then.
func (a *answer) isForOne() bool {
	keep := a.header.Get("Cache-Control")
	return strings.Contains(keep, "no-store") || strings.Contains(keep, "private")
}

func (a *answer) moved() bool {
	return a.status == http.StatusMovedPermanently || a.status == http.StatusPermanentRedirect
}

// headers are those that a server of files must be told to send.
func (a *answer) headers() map[string]string {
	kept := map[string]string{}
	for name := range a.header {
		switch name {
		case "Content-Type", "Content-Length", "Date", "Etag", "Last-Modified", "Vary", "Accept-Ranges", "Location":
			continue // the server's own business, or kept elsewhere
		}
		kept[name] = strings.Join(a.header.Values(name), ", ")
	}
	if d, ok := kept["Content-Disposition"]; ok { // the URL ends in the name already
		kept["Content-Disposition"], _, _ = strings.Cut(d, ";")
	}
	return kept
}
