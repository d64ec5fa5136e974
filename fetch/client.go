package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/tidings/tidings"
)

// Request is what is asked for.
type Request struct {
	URL          string
	ETag         string // of what is here already, as it was given; empty: none
	LastModified string // likewise
	Accept       string // media types; empty: anything
	Private      bool   // may lead into a private network
	Limit        int64  // of the body, in octets, unpacked; 0: 8 MB
}

// Response is what came.
type Response struct {
	Status       int
	URL          *url.URL // where it came from in the end
	Moved        string   // where only 301 and 308 have led, from the URL asked for; empty: nowhere for good
	ContentType  string
	ETag         string        // as it was given
	LastModified string        // likewise
	Wait         time.Duration // how long the site asks to be left alone: Retry-After, else max-age; 0: it does not say
	Body         []byte        // of a 200
}

// Limits of a request.
const (
	mostRedirects = 5 // RFC 9110 §15.4 leaves the number to the client
	usualLimit    = 8 << 20
	dialTimeout   = 10 * time.Second
	headTimeout   = 20 * time.Second // until the answer begins
	totalTimeout  = 60 * time.Second // redirects and body included
	largestHead   = 64 << 10
)

// Client asks. It is safe for concurrent use.
type Client struct {
	agent           string
	public, private http.RoundTripper // two, so that no open connection of the one serves the other
}

// NewClient makes a Client that gives its name and the site's address, so that whoever is asked knows whom to write to.
func NewClient(site *tidings.Site) *Client {
	return &Client{
		agent: "Tidings (+" + site.URL() + ")", public: transport(false), private: transport(true),
	}
}

func transport(private bool) http.RoundTripper {
	dialer := net.Dialer{Timeout: dialTimeout, Control: judge(private)}
	return &http.Transport{
		Proxy: nil, DialContext: dialer.DialContext, TLSHandshakeTimeout: dialTimeout, ResponseHeaderTimeout: headTimeout,
		MaxResponseHeaderBytes: largestHead, MaxConnsPerHost: 1, IdleConnTimeout: 30 * time.Second, ForceAttemptHTTP2: true,
	}
}

// Close lets go of the connections that nobody uses.
func (c *Client) Close() {
	for _, t := range []http.RoundTripper{c.public, c.private} {
		if t, ok := t.(*http.Transport); ok {
			t.CloseIdleConnections()
		}
	}
}

// Get asks for a URL and follows where it leads. Any status is an answer; an *InvalidError is a URL or an address that is not
// asked, any other error that there was no answer. now is what a Retry-After with a date counts from.
func (c *Client) Get(ctx context.Context, r Request, now time.Time) (*Response, error) {
	ctx, cancel := context.WithTimeout(ctx, totalTimeout)
	defer cancel()
	at, err := parse(r.URL)
	if err != nil {
		return nil, err
	}
	seen := []string{at.String()}
	moved, forGood := "", true
	for {
		answer, err := c.once(ctx, at, r)
		if err != nil {
			return nil, err
		}
		next, permanent := redirect(answer)
		if next == "" {
			return c.read(answer, at, moved, r, now)
		}
		_ = answer.Body.Close() // of no interest
		from := at
		if at, err = follow(at, next, &seen); err != nil {
			return nil, err
		}
		forGood = forGood && permanent && (at.Scheme == "https" || from.Scheme == "http") // not from a safe place to an open one
		if forGood {
			moved = at.String()
		}
	}
}

// follow is the address that a redirect leads to.
func follow(from *url.URL, to string, seen *[]string) (*url.URL, error) {
	ref, err := url.Parse(to)
	if err != nil {
		return nil, fmt.Errorf("fetch: %s leads to %.200q, which is no address", from, to)
	}
	next, err := parse(from.ResolveReference(ref).String())
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s leads elsewhere: %w", from, err)
	case slices.Contains(*seen, next.String()):
		return nil, fmt.Errorf("fetch: %s leads back to itself", next)
	case len(*seen) > mostRedirects:
		return nil, fmt.Errorf("fetch: %s leads on more than %d times", (*seen)[0], mostRedirects)
	}
	*seen = append(*seen, next.String())
	return next, nil
}

// once makes one request. The Go client's own redirects, cookies and Referer stay out of it.
func (c *Client) once(ctx context.Context, at *url.URL, r Request) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	req.Header.Set("User-Agent", c.agent)
	for name, value := range map[string]string{"Accept": r.Accept, "If-None-Match": r.ETag, "If-Modified-Since": r.LastModified} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	through := c.public
	if r.Private {
		through = c.private
	}
	answer, err := through.RoundTrip(req)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", at, err)
	}
	return answer, nil
}

// redirect is where an answer leads, and whether for good; "" when it leads nowhere.
func redirect(answer *http.Response) (to string, permanent bool) {
	switch answer.StatusCode {
	case http.StatusMovedPermanently, http.StatusPermanentRedirect:
		return answer.Header.Get("Location"), true
	case http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect:
		return answer.Header.Get("Location"), false
	}
	return "", false
}

func (c *Client) read(answer *http.Response, at *url.URL, moved string, r Request, now time.Time) (_ *Response, err error) {
	defer func() { err = errors.Join(err, answer.Body.Close()) }()
	h := answer.Header
	out := &Response{
		Status: answer.StatusCode, URL: at, Moved: moved, ContentType: h.Get("Content-Type"),
		ETag: h.Get("ETag"), LastModified: h.Get("Last-Modified"), Wait: wait(h, now),
	}
	if out.Status != http.StatusOK {
		return out, nil
	}
	limit := r.Limit
	if limit <= 0 {
		limit = usualLimit
	}
	out.Body, err = io.ReadAll(io.LimitReader(answer.Body, limit+1)) // unpacked by the transport, a piece at a time
	switch {
	case err != nil:
		return nil, fmt.Errorf("fetch %s: the answer broke off: %w", at, err)
	case int64(len(out.Body)) > limit:
		return nil, tidings.Invalidf(at.String(), "is larger than %d MB", limit>>20)
	}
	return out, nil
}
