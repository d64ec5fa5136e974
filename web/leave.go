package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

// Who left, as the audit log says it.
const (
	ByOneClick = "one-click"  // the mail program's own button
	ByPage     = "leave page" // the button on our page
)

// maxForm is how many octets a POST may have; RFC 8058's has 26, or a few hundred as multipart.
const maxForm = 64 << 10

// maxLeave is how long unsubscribing may wait for the database.
const maxLeave = 30 * time.Second

// leave asks a reader who followed the link of a mail, and unsubscribes whoever posts. Both the page's form and mail
// programs post to the same URL; theirs has "List-Unsubscribe=One-Click" in it, as a form of either kind (RFC 8058
// §3.1). No cookie, no redirect, no further question.
func (s *site) leave(w http.ResponseWriter, r *http.Request) error {
	token, _ := leaveToken(r.URL.Path)
	switch {
	case token == "" || strings.Contains(token, "/"):
		return tidings.ErrBadToken
	case r.URL.Path != "/u/"+token && isRead(r):
		return &movedError{to: s.Site.LeaveURL(token)}
	}
	page := s.page(s.readers(r))
	p := &templates.LeavePage{Page: page, State: templates.LeaveAsk, Action: s.Site.LeaveURL(token)}
	var test bool
	var err error
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		var leaving tidings.Leaving
		leaving, err = s.Leaver.Leaving(r.Context(), token)
		test = leaving.Test
	case http.MethodPost:
		p.State = templates.LeaveDone
		actor := ByPage
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if r.PostFormValue("List-Unsubscribe") == "One-Click" {
			actor = ByOneClick
		}
		// Whoever hangs up meanwhile has asked all the same.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), maxLeave)
		defer cancel()
		test, err = s.Leaver.LeaveByToken(ctx, token, s.Now(), actor)
	default:
		err = &methodError{allow: "GET, HEAD, POST"}
	}
	if err != nil {
		return err
	}
	if test {
		p.State = templates.LeaveTest
	}
	body, err := render(s.Templates.Leave, p)
	if err != nil {
		return err
	}
	write(w, http.StatusOK, body)
	return nil
}

// leaveToken is what stands behind /u/, its letters as they are; ok: the path is that of a leave link, however it spells
// what comes before the token.
func leaveToken(path string) (token string, ok bool) {
	path = strings.TrimLeft(path, "/")
	if len(path) < 2 || !strings.EqualFold(path[:2], "u/") {
		return "", false
	}
	return strings.Trim(path[2:], "/"), true
}

// readers is the language of ours that the reader's browser asks for. Only pages that no cache keeps may ask.
func (s *site) readers(r *http.Request) string {
	return s.Templates.Match(r.Header.Get("Accept-Language"), s.Site.Language)
}
