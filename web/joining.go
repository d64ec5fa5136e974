package web

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

// Joiner takes what visitors ask for, and does what the letters ask about that they get. Nothing that it gives depends on whose an
// address is, nor on whether it is one.
type Joiner interface {
	// SignUp takes a wish to join. What is wrong with the choices is a *tidings.InvalidError.
	SignUp(ctx context.Context, w tidings.SignUpForm, now time.Time) (tidings.Admission, error)
	SendLink(ctx context.Context, address, language string, from netip.Addr, now time.Time) (tidings.Admission, error)
	// Confirming says what the token of a letter would do; ErrBadToken, ErrExpired. It changes nothing.
	Confirming(ctx context.Context, token string, now time.Time) (tidings.Confirmation, error)
	// Confirm does it; also ErrExists and ErrSuppressed, for what has come in between.
	Confirm(ctx context.Context, token string, now time.Time, actor string) (tidings.Confirmation, error)
}

// Joining is how visitors join. Its zero value does, but for the keys.
type Joining struct {
	Keys    tidings.Keyring // by which a form that comes back is known to be ours
	Proxies []netip.Prefix  // machines that are believed when they say whom they ask for
	Work    int             // bits of work that a browser is asked for before it may ask; 0: none
	Origins []string        // "https://www.example.org": sites whose pages may show the answer in place
}

// routeJoining adds the pages of joining to the others, where there is somebody to join.
func (s *site) routeJoining(mux *http.ServeMux) {
	if s.Joiner == nil {
		return
	}
	mux.Handle("/confirm/{token}", s.answer(s.confirm))
	mux.Handle("/link", s.answer(s.padded(s.link)))
	mux.Handle("/link/sent", s.answer(reads(s.linkSent)))
	if !s.Open { // letters that are out already still work
		mux.Handle("/subscribe", s.answer(s.closed))
		mux.Handle("/subscribe/embed", s.answer(s.closed))
		return
	}
	mux.Handle("/subscribe", s.answer(s.padded(s.subscribe)))
	mux.Handle("/subscribe/sent", s.answer(reads(s.subscribeSent)))
	mux.Handle("/subscribe/embed", s.answer(s.embed))
	if len(s.Joining.Origins) > 0 {
		mux.Handle("/subscribe/embed.js", s.answer(reads(asset("text/javascript; charset=utf-8", s.Templates.EmbedScript(), anHour))))
		mux.Handle("/subscribe/embed.json", s.answer(s.padded(s.embedAnswer)))
	}
}

// closed answers forms, and links to them, that were put up while there was somebody to join.
func (s *site) closed(w http.ResponseWriter, r *http.Request) error {
	if isRead(r) { // an old site may have had a page there
		if err := s.elsewhere(w, r); !errors.Is(err, tidings.ErrNotFound) {
			return err
		}
	}
	return errClosed
}

// crossOrigin are what other sites may post to: what changes nothing, what checks the origin itself, and what needs a token that
// no other site knows. (From a page without referrer browsers send "Origin: null"; those that do not say where a request comes
// from beside it, as all do without TLS, could not press the button there.)
func crossOrigin() []string {
	return []string{"POST /subscribe/embed", "POST /subscribe/embed.json", "POST /confirm/{token}", "POST /me/{token}/{action}"}
}

// protection refuses what other sites' pages post.
func (s *site) protection() (*http.CrossOriginProtection, error) {
	p := http.NewCrossOriginProtection()
	for _, pattern := range crossOrigin() {
		p.AddInsecureBypassPattern(pattern)
	}
	// A proxy that forgets the Host header breaks nothing.
	return p, p.AddTrustedOrigin((&url.URL{Scheme: s.Site.Base.Scheme, Host: s.Site.Base.Host}).String())
}

// visitors is the language of ours that a visitor asks for: in the query, else by the browser.
func (s *site) visitors(r *http.Request) string {
	return s.Templates.Match(r.URL.Query().Get("lang"), r.Header.Get("Accept-Language"), s.Site.Language)
}

// private is a page of one visitor's in the language: it is not kept, and links itself in the site's other languages.
func (s *site) private(w http.ResponseWriter, language string, segments ...string) templates.Page {
	w.Header().Set("Cache-Control", ofNothing)
	p := s.page(language)
	p.Shows = p.Language
	if len(segments) == 0 {
		return p
	}
	for _, tag := range s.Site.Languages {
		p.Alternates = append(p.Alternates, templates.AlternateLink{
			Language: tag, URL: s.Site.URL(segments...) + "?" + url.Values{"lang": {tag}}.Encode(),
		})
	}
	return p
}

// keepInLinks has the links to a page's other languages keep what was chosen already by these names.
func keepInLinks(p *templates.Page, chosen url.Values, names ...string) {
	kept := url.Values{}
	for _, name := range names {
		for _, value := range chosen[name][:min(len(chosen[name]), maxChips)] {
			kept.Add(name, upTo(value, maxTyped))
		}
	}
	if len(kept) == 0 {
		return
	}
	for i := range p.Alternates {
		p.Alternates[i].URL += "&" + kept.Encode()
	}
}

// withScript lets a page have the scripts that are served here.
func withScript(h http.Header) {
	h.Set("Content-Security-Policy", h.Get("Content-Security-Policy")+"; script-src 'self'")
}

// subscribeURL is the page to join on; empty: nobody can.
func (s *site) subscribeURL() string {
	if s.Joiner == nil || !s.Open {
		return ""
	}
	return s.Site.URL("subscribe")
}

func (s *site) linkURL() string { return s.Site.URL("link") }

// seeOther leads on after a POST, so that a page that is loaded anew sends nothing twice.
func (s *site) seeOther(w http.ResponseWriter, language string, segments ...string) {
	h := w.Header()
	h.Set("Cache-Control", ofNothing)
	h.Set("Location", s.Site.URL(segments...)+"?"+url.Values{"lang": {language}}.Encode())
	w.WriteHeader(http.StatusSeeOther)
}
