package web_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

func TestAnExpiredLinkIsMendedByOneButton(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	_, link := n.reader()
	own := n.ownLink()
	n.read = n.read.Add(15 * 24 * time.Hour)
	for _, expired := range []string{link, own} {
		resp := n.get(expired, "Accept-Language", "ko")
		status(t, resp, http.StatusGone)
		if resp.Header.Get("Cache-Control") != "no-store" {
			t.Error(resp.Header)
		}
		has(t, text(t, resp), "사용 기한이 지난 링크입니다", `action="`+expired+`/link"`)
		status(t, n.get(expired+"/export.json"), http.StatusGone)
		before := n.held()
		for action := range map[string]bool{"choose": true, "pause": true, "leave": true, "erase": true} {
			status(t, n.press(expired+"/"+action), http.StatusGone)
		}
		if n.held() != before {
			t.Error("something has changed")
		}
	}
	resp := n.press(link + "/link")
	status(t, resp, http.StatusSeeOther)
	resp = n.get(resp.Header.Get("Location"))
	status(t, resp, http.StatusGone)
	has(t, text(t, resp), `role="status">The link is on its way`)
	resp = n.press(link + "/link")
	status(t, resp, http.StatusUnprocessableEntity)
	has(t, text(t, resp), `role="alert"><p>A link was sent to you less than an hour ago`)
	d, err := n.db.Dossier(t.Context(), n.subscriber().ID)
	if err != nil || len(d.Letters) != 2 {
		t.Errorf("%d letters, %v", len(d.Letters), err)
	}
}

func TestALinkToAnOwnPageThatIsNotOursIsUnknown(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	leave, link := n.reader()
	token := link[strings.LastIndexByte(link, '/')+1:]
	for _, broken := range []string{
		link[:len(link)-5], link + "x", n.site.ManageURL(leave[strings.LastIndexByte(leave, '/')+1:]), n.site.ManageURL("x"),
	} {
		for _, resp := range []*reply{n.get(broken), n.press(broken + "/link"), n.press(broken + "/leave")} {
			status(t, resp, http.StatusNotFound)
			has(t, text(t, resp), "This link does not work")
			if resp.Header.Get("Cache-Control") != "no-store" || resp.Header.Get("Referrer-Policy") != "no-referrer" {
				t.Error(resp.Header)
			}
		}
	}
	status(t, n.press(n.site.LeaveURL(token)), http.StatusNotFound)
	if got := n.state(); got != tidings.Active {
		t.Errorf("became %s", got)
	}
	has(t, n.page(n.site.ManageURL(n.keys.Mint(tidings.PurposeManage, 0, 0, time.Time{}))), "This was a test mail")
}

func TestNoOtherSiteMayPostToAnOwnPage(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	_, link := n.reader()
	before := n.held()
	for _, from := range []string{"cross-site", "same-site"} {
		resp := n.do(http.MethodPost, link+"/leave", "", "Content-Type", asForm, "Sec-Fetch-Site", from, "Origin", "https://evil.example")
		status(t, resp, http.StatusForbidden)
	}
	status(t, n.do(http.MethodPost, link+"/leave", "", "Content-Type", asForm, "Origin", "https://evil.example"), http.StatusForbidden)
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		for action := range map[string]bool{"": true, "/leave": true, "/erase": true, "/choose": true} {
			n.do(method, link+action, "drop=yes&was=daily", "Content-Type", asForm, "Sec-Fetch-Site", "same-origin")
		}
	}
	if n.held() != before {
		t.Error("something has changed")
	}
	for _, origin := range []string{"null", "https://news.example.org", ""} { // browsers that say no more
		resp := n.do(http.MethodPost, link+"/pause", "", "Content-Type", asForm, "Origin", origin)
		status(t, resp, http.StatusSeeOther)
	}
	resp := n.get(link + "/leave")
	if resp.StatusCode != http.StatusMovedPermanently || resp.Header.Get("Location") != link || resp.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", resp.StatusCode, resp.Header)
	}
}

func TestTokensOfOwnPagesAreNeverLogged(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	_, link := n.reader()
	token := link[strings.LastIndexByte(link, '/')+1:]
	for _, folder := range []string{"/me/", "/ME/", "//me/", "/me//", "/x/../me/", "/confirm/", "/feeds/mine/", "/feeds//mine/", "/feeds/./mine/"} {
		resp := n.get(folder + token)
		if resp.Header.Get("Referrer-Policy") != "no-referrer" || resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", folder, resp.Header)
		}
		n.get(folder + token + "/pause")
		n.press(folder+token+"/pause", "until", "x")
	}
	if log := n.log.String(); strings.Contains(log, token[:20]) || !strings.Contains(log, "/me/*") {
		t.Errorf("the log says:\n%s", log)
	}
	for _, path := range []string{"/confirm/page/secret", "/topics/me/page/2x", "/me/page/"} {
		if got := n.get(path).Header.Get("Referrer-Policy"); got != "no-referrer" {
			t.Errorf("%s may be a token: %q", path, got)
		}
	}
	hasNot(t, n.log.String(), "secret", "2x")
	if got := n.get("/topics/me/page/2").Header.Get("X-Robots-Tag"); got != "" {
		t.Errorf("a topic that is called me: %s", got)
	}
}

func TestPastMailsGoOnPageByPage(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.reader()
	for i := range 11 {
		n.save("more-"+strconv.Itoa(i), nil)
		n.digest()
	}
	n.read = n.now.Add(time.Hour)
	link := n.ownLink()
	body := n.page(link)
	has(t, body, link+"?mails=2#mails")
	if got := strings.Count(body, `<p class="state">`); got != 10 {
		t.Errorf("%d mails on the first page", got)
	}
	for _, target := range []string{link + "?mails=2", link + "?mails=99&lang=en"} {
		if got := strings.Count(n.page(target), `<p class="state">`); got != 2 {
			t.Errorf("%s: %d mails", target, got)
		}
	}
}

func TestAnOwnPageIsLightHoweverMuchThereIs(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.reader()
	for i := range 40 {
		n.saveTopic("topic-"+strconv.Itoa(i), "Supply chains, critical minerals and economic security "+strconv.Itoa(i), 10+i)
	}
	for i := range 12 {
		n.save("more-"+strconv.Itoa(i), nil)
		n.digest()
	}
	n.read = n.now.Add(time.Hour)
	link := n.ownLink()
	for _, target := range []string{link, link + "?change=daily", link + "?change=%2B&lang=ko"} {
		if body := n.page(target); len(body) > 26_000 { // and the stylesheets besides
			t.Errorf("%s: %d octets", target, len(body))
		}
	}
}

// Scanners of mail follow every link, some of them often, and some by HEAD.
func TestAScannerThatFollowsEveryLinkTenTimesChangesNothing(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	leave, link := n.reader()
	own := n.ownLink()
	before := n.held()
	queue, seen := []string{leave, link, own}, map[string]bool{}
	for len(queue) > 0 {
		target := queue[0]
		queue = queue[1:]
		if seen[target] {
			continue
		}
		seen[target] = true
		for range 10 {
			n.do(http.MethodHead, target, "")
			body := text(t, n.get(target))
			for _, next := range links(body) { // the targets of forms too
				if strings.HasPrefix(next, "/u/") || strings.HasPrefix(next, "/me/") {
					queue = append(queue, next)
				}
			}
		}
	}
	if after := n.held(); after != before {
		t.Errorf("something has changed:\n%s\n%s", before, after)
	}
	if len(seen) < 25 {
		t.Errorf("only %d URLs were followed", len(seen))
	}
}

func TestWhoHasLeftMayComeBack(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	leave, link := n.reader()
	n.done(link, "leave", "You have unsubscribed")
	if got := n.state(); got != tidings.Left {
		t.Fatalf("is %s", got)
	}
	body := n.page(link)
	has(t, body, "We send you no more mails")
	hasNot(t, body, link+"/choose", link+"/pause")
	has(t, n.page(leave), "You have unsubscribed already")
	resp := n.press(link+"/choose", "was", "daily", "cadence", "daily")
	status(t, resp, http.StatusUnprocessableEntity)
}
