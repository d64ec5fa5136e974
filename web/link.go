package web

import (
	"net/http"
	"net/url"

	"github.com/tidings/tidings/templates"
)

// link asks for the address that a lost link is sent to, or takes it.
func (s *site) link(w http.ResponseWriter, r *http.Request) error {
	p := &templates.LinkPage{Page: s.private(w, s.visitors(r), "link")}
	p.Action, p.Work = s.linkURL()+"?lang="+url.QueryEscape(p.Language), s.Joining.Work
	if p.Work > 0 {
		withScript(w.Header())
	}
	switch {
	case isRead(r):
		p.Stamp = s.newStamp()
		return s.showLink(w, p, http.StatusOK)
	case r.Method != http.MethodPost:
		return &methodError{allow: "GET, HEAD, POST"}
	}
	form, err := posted(w, r)
	if err != nil {
		return err
	}
	p.Address, p.Stamp = typed(form, "address"), s.nextStamp(form.Get("stamp"))
	if p.Address == "" {
		p.Faults = []templates.Fault{{Field: "address"}}
		return s.showLink(w, p, http.StatusUnprocessableEntity)
	}
	if p.Notice = s.suspect(form); p.Notice == "" {
		admission, err := s.Joiner.SendLink(r.Context(), p.Address, p.Language, s.client(r), s.Now())
		if err != nil {
			return err
		}
		p.Notice = s.noticeOf(admission)
	}
	if p.Notice != "" {
		return s.showLink(w, p, statusOfNotice(w.Header(), p.Notice))
	}
	s.seeOther(w, p.Language, "link", "sent")
	return nil
}

func (s *site) showLink(w http.ResponseWriter, p *templates.LinkPage, status int) error {
	body, err := render(s.Templates.Link, p)
	if err != nil {
		return err
	}
	write(w, status, body)
	return nil
}

// linkSent says that the link is on its way, if the address is a subscriber's: to everybody the same.
func (s *site) linkSent(w http.ResponseWriter, r *http.Request) error {
	p := &templates.LinkPage{Page: s.private(w, s.visitors(r), "link", "sent"), Sent: true}
	return s.showLink(w, p, http.StatusOK)
}
