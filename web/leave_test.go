package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/subscribe"
	"github.com/tidings/tidings/web"
)

// mailed adds a subscriber, sends them a digest as far as the outbox, and gives the leave URL in it.
func (n *newsroom) mailed() string {
	n.t.Helper()
	ctx := n.t.Context()
	filter, err := tidings.ParseFilter("topic:energy")
	if err != nil {
		n.t.Fatal(err)
	}
	sub := tidings.Subscriber{
		Address: "min@example.org", Language: "en", State: tidings.Active, Created: n.now,
		Consent: tidings.Consent{Basis: "signed form", By: "test", At: n.now},
		Subscriptions: []tidings.Subscription{{
			Cadence: tidings.Daily, Zone: "UTC", Hour: tidings.AnyHour, Filter: filter, Created: n.now,
		}},
	}
	if err := n.db.AddSubscriber(ctx, &sub, n.now, "test"); err != nil {
		n.t.Fatal(err)
	}
	n.save("solar", nil)
	mail := n.digest()
	return n.site.LeaveURL(n.keys.Mint(tidings.PurposeLeave, mail.ID, mail.Subscriber, mail.Since))
}

// digest sends the subscriber the newest release, as far as the outbox.
func (n *newsroom) digest() tidings.Delivery {
	n.t.Helper()
	ctx := n.t.Context()
	n.now = n.now.Add(time.Minute)
	run := tidings.Run{
		Slot: tidings.Slot{Cadence: tidings.Daily, Zone: "UTC", Hour: tidings.AnyHour},
		Kind: tidings.ScheduledRun, Due: n.now, Created: n.now, Domain: "news.example.org",
	}
	_, err := n.db.OpenRun(ctx, &run, func(_ []tidings.Cohort, found []tidings.Candidate) ([]tidings.Decision, error) {
		last := found[len(found)-1]
		return []tidings.Decision{{
			Position: last.Seq, Entries: []tidings.Entry{{Release: last.Release.ID, Revision: last.Release.Revision}},
		}}, nil
	})
	if err != nil {
		n.t.Fatal(err)
	}
	claimed, err := n.db.Claim(ctx, n.now, 10)
	if err != nil || len(claimed) != 1 {
		n.t.Fatalf("%d mails, %v; want one", len(claimed), err)
	}
	return claimed[0]
}

func (n *newsroom) state() tidings.SubscriberState {
	n.t.Helper()
	sub, err := n.db.Subscriber(n.t.Context(), "min@example.org")
	if err != nil {
		n.t.Fatal(err)
	}
	return sub.State
}

func TestLeaveGETChangesNothing(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	link := n.mailed()
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodOptions, http.MethodDelete} {
		n.do(method, link+"?List-Unsubscribe=One-Click", "List-Unsubscribe=One-Click", "Content-Type", "application/x-www-form-urlencoded")
	}
	if got := n.state(); got != tidings.Active {
		t.Fatalf("became %q", got)
	}
	resp := n.get(link)
	has(t, text(t, resp), `<form method="post" action="`+link+`"`, "<button")
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex", "ETag": "",
	} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestOneClickPOSTLeaves(t *testing.T) {
	t.Parallel()
	const multipart = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n"
	for name, c := range map[string]struct{ mediaType, body, actor string }{
		"a form":           {"application/x-www-form-urlencoded", "List-Unsubscribe=One-Click", web.ByOneClick},
		"a multipart form": {"multipart/form-data; boundary=b", multipart, web.ByOneClick},
		"the page's form":  {"application/x-www-form-urlencoded", "", web.ByPage},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNewsroom(t)
			link := n.mailed()
			for range 2 { // the second time is a kind success
				// Mail programs come from anywhere: no cookie, and an Origin that is not ours.
				resp := n.do(http.MethodPost, link, c.body, "Content-Type", c.mediaType,
					"Origin", "https://mail.example", "Sec-Fetch-Site", "cross-site")
				status(t, resp, http.StatusOK)
				has(t, text(t, resp), "You have unsubscribed")
				if resp.Header.Get("Set-Cookie") != "" || resp.Header.Get("Location") != "" {
					t.Errorf("headers: %v", resp.Header)
				}
				if got := n.state(); got != tidings.Left {
					t.Fatalf("is %q", got)
				}
			}
			log, err := n.db.Audit(t.Context(), 1)
			if err != nil || log[0].Actor != c.actor {
				t.Errorf("the log says %+v, %v; want the actor %q", log, err, c.actor)
			}
		})
	}
}

func TestLeaveIsDoneThoughWhoAskedHangsUp(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	ctx, hangUp := context.WithCancel(t.Context())
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, n.mailed(), strings.NewReader("List-Unsubscribe=One-Click"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	hangUp()
	n.ServeHTTP(httptest.NewRecorder(), r)
	if got := n.state(); got != tidings.Left {
		t.Errorf("is %s", got)
	}
}

func TestLeavePageOfATestMailAndOfACutOffLink(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	link := n.mailed()
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		resp := n.do(method, n.site.LeaveURL(n.keys.Mint(tidings.PurposeLeave, subscribe.TestDelivery, 0, time.Time{})), "")
		status(t, resp, http.StatusOK)
		has(t, text(t, resp), "This was a test mail")
		for _, broken := range []string{link[:len(link)-5], link + "x", n.site.URL("u") + "/", link + "/x"} {
			resp := n.do(method, broken, "")
			status(t, resp, http.StatusNotFound)
			has(t, text(t, resp), "This link does not work")
			if resp.Header.Get("Cache-Control") != "no-store" || resp.Header.Get("Referrer-Policy") != "no-referrer" {
				t.Errorf("%s %s: %v", method, broken, resp.Header)
			}
		}
	}
	if got := n.state(); got != tidings.Active {
		t.Errorf("became %q", got)
	}
}

func TestTheOneClickOfATestMailAloneIsAnsweredWithTheHeaderOfTests(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	test := n.site.LeaveURL(n.keys.Mint(tidings.PurposeLeave, subscribe.TestDelivery, 0, time.Time{}))
	for _, c := range []struct{ method, link, form, want string }{
		{http.MethodPost, test, "List-Unsubscribe=One-Click", web.ByOneClick},
		{http.MethodPost, test, "", ""}, // whoever took the form out on the way would take it out of every mail program's
		{http.MethodGet, test, "", ""},
		{http.MethodPost, test + "x", "List-Unsubscribe=One-Click", ""},
		{http.MethodPost, n.mailed(), "List-Unsubscribe=One-Click", ""},
	} {
		resp := n.do(c.method, c.link, c.form, "Content-Type", "application/x-www-form-urlencoded")
		if got := resp.Header.Get(web.TestHeader); got != c.want {
			t.Errorf("%s %s %q: %s %q, want %q", c.method, c.link, c.form, web.TestHeader, got, c.want)
		}
	}
}

func TestLeavePageSpeaksTheReadersLanguage(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	has(t, text(t, n.get(n.mailed(), "Accept-Language", "ko-KR,ko;q=0.9,en;q=0.5")), `<html lang="ko">`)
}

func TestTokensAreNeverLogged(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	link := n.mailed()
	token := link[strings.LastIndexByte(link, '/')+1:]
	n.get(link)
	n.do(http.MethodPost, link, "")
	n.get(link + "x")
	for _, spelling := range []string{"/U/", "//u/", "/u//", "/x/../u/", "/U/./"} {
		n.get(spelling + token)
		n.do(http.MethodPost, spelling+token, "")
	}
	n.get("/?page=1")
	if log := n.log.String(); strings.Contains(log, token[:20]) || !strings.Contains(log, "/u/*") {
		t.Errorf("the log says:\n%s", log)
	}
}

func TestALeaveLinkIsFoundByOtherSpellingsWithItsTokenAsItIs(t *testing.T) {
	t.Parallel()
	for _, spelling := range []string{"/U/TOKEN", "/u//TOKEN", "//u/TOKEN", "/u/TOKEN/", "/x/../u/TOKEN"} {
		n := newNewsroom(t)
		link := n.mailed()
		target := strings.ReplaceAll(spelling, "TOKEN", link[strings.LastIndexByte(link, '/')+1:])
		redirects(t, n, target, link)
		resp := n.get(target)
		for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", spelling, name, got, want)
			}
		}
		status(t, n.do(http.MethodPost, target, ""), http.StatusOK)
		if got := n.state(); got != tidings.Left {
			t.Errorf("POST %s: is %q", spelling, got)
		}
	}
}

func TestAGreedyPOSTIsCutOff(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	link := n.mailed()
	resp := n.do(http.MethodPost, link, "x="+strings.Repeat("x", 1<<20), "Content-Type", "application/x-www-form-urlencoded")
	status(t, resp, http.StatusOK) // whatever else it says, it is a POST to a leave link
	if got := n.state(); got != tidings.Left {
		t.Errorf("is %q", got)
	}
}
