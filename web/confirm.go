package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

// ByConfirmPage is who confirmed, as the audit log says it: whoever pressed the button behind a letter's link.
const ByConfirmPage = "confirm page"

// confirm asks whoever followed the link of a letter, and does what it is about when they press the button. Scanners follow links,
// and none presses buttons.
func (s *site) confirm(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	p := &templates.ConfirmPage{Page: s.private(w, s.visitors(r)), Action: s.Site.URL("confirm", token), LinkURL: s.linkURL()}
	var err error
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		p.State = templates.ConfirmAsk
		p.Confirm, err = s.Joiner.Confirming(r.Context(), token, s.Now())
	case http.MethodPost:
		p.State = templates.ConfirmDone
		// Whoever hangs up meanwhile has pressed it all the same.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), maxLeave)
		defer cancel()
		p.Confirm, err = s.Joiner.Confirm(ctx, token, s.Now(), ByConfirmPage)
	default:
		err = &methodError{allow: "GET, HEAD, POST"}
	}
	status, err := stateOf(p, err)
	if err != nil {
		return err
	}
	if p.Confirm.Language != "" && r.URL.Query().Get("lang") == "" { // that of the letter they come from
		p.Language = s.Templates.Match(p.Confirm.Language, s.Site.Language)
		p.Shows = p.Language
	}
	topics, err := s.Library.Topics(r.Context())
	if err != nil {
		return err
	}
	p.Topics = topics
	body, err := render(s.Templates.Confirm, p)
	if err != nil {
		return err
	}
	write(w, status, body)
	return nil
}

// stateOf is how far a confirmation has come, and the status of the page that says so. What is no state is an error.
func stateOf(p *templates.ConfirmPage, err error) (int, error) {
	var invalid *tidings.InvalidError
	switch {
	case err == nil && p.Confirm.Done:
		p.State = templates.ConfirmAgain
	case err == nil:
	case errors.Is(err, tidings.ErrBadToken):
		p.State = templates.ConfirmUnknown
		return http.StatusNotFound, nil
	case errors.Is(err, tidings.ErrExpired):
		p.State = templates.ConfirmExpired
		return http.StatusGone, nil
	case errors.Is(err, tidings.ErrExists):
		p.State = templates.ConfirmTaken
		return http.StatusConflict, nil
	case errors.Is(err, tidings.ErrSuppressed):
		p.State = templates.ConfirmStopped
		return http.StatusConflict, nil
	case errors.As(err, &invalid):
		p.State = templates.ConfirmTooMuch
		return http.StatusConflict, nil
	default:
		return 0, err
	}
	return http.StatusOK, nil
}
