package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
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

// TestHeader is in the answer to a test mail's one-click, with ByOneClick for its value, and in no other: by it somebody who has the
// token of a test mail knows that the POST of a mail program comes to us, and that we can read it.
const TestHeader = "Tidings-Test"

// maxForm is how many octets a POST may have; RFC 8058's has 26, or a few hundred as multipart.
const maxForm = 64 << 10

// maxLeave is how long unsubscribing may wait for the database, and any other step on a page of one's own.
const maxLeave = 30 * time.Second

// Leaver unsubscribes whoever holds the token of a mail. All methods give ErrBadToken for a token that is not ours. None of them
// ends, and each succeeds a second time.
type Leaver interface {
	Leaving(ctx context.Context, token string) (tidings.Leaving, error) // changes nothing
	// LeaveByToken ends all; test: it is the token of a test mail, which unsubscribes nobody.
	LeaveByToken(ctx context.Context, token string, now time.Time, actor string) (test bool, err error)
	LeaveTopic(ctx context.Context, token, topic string, now time.Time, actor string) error
	Slower(ctx context.Context, token string, now time.Time, actor string) error // once a week instead of more often
	Reason(ctx context.Context, token, reason string, now time.Time) error       // why they left
}

// leave asks a reader who followed the link of a mail, and unsubscribes whoever posts. Both the page's form and mail
// programs post to the same URL; theirs has "List-Unsubscribe=One-Click" in it, as a form of either kind (RFC 8058
// §3.1). No cookie, no redirect, no further question. What the page offers besides is posted below that URL.
func (s *site) leave(w http.ResponseWriter, r *http.Request) error {
	behind, _ := leaveToken(r.URL.Path)
	token, part, _ := strings.Cut(behind, "/")
	switch {
	case token == "" || part != "" && s.parting(part) == nil:
		return tidings.ErrBadToken
	case r.URL.Path != "/u/"+token && isRead(r):
		return &movedError{to: s.Site.LeaveURL(token)}
	}
	p := &templates.LeavePage{
		Page: s.private(w, s.visitors(r), "u", token), State: templates.LeaveAsk, Action: s.Site.LeaveURL(token), Keep: s.chosen(r),
	}
	var err error
	switch {
	case isRead(r):
		err = s.askLeaving(r, token, p)
	case r.Method != http.MethodPost:
		err = &methodError{allow: "GET, HEAD, POST"}
	default:
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		// Whoever hangs up meanwhile has asked all the same.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), maxLeave)
		defer cancel()
		if do := s.parting(part); do != nil {
			err = do(r.WithContext(ctx), token, p)
		} else {
			err = s.leaveWhole(w.Header(), r.WithContext(ctx), token, p)
		}
	}
	if err != nil {
		return err
	}
	body, err := render(s.Templates.Leave, p)
	if err != nil {
		return err
	}
	write(w, http.StatusOK, body)
	return nil
}

// parting is what is posted below a leave link, or nil.
func (s *site) parting(part string) func(*http.Request, string, *templates.LeavePage) error {
	switch part {
	case "topic":
		return s.leaveTopic
	case "slower":
		return s.slower
	case "reason":
		return s.reason
	}
	return nil
}

func (s *site) askLeaving(r *http.Request, token string, p *templates.LeavePage) error {
	l, err := s.Leaver.Leaving(r.Context(), token)
	switch {
	case err != nil:
		return err
	case l.Test:
		p.State = templates.LeaveTest
	case l.Gone:
		p.State = templates.LeaveGone
	default:
		p.Offer = l.Offer
		p.Topics, err = s.topicsOf(r, l.Topics)
	}
	return err
}

// topicsOf are the topics with these slugs, in the topics' order.
func (s *site) topicsOf(r *http.Request, slugs []string) ([]tidings.Topic, error) {
	if len(slugs) == 0 {
		return nil, nil
	}
	topics, err := s.Library.Topics(r.Context())
	return slices.DeleteFunc(slices.Clone(topics), func(t tidings.Topic) bool { return !slices.Contains(slugs, t.Slug) }), err
}

func (s *site) leaveWhole(header http.Header, r *http.Request, token string, p *templates.LeavePage) error {
	before, err := s.Leaver.Leaving(r.Context(), token)
	if err != nil {
		return err
	}
	// Who has left by now, or was erased, was asked why, or has nobody left to be asked of.
	p.State, p.Why = templates.LeaveDone, !before.Gone
	actor := ByPage
	if r.PostFormValue("List-Unsubscribe") == "One-Click" {
		actor = ByOneClick
	}
	test, err := s.Leaver.LeaveByToken(r.Context(), token, s.Now(), actor)
	if test {
		p.State = templates.LeaveTest
	}
	if test && actor == ByOneClick {
		header.Set(TestHeader, ByOneClick)
	}
	return err
}

// leaveTopic ends one topic. When nothing else was left, the reader has left.
func (s *site) leaveTopic(r *http.Request, token string, p *templates.LeavePage) error {
	topic := r.PostFormValue("topic")
	if err := s.Leaver.LeaveTopic(r.Context(), token, topic, s.Now(), ByPage); err != nil {
		return notThere(err)
	}
	if err := s.askLeaving(r, token, p); err != nil || p.State != templates.LeaveAsk {
		return err
	}
	topics, err := s.topicsOf(r, []string{topic})
	if len(topics) > 0 {
		p.State, p.Topic = templates.LeaveTopic, &topics[0]
	}
	return err
}

func (s *site) slower(r *http.Request, token string, p *templates.LeavePage) error {
	if err := s.Leaver.Slower(r.Context(), token, s.Now(), ByPage); err != nil {
		return notThere(err)
	}
	err := s.askLeaving(r, token, p)
	if p.State == templates.LeaveAsk {
		p.State = templates.LeaveSlower
	}
	return err
}

// reason takes why somebody left. Who has not is asked whether they want to.
func (s *site) reason(r *http.Request, token string, p *templates.LeavePage) error {
	if err := s.askLeaving(r, token, p); err != nil || p.State != templates.LeaveGone {
		return err
	}
	p.State = templates.LeaveThanks
	return s.Leaver.Reason(r.Context(), token, r.PostFormValue("reason"), s.Now())
}

// notThere: what no form of ours asks for is nowhere.
func notThere(err error) error {
	if invalid := (*tidings.InvalidError)(nil); errors.As(err, &invalid) {
		return tidings.ErrNotFound
	}
	return err
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

// chosen is the query that keeps the language that was chosen on the page before, with its "?"; empty: none was.
func (s *site) chosen(r *http.Request) string {
	if tag := r.URL.Query().Get("lang"); tag != "" {
		return "?lang=" + s.Templates.Match(tag, s.Site.Language)
	}
	return ""
}
