package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

// Visits are subscribers' own pages, which the token of a link opens. All methods give ErrBadToken for a token that is not ours
// or not for this, and ErrExpired for one whose time is over; a *tidings.InvalidError is what the visitor can mend.
type Visits interface {
	Visit(ctx context.Context, token string, now time.Time) (tidings.Visit, error) // changes nothing
	Choose(ctx context.Context, token string, w tidings.Wish, now time.Time) error
	PauseVisit(ctx context.Context, token string, until, now time.Time) error // until zero: until they say so
	ResumeVisit(ctx context.Context, token string, now time.Time) error
	LeaveVisit(ctx context.Context, token string, now time.Time) error
}

// Owner does what takes a link that was sent for just this: for all others its methods give ErrBadToken. They are as those of
// Visits besides.
type Owner interface {
	Move(ctx context.Context, token, address string, now time.Time) error // asks at the new address
	AskErase(ctx context.Context, token string, now time.Time) error      // asks by mail
	MailAgain(ctx context.Context, token string, delivery int64, now time.Time) error
	ResetFeed(ctx context.Context, token string, now time.Time) error
	Export(ctx context.Context, token string, now time.Time) ([]byte, error) // all that is held, as JSON; changes nothing
}

// Linker sends links to own pages.
type Linker interface {
	// SendLinkByToken sends one to the subscriber whose page the token opens, or opened before it expired; within limits.
	SendLinkByToken(ctx context.Context, token string, now time.Time) error
}

// maxMails is how many past mails a page shows.
const maxMails = 10

// routeOwnPages adds subscribers' own pages to the others.
func (s *site) routeOwnPages(mux *http.ServeMux) {
	if s.Visits == nil {
		return
	}
	mux.Handle("/me/{token}", s.answer(s.ownPage))
	mux.Handle("/me/{token}/{action}", s.answer(s.act))
	mux.Handle("/me/{token}/export.json", s.answer(s.export))
}

// ownPage shows a subscriber their own page.
func (s *site) ownPage(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	if !isRead(r) {
		return &methodError{allow: "GET, HEAD"}
	}
	v, err := s.Visits.Visit(r.Context(), token, s.Now())
	if err != nil {
		return s.orExpired(w, r, err)
	}
	p, err := s.personalPage(w, r, &v)
	if err != nil {
		return err
	}
	p.Done = r.URL.Query().Get("done")
	return s.showPersonal(w, http.StatusOK, p)
}

// export hands out everything that is held about a subscriber.
func (s *site) export(w http.ResponseWriter, r *http.Request) error {
	if !isRead(r) {
		return &methodError{allow: "GET, HEAD"}
	}
	body, err := s.Owner.Export(r.Context(), r.PathValue("token"), s.Now())
	if err != nil {
		return s.orExpired(w, r, err)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="tidings-export.json"`)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.Write(body) //nolint:errcheck,gosec // a file, never a page; a reader who has gone can't be told
	return nil
}

// orExpired tells of a link whose time is over, and offers another: nothing need be typed for it.
func (s *site) orExpired(w http.ResponseWriter, r *http.Request, err error) error {
	if !errors.Is(err, tidings.ErrExpired) {
		return err
	}
	return s.showPersonal(w, http.StatusGone, s.expiredPage(w, r))
}

func (s *site) expiredPage(w http.ResponseWriter, r *http.Request) *templates.PersonalPage {
	at := s.Site.ManageURL(r.PathValue("token"))
	return &templates.PersonalPage{
		Page: s.private(w, s.visitors(r), "me", r.PathValue("token")), URL: at, Keep: s.chosen(r), Expired: true, Done: r.URL.Query().Get("done"),
	}
}

func (s *site) showPersonal(w http.ResponseWriter, status int, p *templates.PersonalPage) error {
	body, err := render(s.Templates.Personal, p)
	if err != nil {
		return err
	}
	write(w, status, body)
	return nil
}

// personalPage is the page of a visit, as it is now.
func (s *site) personalPage(w http.ResponseWriter, r *http.Request, v *tidings.Visit) (*templates.PersonalPage, error) {
	topics, err := s.Library.Topics(r.Context())
	if err != nil {
		return nil, err
	}
	sub := &v.Subscriber
	at := s.Site.ManageURL(r.PathValue("token"))
	p := &templates.PersonalPage{
		Page: s.private(w, s.Templates.Match(r.URL.Query().Get("lang"), sub.Language), "me", r.PathValue("token")), URL: at, Keep: s.chosen(r),
		Test: v.Test, Own: v.Own, Standing: sub.State, PausedUntil: sub.PausedUntil, Address: sub.Address,
		Topics: topics, Zone: s.theirZone(sub), Now: s.Now(), Tongue: sub.Language, Tongues: s.Templates.Languages(),
	}
	if !v.Own {
		p.Address = masked(sub.Address)
	}
	p.Clock = clockOf(p.Zone)
	p.Soonest = s.Now().In(p.Clock).AddDate(0, 0, 1).Format(time.DateOnly)
	s.showChoices(r, p, v)
	if v.Feed != "" {
		for _, f := range tidings.FeedFormats() {
			media, _, _ := strings.Cut(f.MediaType(), ";")
			p.PersonalFeed = append(p.PersonalFeed, templates.FeedLink{
				Title: f.Name(), URL: s.Site.PersonalFeedURL(v.Feed, f), MediaType: media,
			})
		}
	}
	s.leaf(r, p, v.Mails)
	return p, nil
}

// showChoices puts what they get on the page, with the fields of the one that the query asks for.
func (s *site) showChoices(r *http.Request, p *templates.PersonalPage, v *tidings.Visit) {
	sub := &v.Subscriber
	change := r.URL.Query().Get("change")
	at := func(what, where string) string { return p.URL + withQuery(p.Keep, "change", what) + where }
	for i := range sub.Subscriptions {
		c := templates.PersonalChoice{Has: sub.Subscriptions[i], ChangeURL: at(sub.Subscriptions[i].Cadence, "#change")}
		if isRead(r) && c.Has.Cadence == change {
			c.Form = s.choiceForm(v, &c.Has, p.Topics)
		}
		p.Choices = append(p.Choices, c)
	}
	if len(s.freeCadences(sub, "")) == 0 {
		return
	}
	p.AnotherURL = at(another, "#change")
	if isRead(r) && change == another {
		p.Another = s.blankChoice(sub, "", p.Topics)
	}
}

// another is what the query asks for that shows the fields of one more choice. No cadence is called so.
const another = "+"

// withQuery adds to a query that is empty or has its "?".
func withQuery(query, name, value string) string {
	more := name + "=" + url.QueryEscape(value)
	if query == "" {
		return "?" + more
	}
	return query + "&" + more
}

// leaf puts those of the past mails on the page that the query asks for.
func (s *site) leaf(r *http.Request, p *templates.PersonalPage, mails []tidings.PastMail) {
	last := max(1, (len(mails)+maxMails-1)/maxMails)
	n, err := strconv.Atoi(r.URL.Query().Get("mails"))
	if err != nil {
		n = 1
	}
	n = min(max(n, 1), last)
	at := func(n int) string { return p.URL + withQuery(p.Keep, "mails", strconv.Itoa(n)) + "#mails" }
	p.Mails = mails[(n-1)*maxMails : min(n*maxMails, len(mails))]
	if n > 1 {
		p.Newer = at(n - 1)
	}
	if n < last {
		p.Older = at(n + 1)
	}
}

// theirZone is the time zone that a subscriber has: that of their first digest, which all of theirs share as a rule.
func (s *site) theirZone(sub *tidings.Subscriber) string {
	for i := range sub.Subscriptions {
		if zone := sub.Subscriptions[i].Zone; zone != "" {
			return zone
		}
	}
	return s.Site.Zone.String()
}

// clockOf is the zone of that name, UTC where this machine knows none.
func clockOf(zone string) *time.Location {
	l, err := time.LoadLocation(zone)
	if err != nil {
		return time.UTC
	}
	return l
}

// masked is as much of an address as its owner knows it by, and nobody else: "m•••@e•••.org".
func masked(address string) string {
	local, domain, ok := strings.Cut(address, "@")
	dot := strings.LastIndexByte(domain, '.')
	if !ok || local == "" || dot <= 0 {
		return "•••"
	}
	first := func(s string) string {
		for _, r := range s {
			return string(r)
		}
		return ""
	}
	return first(local) + "•••@" + first(domain) + "•••" + domain[dot:]
}
