package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/digest"
	"github.com/tidings/tidings/mailer"
	"github.com/tidings/tidings/mailer/mailbox"
)

// wholeWay is a reader with a phone and two mailboxes, and the site that they deal with.
type wholeWay struct {
	*newsroom
	t        *testing.T
	b        *tab
	box      *mailbox.Box
	mailer   *mailer.Mailer
	planner  *digest.Planner
	language string
	script   bool // may run
}

func TestAReaderJoinsChangesMovesAndLeavesInABrowserWithMailByRealSMTP(t *testing.T) {
	t.Parallel()
	browser := newChromium(t)
	for language, script := range map[string]bool{"en": true, "ko": false} {
		if testing.Short() && language != "en" {
			continue // under the race detector: see Makefile
		}
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			w := newWholeWay(t, browser, language, script)
			const first, second = "ana@example.org", "ana.kim@example.net"
			w.joins(first)
			mail, leave := w.getsDigest(first)
			own := w.findsLink(first)
			w.changes(first, own)
			w.moves(first, second, own)
			own = w.findsLink(second)
			w.hasAgain(second, own, mail.MessageID)
			w.leaves(second, leave, &mail)
			w.isErased(own, first, second)
		})
	}
}

// newWholeWay has a clock that began half a day ago: all that is due by it is due for the mailer too.
func newWholeWay(t *testing.T, browser chromium, language string, script bool) *wholeWay {
	t.Helper()
	w := &wholeWay{newsroom: newNewsroom(t), t: t, language: language, script: script}
	w.site.Language, w.newsroom.joins, w.tick = language, true, new(atomic.Int64)
	w.read = time.Now().Add(-12 * time.Hour).Truncate(time.Second)
	w.serve()
	w.opensMailbox()
	w.b = browser.tab(t)
	w.b.size(360, "light")
	w.b.emulate(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !script})
		return err
	})
	return w
}

// later lets time pass.
func (w *wholeWay) later(d time.Duration) { w.tick.Add(int64(d / (3 * time.Second))) }

// goes opens a page of the site in the tab.
func (w *wholeWay) goes(target string) {
	w.t.Helper()
	w.b.open(target, http.StatusOK, false)
	w.sees("")
}

// clicks on what leads to another page, which says by an element that it was reached.
func (w *wholeWay) clicks(selector, element string) {
	w.t.Helper()
	resp, err := chromedp.RunResponse(w.b.ctx, chromedp.Click(chromedp.CSS(selector)))
	if err != nil {
		w.t.Fatalf("%s: %v", selector, err)
	}
	if resp.Status != http.StatusOK {
		w.t.Fatalf("%s leads to %s: %d\n%s", selector, resp.URL, resp.Status, w.b.evaluate(`document.querySelector("main").innerText`))
	}
	w.sees(element)
}

// sees that the browser complains of nothing, and that the page has the element, if any is named.
func (w *wholeWay) sees(element string) {
	w.t.Helper()
	s := w.b.look()
	if !w.script {
		s.Violations, s.Moved = nil, nil // scripts count them
	}
	for _, f := range w.b.faults(&s) {
		w.t.Errorf("%s: %s", w.b.evaluate(`location.pathname.slice(0, 9) + " " + document.querySelector("h1").innerText`), f)
	}
	if s.Lang != w.language {
		w.t.Errorf("the page is in %q", s.Lang)
	}
	if element != "" && w.b.evaluate(`String(document.querySelector(`+strconv.Quote(element)+`) !== null)`) != "true" {
		w.t.Fatalf("there is no %s:\n%s", element, w.b.evaluate(`document.querySelector("main").innerText`))
	}
}

// confirms presses the one button of a page that a letter leads to, by keyboard.
func (w *wholeWay) confirms(link string) {
	w.t.Helper()
	w.goes(link)
	w.b.tabOnTo("button", "")
	w.b.press(kb.Enter, http.StatusOK)
	w.sees("main:not(:has(form))")
}

// joins for a topic and a word, by keyboard alone.
func (w *wholeWay) joins(address string) {
	w.t.Helper()
	b := w.b
	w.goes(w.site.URL("subscribe") + "?lang=" + w.language)
	b.tabTo("input topic=energy")
	b.do(chromedp.KeyEvent(" "))
	b.tabTo("textarea words")
	b.do(chromedp.KeyEvent("hydrogen"))
	b.tabTo("input cadence=weekly")
	b.do(chromedp.KeyEvent(kb.ArrowUp), chromedp.KeyEvent(kb.ArrowUp))
	b.tabTo("input address")
	b.do(chromedp.KeyEvent(address))
	b.tabTo("button do=join")
	b.press(kb.Enter, http.StatusOK)
	w.sees("main:not(:has(form))")
	mail := w.arrives(address, 1)
	if _, err := w.db.Subscriber(w.t.Context(), address); err == nil {
		w.t.Fatal("they are a subscriber, and have pressed no button")
	}
	w.confirms(w.link(&mail, "confirm/"))
	w.has(address, tidings.Active, "immediate topic:energy OR hydrogen")
}

// has sees what is held of the subscriber.
func (w *wholeWay) has(address string, state tidings.SubscriberState, want string) {
	w.t.Helper()
	sub := w.of(address)
	var all []string
	for _, s := range sub.Subscriptions {
		all = append(all, s.Cadence+" "+s.Filter.String())
	}
	if got := strings.Join(all, "; "); sub.State != state || got != want || sub.Language != w.language {
		w.t.Fatalf("%s is %s in %s and gets %s; want %s, %s", address, sub.State, sub.Language, got, state, want)
	}
}

// getsDigest with what was published now, and the link to leave by.
func (w *wholeWay) getsDigest(address string) (mail mailbox.View, leave string) {
	w.t.Helper()
	w.now = w.clock()
	w.save("solar", nil)
	w.later(5 * time.Minute)
	if runs, err := w.planner.Plan(w.t.Context(), w.clock()); err != nil || len(runs) != 1 {
		w.t.Fatalf("%+v, %v", runs, err)
	}
	mail = w.arrives(address, 1)
	if !strings.Contains(mail.Text, "About solar") || !strings.Contains(mail.HTML, w.site.ReleaseURL("solar")) {
		w.t.Errorf("the mail says:\n%s", mail.Text)
	}
	return mail, w.link(&mail, "u/")
}

// findsLink to the own page, which was lost.
func (w *wholeWay) findsLink(address string) string {
	w.t.Helper()
	w.later(2 * time.Hour) // one letter an hour goes to an address
	w.goes(w.site.URL("link") + "?lang=" + w.language)
	w.b.tabTo("input address")
	w.b.do(chromedp.KeyEvent(address))
	w.b.press(kb.Enter, http.StatusOK)
	w.sees("main:not(:has(form))")
	mail := w.arrives(address, 1)
	return w.link(&mail, "me/")
}

const saysDone = `main [role="status"]`

func (w *wholeWay) changes(address, own string) {
	w.t.Helper()
	w.goes(own)
	w.clicks(`a[href*="change=immediate"]`, "#change")
	w.b.do(chromedp.Click(chromedp.CSS(`#change input[value="trade"]`)))
	w.clicks(`#change button:not([name])`, saysDone)
	w.has(address, tidings.Active, "immediate topic:energy,trade OR hydrogen")
	day := w.clock().AddDate(0, 0, 9).Format(time.DateOnly)
	w.b.evaluate(`document.querySelector("#until").value = "` + day + `"`) // how one types it depends on the machine
	w.clicks(`form[action*="/pause"] button`, saysDone)
	if sub := w.of(address); sub.State != tidings.Paused || sub.PausedUntil.Format(time.DateOnly) != day {
		w.t.Errorf("%s until %s, want %s", sub.State, sub.PausedUntil, day)
	}
	w.clicks(`form[action*="/resume"] button`, saysDone)
	w.has(address, tidings.Active, "immediate topic:energy,trade OR hydrogen")
}

func (w *wholeWay) moves(from, to, own string) {
	w.t.Helper()
	w.b.do(chromedp.Click(chromedp.CSS("#address")), chromedp.KeyEvent(to))
	w.clicks(`form[action*="/move"] button`, saysDone)
	mail := w.arrives(to, 1)
	w.of(from)
	w.confirms(w.link(&mail, "confirm/"))
	w.has(to, tidings.Active, "immediate topic:energy,trade OR hydrogen")
	told := w.arrives(from, 1)
	if all := told.Subject + told.Text + told.HTML; strings.Contains(all, to) || strings.Contains(all, "/me/") {
		w.t.Errorf("the old address is told too much:\n%s", all)
	}
	if code, _ := w.asks(http.MethodGet, own, ""); code != http.StatusGone {
		w.t.Errorf("the link that the old address has: %d", code)
	}
}

// hasAgain the digest, and all that is held.
func (w *wholeWay) hasAgain(address, own, id string) {
	w.t.Helper()
	w.goes(own)
	w.clicks(`form[action*="/again"] button`, saysDone)
	mail := w.arrives(address, 1)
	if mail.MessageID == id || mail.MessageID == "" || !strings.Contains(mail.Text, "About solar") {
		w.t.Errorf("once more came %s:\n%s", mail.MessageID, mail.Text)
	}
	if code, _ := w.asks(http.MethodGet, w.link(&mail, "me/"), ""); code != http.StatusGone { // the mail's own, from before they moved
		w.t.Errorf("the link that the old address has in the same mail: %d", code)
	}
	code, all := w.asks(http.MethodGet, w.b.evaluate(`document.querySelector("a[download]").href`), "")
	if code != http.StatusOK || !strings.Contains(all, address) || !strings.Contains(all, "hydrogen") {
		w.t.Errorf("%d\n%s", code, all)
	}
}

// leaves one topic by the page that the digest leads to, and all by the mail program's own button (RFC 8058 §3.1).
func (w *wholeWay) leaves(address, leave string, mail *mailbox.View) {
	w.t.Helper()
	w.goes(leave + "?lang=" + w.language)
	w.clicks(`button[name="topic"][value="energy"]`, saysDone)
	w.has(address, tidings.Active, "immediate topic:trade OR hydrogen")
	target := anURL.FindString(field(mail, "List-Unsubscribe"))
	if code, _ := w.asks(http.MethodPost, target, field(mail, "List-Unsubscribe-Post")); code != http.StatusOK {
		w.t.Errorf("one click: %d", code)
	}
	if sub := w.of(address); sub.State != tidings.Left || w.actor() != "one-click" {
		w.t.Errorf("is %s by %s", sub.State, w.actor())
	}
}

// isErased at the reader's wish: nothing holds either address any more.
func (w *wholeWay) isErased(own string, addresses ...string) {
	w.t.Helper()
	w.goes(own)
	w.clicks(`form[action*="/erase"] button`, saysDone)
	mail := w.arrives(addresses[len(addresses)-1], 1)
	if held := w.tables(); !strings.Contains(held, addresses[len(addresses)-1]) {
		w.t.Fatalf("nothing is held before:\n%s", held)
	}
	w.confirms(w.link(&mail, "confirm/"))
	held := strings.ToLower(w.tables())
	for _, address := range addresses {
		for _, form := range []string{address, url.QueryEscape(address)} {
			if at := strings.Index(held, form); at >= 0 {
				w.t.Errorf("%s is still held: …%s…", address, held[max(0, at-200):min(len(held), at+100)])
			}
		}
	}
	if !w.clock().Before(time.Now()) {
		w.t.Error("more than half a day has passed: what is due by the site's clock may not be due for the mailer")
	}
}
