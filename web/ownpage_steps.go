package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

// step is what a form of a subscriber's own page does: it says what was done, or shows on the page what is wrong with what was
// typed there.
type step func(ctx context.Context, token string, v *tidings.Visit, typed url.Values, p *templates.PersonalPage) (done string, err error)

func (s *site) steps() map[string]step {
	return map[string]step{
		"choose": s.choose, "settings": s.set, "pause": s.pause, "resume": s.resume, "leave": s.leaveVisit,
		"move": s.move, "again": s.again, "feed": s.resetFeed, "erase": s.askErase,
	}
}

// act takes a step that a form of a subscriber's own page asks for, and leads back to the page.
func (s *site) act(w http.ResponseWriter, r *http.Request) error {
	token, name := r.PathValue("token"), r.PathValue("action")
	do := s.steps()[name]
	switch {
	case do == nil && name != "link":
		return tidings.ErrNotFound
	case isRead(r):
		return &movedError{to: s.Site.ManageURL(token)}
	case r.Method != http.MethodPost:
		return &methodError{allow: "GET, HEAD, POST"}
	}
	if s.fromElsewhere(r) {
		http.Error(w, "403 Forbidden", http.StatusForbidden)
		return nil
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	// Whoever hangs up meanwhile has asked all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), maxLeave)
	defer cancel()
	r = r.WithContext(ctx)
	if name == "link" { // an expired one will do
		return s.sendLink(w, r, token)
	}
	v, err := s.Visits.Visit(ctx, token, s.Now())
	if err != nil {
		return s.orExpired(w, r, err)
	}
	p, err := s.personalPage(w, r, &v)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil { // nothing of it is done
		if long := (*http.MaxBytesError)(nil); errors.As(err, &long) {
			return err
		}
		return s.showPersonal(w, http.StatusBadRequest, p) // it was cut off
	}
	done, err := do(ctx, token, &v, r.PostForm, p)
	switch {
	case err != nil:
		return s.orExpired(w, r, err)
	case done == "":
		return s.showPersonal(w, http.StatusUnprocessableEntity, p)
	}
	return s.back(w, r, done)
}

// sendLink sends the link by mail. Whoever cannot have one now is told so on the page, be the link that they came by expired or not.
func (s *site) sendLink(w http.ResponseWriter, r *http.Request, token string) error {
	failed := s.Linker.SendLinkByToken(r.Context(), token, s.Now())
	invalid := (*tidings.InvalidError)(nil)
	switch {
	case failed == nil:
		return s.back(w, r, templates.DoneLink)
	case !errors.As(failed, &invalid):
		return failed
	}
	p, beside := s.expiredPage(w, r), "suppressed" // for what else is refused there
	v, err := s.Visits.Visit(r.Context(), token, s.Now())
	if err == nil {
		beside = "choice"
		p, err = s.personalPage(w, r, &v)
	}
	if err != nil && !errors.Is(err, tidings.ErrExpired) {
		return err
	}
	if _, err := doneUnless(failed, "", p, beside); err != nil {
		return err
	}
	return s.showPersonal(w, http.StatusUnprocessableEntity, p)
}

// fromElsewhere reports whether another site's page has posted this. A page without referrer posts from the origin "null", which
// http.CrossOriginProtection takes for another site's where the browser does not say besides where the request comes from: none
// does without TLS, and old ones never do.
func (s *site) fromElsewhere(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	switch fetch := r.Header.Get("Sec-Fetch-Site"); {
	case fetch != "":
		return fetch != "same-origin" && fetch != "none"
	case origin == "", origin == "null":
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || u.Host != r.Host && u.Host != s.Site.Base.Host
}

// back leads to the page, which says what was done.
func (s *site) back(w http.ResponseWriter, r *http.Request, done string) error {
	query := url.Values{"done": {done}}
	if tag := r.URL.Query().Get("lang"); tag != "" && r.PathValue("action") != "settings" { // which may choose another
		query.Set("lang", s.Templates.Match(tag, s.Site.Language))
	}
	w.Header().Set("Location", s.Site.ManageURL(r.PathValue("token"))+"?"+query.Encode())
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// choose changes one choice, adds one or drops one. What another page of theirs has changed meanwhile stays.
func (s *site) choose(ctx context.Context, token string, v *tidings.Visit, typed url.Values, p *templates.PersonalPage) (string, error) {
	sub, was := &v.Subscriber, typed.Get("was")
	form := s.blankChoice(sub, was, p.Topics)
	if was == "" {
		p.Another = form
	}
	for i := range p.Choices {
		if has := &p.Choices[i].Has; was == has.Cadence {
			form = s.choiceForm(v, has, p.Topics)
			p.Choices[i].Form = form
		}
	}
	if form.Was != "" && form.Cadence == "" { // dropped or changed meanwhile
		p.Faults = append(p.Faults, templates.Fault{Field: "choice"})
		return "", nil
	}
	swap := &tidings.Swap{Was: was, Wanted: s.wanted(sub, form, typed, p.Topics)}
	switch {
	case swap.Wanted == nil && len(sub.Subscriptions) == 1:
		p.Faults = append(p.Faults, templates.Fault{Field: "last"})
		return "", nil
	case len(form.Faults) > 0:
		return "", nil
	}
	err := s.Visits.Choose(ctx, token, tidings.Wish{Swap: swap}, s.Now())
	if invalid := (*tidings.InvalidError)(nil); errors.As(err, &invalid) && invalid.Field != "subscriber" {
		fault := faultIn(err, &form.Entries)
		if form.Sealed && fault.Field != "cadence" && fault.Field != "hour" { // of what is not shown nothing is told
			p.Faults = append(p.Faults, templates.Fault{Field: "choice"})
			return "", nil
		}
		form.Faults = append(form.Faults, fault)
		return "", nil
	}
	return doneUnless(err, templates.DoneSaved, p, "choice")
}

func (s *site) set(ctx context.Context, token string, _ *tidings.Visit, typed url.Values, p *templates.PersonalPage) (string, error) {
	zone, language := typed.Get("zone"), typed.Get("language")
	wish := tidings.Wish{Language: language}
	if zone != p.Zone { // subscriptions may be in several
		wish.Zone = zone
	}
	p.Zone, p.Tongue = zone, language
	return doneUnless(s.Visits.Choose(ctx, token, wish, s.Now()), templates.DoneSaved, p, "zone")
}

func (s *site) pause(ctx context.Context, token string, _ *tidings.Visit, typed url.Values, p *templates.PersonalPage) (string, error) {
	p.Until = typed.Get("until")
	var until time.Time
	if p.Until != "" {
		var err error
		if until, err = time.ParseInLocation(time.DateOnly, p.Until, p.Clock); err != nil {
			p.Faults = append(p.Faults, templates.Fault{Field: "until"})
			return "", nil //nolint:nilerr // it is told beside the field
		}
	}
	return doneUnless(s.Visits.PauseVisit(ctx, token, until, s.Now()), templates.DonePaused, p, "until")
}

func (s *site) resume(ctx context.Context, token string, _ *tidings.Visit, _ url.Values, p *templates.PersonalPage) (string, error) {
	return doneUnless(s.Visits.ResumeVisit(ctx, token, s.Now()), templates.DoneResumed, p, "choice")
}

func (s *site) leaveVisit(ctx context.Context, token string, _ *tidings.Visit, _ url.Values, p *templates.PersonalPage) (string, error) {
	return doneUnless(s.Visits.LeaveVisit(ctx, token, s.Now()), templates.DoneLeft, p, "choice")
}

func (s *site) move(ctx context.Context, token string, v *tidings.Visit, typed url.Values, p *templates.PersonalPage) (string, error) {
	p.NewAddress = strings.TrimSpace(typed.Get("address"))
	done, err := doneUnless(s.Owner.Move(ctx, token, p.NewAddress, s.Now()), templates.DoneMove, p, "address")
	if fault := p.Fault("address"); fault != nil {
		switch {
		case strings.EqualFold(p.NewAddress, v.Subscriber.Address):
			fault.Kind, fault.Reason = templates.Unchanged, ""
		case p.NewAddress != "":
			fault.Kind = templates.Malformed
		}
	}
	return done, err
}

func (s *site) again(ctx context.Context, token string, _ *tidings.Visit, typed url.Values, p *templates.PersonalPage) (string, error) {
	delivery, err := strconv.ParseInt(typed.Get("delivery"), 10, 64)
	if err != nil {
		return "", tidings.ErrNotFound
	}
	return doneUnless(s.Owner.MailAgain(ctx, token, delivery, s.Now()), templates.DoneAgain, p, "choice")
}

func (s *site) resetFeed(ctx context.Context, token string, _ *tidings.Visit, _ url.Values, p *templates.PersonalPage) (string, error) {
	return doneUnless(s.Owner.ResetFeed(ctx, token, s.Now()), templates.DoneFeed, p, "choice")
}

func (s *site) askErase(ctx context.Context, token string, _ *tidings.Visit, _ url.Values, p *templates.PersonalPage) (string, error) {
	return doneUnless(s.Owner.AskErase(ctx, token, s.Now()), templates.DoneErase, p, "choice")
}

// doneUnless says what was done, unless that failed. What the visitor can mend is noted on the page: beside the field that it
// names, if the page has it, else beside the one given.
func doneUnless(err error, done string, p *templates.PersonalPage, field string) (string, error) {
	invalid := (*tidings.InvalidError)(nil)
	switch {
	case err == nil:
		return done, nil
	case !errors.As(err, &invalid):
		return "", err
	case invalid.Field == "letters", invalid.Field == "changes":
		field = "often"
	case slices.Contains([]string{"zone", "language", "until", "address", "link"}, invalid.Field):
		field = invalid.Field
	}
	p.Faults = append(p.Faults, templates.Fault{Field: field, Reason: invalid.Reason})
	return "", nil
}
