package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

// asking is a form to join with while its request is answered.
type asking struct {
	page   *templates.SubscribePage
	topics []tidings.Topic // in use
	form   string          // which one it is, for the record of consent
}

// subscribe shows the form to join with, what a choice would have brought, or takes the form.
func (s *site) subscribe(w http.ResponseWriter, r *http.Request) error {
	switch {
	case isRead(r):
		return s.offerForm(w, r)
	case r.Method == http.MethodPost:
		return s.takeForm(w, r)
	}
	return &methodError{allow: "GET, HEAD, POST"}
}

// asked begins the page of a form.
func (s *site) asked(w http.ResponseWriter, r *http.Request, language string) (*asking, error) {
	topics, err := s.Library.Topics(r.Context())
	if err != nil {
		return nil, err
	}
	a := &asking{topics: inUse(topics), form: "page"}
	a.page = &templates.SubscribePage{
		Page: s.private(w, language, "subscribe"), Topics: a.topics, Cadences: s.Cadences, Languages: s.Templates.Languages(),
		Now: s.Now(), LinkURL: s.linkURL(),
	}
	p := a.page
	p.Here, p.Work, p.FormURL = templates.AtSubscribe, s.Joining.Work, s.subscribeURL()+"?lang="+url.QueryEscape(p.Language)
	p.Action = p.FormURL
	withScript(w.Header())
	return a, nil
}

// offerForm shows the form as a link has filled it in, and if it has, what that would have brought.
func (s *site) offerForm(w http.ResponseWriter, r *http.Request) error {
	a, err := s.asked(w, r, s.visitors(r))
	if err != nil {
		return err
	}
	q := r.URL.Query()
	if len(q) == 0 {
		a.page.Canonical = s.subscribeURL()
	}
	return s.fillIn(w, r, a, q)
}

// fillIn shows the form with what was chosen elsewhere.
func (s *site) fillIn(w http.ResponseWriter, r *http.Request, a *asking, q url.Values) error {
	p := a.page
	keepInLinks(&p.Page, q, "topic", "q", "cadence")
	var problem string
	p.Entries, problem = s.prefilled(q, p.Language, a.topics)
	p.Entries.Address, p.Stamp, p.Guess = typed(q, "address"), s.newStamp(), true
	if problem != "" {
		p.Faults = []templates.Fault{{Field: "filter", Reason: problem}}
		return showForm(w, s, a, http.StatusUnprocessableEntity)
	}
	if chosen := &p.Entries; len(chosen.Topics) == 1 && chosen.Words == "" && a.form == "page" {
		a.form = "topic:" + chosen.Topics[0]
	}
	if q.Has("topic") || q.Has("q") || q.Has("cadence") {
		s.foresee(r, p)
	}
	return showForm(w, s, a, http.StatusOK)
}

// foresee adds what the choice would have brought. A site that is too busy for it still lets people join.
func (s *site) foresee(r *http.Request, p *templates.SubscribePage) {
	f, faults := filterOf(&p.Entries)
	if len(faults) > 0 {
		p.Faults = withFaults(p.Faults, faults...)
		return
	}
	preview, err := s.preview(r.Context(), f, &p.Entries, s.Now())
	if err != nil {
		s.Log.WarnContext(r.Context(), "no preview of a choice", "error", err)
		return
	}
	p.Preview = preview
}

func showForm(w http.ResponseWriter, s *site, a *asking, status int) error {
	a.page.Form = a.form
	body, err := render(s.Templates.Subscribe, a.page)
	if err != nil {
		return err
	}
	write(w, status, body)
	return nil
}

// takeForm reads a form that was sent, and shows it again, with all that was typed, or leads on.
func (s *site) takeForm(w http.ResponseWriter, r *http.Request) error {
	form, err := posted(w, r)
	if err != nil {
		return err
	}
	a, err := s.asked(w, r, s.visitors(r))
	if err != nil {
		return err
	}
	p := a.page
	a.form = formOf(form.Get("form"), a.topics)
	p.Entries, p.Faults = s.entries(form, a.topics)
	p.Stamp = s.nextStamp(form.Get("stamp"))
	if form.Get("do") == "preview" {
		if len(p.Faults) == 0 {
			s.foresee(r, p)
		}
		return showForm(w, s, a, statusOfFaults(p.Faults))
	}
	notice, err := s.signUp(r, a, form)
	switch {
	case err != nil:
		return err
	case len(p.Faults) > 0:
		return showForm(w, s, a, http.StatusUnprocessableEntity)
	case notice != "":
		p.Notice = notice
		return showForm(w, s, a, statusOfNotice(w.Header(), notice))
	}
	s.seeOther(w, p.Language, "subscribe", "sent")
	return nil
}

// signUp hands a form on whose page has been made. It adds what is wrong to the page's faults, or says why it was not taken.
func (s *site) signUp(r *http.Request, a *asking, form url.Values) (templates.Notice, error) {
	p := a.page
	f, faults := filterOf(&p.Entries)
	p.Faults = withFaults(p.Faults, faults...)
	if p.Entries.Address == "" {
		p.Faults = append(p.Faults, templates.Fault{Field: "address"})
	}
	if len(p.Faults) > 0 {
		return "", nil
	}
	if notice := s.suspect(form); notice != "" {
		return notice, nil
	}
	wording, err := s.Templates.Wording(p.Language)
	if err != nil {
		return "", err
	}
	e := &p.Entries
	choice := tidings.Choice{Cadence: e.Cadence, Filter: f.String(), Zone: e.Zone, Hour: e.Hour}
	if e.Cadence == tidings.Immediate {
		choice.Hour = tidings.AnyHour // the form hides the hour, whatever it says
	}
	admission, err := s.Joiner.SignUp(r.Context(), tidings.SignUpForm{
		Address: e.Address, Language: e.Language, Choices: []tidings.Choice{choice}, Form: a.form, Wording: wording, From: s.client(r),
	}, s.Now())
	if invalid := (*tidings.InvalidError)(nil); errors.As(err, &invalid) {
		p.Faults = withFaults(p.Faults, faultIn(err, e))
		return "", nil
	}
	return s.noticeOf(admission), err
}

// formOf is which form was filled in, as it says itself: only what our own forms say is taken.
func formOf(said string, topics []tidings.Topic) string {
	if slug, ok := strings.CutPrefix(said, "topic:"); said == "embed" || ok && hasTopic(topics, slug) {
		return said
	}
	return "page"
}

func statusOfFaults(faults []templates.Fault) int {
	if len(faults) > 0 {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// posted is the fields of a form that was sent, of either kind. One that is too long is a *http.MaxBytesError; what cannot be read
// besides is as if it had not been sent.
func posted(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	var long *http.MaxBytesError
	if err := errors.Join(r.ParseForm(), r.ParseMultipartForm(maxForm)); errors.As(err, &long) { //nolint:gosec // it has a bound
		return nil, err
	}
	return r.PostForm, nil
}

// subscribeSent says what happens next, to everybody the same.
func (s *site) subscribeSent(w http.ResponseWriter, r *http.Request) error {
	p := &templates.SubscribePage{Page: s.private(w, s.visitors(r), "subscribe", "sent"), Sent: true, FormURL: s.subscribeURL()}
	p.Here = templates.AtSubscribe
	body, err := render(s.Templates.Subscribe, p)
	if err != nil {
		return err
	}
	write(w, http.StatusOK, body)
	return nil
}
