package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/subscribe"
)

// several is a newsroom whose subscriber gets energy and trade every day, and the link to leave.
func several(t *testing.T) (n *newsroom, leave string) {
	t.Helper()
	n = newNewsroom(t)
	n.joins = true
	n.open()
	leave, link := n.reader()
	n.done(link, "choose", "Saved", "was", "daily", "cadence", "daily", "topic", "energy", "topic", "trade")
	return n, leave
}

func TestOneTopicCanBeLeftAndTheRestStays(t *testing.T) {
	t.Parallel()
	n, leave := several(t)
	has(t, n.page(leave), `<form method="post" action="`+leave+`"`, `action="`+leave+`/topic"`, `name="topic" value="trade"`, "No more about Energy")
	for range 2 {
		resp := n.do(http.MethodPost, leave+"/topic", "topic=energy", "Content-Type", asForm, "Origin", "null")
		status(t, resp, http.StatusOK)
		has(t, text(t, resp), "One topic less", "Energy", `href="`+leave+`"`)
		if got := n.filters(); got != "daily -1 UTC topic:trade" {
			t.Fatalf("gets %s", got)
		}
	}
	hasNot(t, n.page(leave), leave+"/topic") // of the last one it is the whole
	status(t, n.press(leave+"/topic", "topic", "none"), http.StatusNotFound)
	resp := n.press(leave+"/topic", "topic", "trade")
	has(t, text(t, resp), "You have unsubscribed")
	if got := n.state(); got != tidings.Left {
		t.Errorf("is %s", got)
	}
}

func TestOnceAWeekIsOfferedOnceBelowTheButtonThatLeaves(t *testing.T) {
	t.Parallel()
	n, leave := several(t)
	body := n.page(leave)
	if whole, slower := strings.Index(body, `action="`+leave+`"`), strings.Index(body, leave+"/slower"); whole < 0 || slower < whole {
		t.Errorf("the button that leaves stands at %d, the offer at %d", whole, slower)
	}
	for range 2 {
		resp := n.press(leave + "/slower")
		status(t, resp, http.StatusOK)
		has(t, text(t, resp), "Once a week from now on")
		if got := n.filters(); got != "weekly -1 UTC topic:energy,trade" {
			t.Fatalf("gets %s", got)
		}
	}
	hasNot(t, n.page(leave), leave+"/slower")
}

func TestWhoHasLeftMaySayWhyAndComeBack(t *testing.T) {
	t.Parallel()
	n, leave := several(t)
	body := text(t, n.press(leave+"/reason", "reason", "Not that I had left"))
	has(t, body, "Do you want to unsubscribe?")
	hasNot(t, body, "unsubscribed", "Thank you")
	body = text(t, n.press(leave))
	has(t, body, `action="`+leave+`/reason"`, "Would you tell us why?", n.site.FeedsURL(), n.site.URL("subscribe"))
	for range 2 {
		resp := n.press(leave+"/reason", "reason", "Too\nmany mails")
		status(t, resp, http.StatusOK)
		has(t, text(t, resp), "Thank you")
	}
	if held := n.held(); strings.Count(held, "Too many mails") != 1 {
		t.Errorf("the record says %s", held)
	}
	hasNot(t, text(t, n.press(leave)), "Would you tell us why?") // a second time, and of the erased
	body = n.page(leave)
	has(t, body, "You have unsubscribed already", n.site.URL("subscribe"))
	hasNot(t, body, "Would you tell us why?")
}

func TestWhatIsPostedBelowALeaveLinkNeedsNoMoreThanTheLink(t *testing.T) {
	t.Parallel()
	n, leave := several(t)
	before := n.held()
	for _, part := range []string{"topic", "slower", "reason"} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			resp := n.do(method, leave+"/"+part, "")
			if resp.StatusCode != http.StatusMovedPermanently || resp.Header.Get("Location") != leave || resp.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s %s: %d %v", method, part, resp.StatusCode, resp.Header)
			}
		}
		status(t, n.press(leave[:len(leave)-3]+"/"+part, "topic", "energy"), http.StatusNotFound)
		resp := n.press(n.site.LeaveURL(n.keys.Mint(tidings.PurposeLeave, subscribe.TestDelivery, 0, time.Time{}))+"/"+part, "topic", "energy")
		has(t, text(t, resp), "This was a test mail")
	}
	status(t, n.press(leave+"/nothing"), http.StatusNotFound)
	if n.held() != before {
		t.Error("something has changed")
	}
	n.read = n.read.AddDate(20, 0, 0)
	status(t, n.press(leave+"/topic", "topic", "energy"), http.StatusOK)
	if got := n.filters(); got != "daily -1 UTC topic:trade" {
		t.Errorf("after 20 years: %s", got)
	}
}
