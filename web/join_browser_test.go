package web_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tidings/tidings"
)

// serveJoinroom is a newsroom that a browser may join, and whose clock runs.
func serveJoinroom(t *testing.T, language string) *newsroom {
	t.Helper()
	n := newNewsroom(t)
	n.site.Language, n.joins, n.tick = language, true, new(atomic.Int64)
	n.publish()
	n.read = n.now.AddDate(0, 0, 7)
	n.serve()
	return n
}

// TestJoiningInABrowser shares one browser among all that a browser must find true of joining.
func TestJoiningInABrowser(t *testing.T) {
	t.Parallel()
	browser := newChromium(t)
	for name, promise := range map[string]func(*testing.T, chromium){
		"shows its pages whole, readable and from this site alone": showsJoining,
		"works by keyboard alone":                                  joinsByKeyboard,
		"works without JavaScript":                                 joinsWithoutScript,
		"leads to what is to be mended":                            leadsToFaults,
		"knows the reader's time zone":                             guessesZone,
		"does the work that is asked for":                          works,
		"answers forms of other sites in place":                    answersInPlace,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			promise(t, browser)
		})
	}
}

func showsJoining(t *testing.T, browser chromium) {
	t.Helper()
	languages := []string{"en", "ko"}
	if testing.Short() {
		languages = languages[:1] // under the race detector: see Makefile
	}
	for _, language := range languages {
		n := serveJoinroom(t, language)
		n.joining.Origins = []string{"https://www.example.org"}
		n.open()
		for i, address := range []string{"ana@example.org", "ben@example.org"} {
			form := wish(address, "language", language, "words", "hydrogen\n수소, supply chain", "hour", "7")
			form.Set("stamp", stampIn(t, n.page("/subscribe")))
			if resp := n.post("/subscribe", form); resp.StatusCode != http.StatusSeeOther {
				t.Fatal(i, resp.StatusCode, text(t, resp))
			}
		}
		letters := n.letters()
		for name, v := range map[string]view{
			"form": {path: "/subscribe"}, "filled in": {path: "/subscribe?topic=ict&topic=energy"}, "filter": {path: "/subscribe?q=energy+-nuclear"},
			"faulty": {path: "/subscribe?q=after:yesterday", status: http.StatusUnprocessableEntity},
			"sent":   {path: "/subscribe/sent"}, "link": {path: "/link"}, "link sent": {path: "/link/sent"}, "embed": {path: "/subscribe/embed"},
			"asks": {path: "/confirm/" + letters[0].token}, "confirmed": {path: "/confirm/" + letters[1].token, posting: true},
			"unknown": {path: "/confirm/" + strings.Repeat("A", 43), status: http.StatusNotFound},
		} {
			t.Run(language+"/"+name, func(t *testing.T) {
				t.Parallel()
				v.path += map[bool]string{true: "&", false: "?"}[strings.Contains(v.path, "?")] + "lang=" + language
				v.lang = language
				isFaultless(t, browser.tab(t), n.site.URL(), v)
			})
		}
	}
}

// focused is the element that has the focus, and whether it can be seen that it has.
const focused = `(() => { const e = document.activeElement, seen = s => getComputedStyle(s).outlineStyle !== "none"
	return e.localName + " " + (e.name || e.id || e.textContent.trim()) + (e.value && e.type !== "email" && e.type !== "textarea" ? "=" + e.value : "") +
		(seen(e) || e.closest("label") && seen(e.closest("label")) ? "" : " unmarked") })()`

// tabTo presses Tab until the element has the focus.
func (b *tab) tabTo(want string) {
	b.t.Helper()
	var seen []string
	for range 60 {
		b.do(chromedp.KeyEvent(kb.Tab))
		where := b.evaluate(focused)
		if strings.Contains(where, "unmarked") && !strings.HasPrefix(where, "body") {
			b.t.Fatalf("the focus cannot be seen: %s", where)
		}
		if seen = append(seen, where); strings.HasPrefix(where, want) {
			return
		}
	}
	b.t.Fatalf("Tab never leads to %s: %q", want, seen)
}

// press presses a key that leads to another page.
func (b *tab) press(key string, status int64) {
	b.t.Helper()
	resp, err := chromedp.RunResponse(b.ctx, chromedp.KeyEvent(key))
	if err != nil {
		b.t.Fatal(err)
	}
	if resp.Status != status {
		b.t.Errorf("%s: %d, want %d", resp.URL, resp.Status, status)
	}
}

func (b *tab) heading() string {
	b.t.Helper()
	return b.evaluate(`document.querySelector("h1").innerText.replace(/\s+/g, " ")`)
}

func joinsByKeyboard(t *testing.T, browser chromium) {
	t.Helper()
	n := serveJoinroom(t, "en")
	b := browser.tab(t)
	b.size(390, "light")
	b.open(n.site.URL("subscribe"), http.StatusOK, false)
	b.tabTo("input topic=energy")
	b.do(chromedp.KeyEvent(" "))
	b.tabTo("textarea words")
	b.do(chromedp.KeyEvent("hydrogen\r수소"))
	b.tabTo("input cadence=weekly")
	b.do(chromedp.KeyEvent(kb.ArrowUp))
	b.tabTo("select hour")
	b.do(chromedp.KeyEvent("0"))
	b.tabTo("button do=preview")
	b.press(kb.Enter, http.StatusOK)
	if got := b.evaluate(`document.querySelector("#preview .rate")?.innerText ?? ""`); !strings.Contains(got, "month") {
		t.Errorf("the preview says %q", got)
	}
	b.tabTo("input address")
	b.do(chromedp.KeyEvent("ana@example.org"))
	b.tabTo("button do=join")
	b.press(kb.Enter, http.StatusOK)
	if got := b.heading(); got != "Please look into your mailbox" {
		t.Fatalf("the page says %q", got)
	}
	b.open(n.site.URL("confirm", n.letters()[0].token), http.StatusOK, false)
	b.tabTo("button Yes, subscribe me")
	b.press(kb.Enter, http.StatusOK)
	if got := b.heading(); got != "You are subscribed" {
		t.Errorf("the page says %q", got)
	}
	sub := n.of("ana@example.org").Subscriptions[0]
	if i, ok := sub.Filter.Interest(); !ok || len(i.Topics) != 1 || len(i.Words) != 2 || sub.Cadence != tidings.Daily || sub.Hour != 0 {
		t.Errorf("%q, %+v", sub.Filter.String(), sub)
	}
}

func (b *tab) emulate(method func(context.Context, *chromedp.Target) error) {
	b.t.Helper()
	b.do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		return chromedp.Void{}, method(ctx, target)
	})
}

func joinsWithoutScript(t *testing.T, browser chromium) {
	t.Helper()
	n := serveJoinroom(t, "ko")
	n.joining.Work = 16 // those who cannot work are few, and taken
	n.open()
	b := browser.tab(t)
	b.size(360, "dark")
	b.emulate(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	})
	b.open(n.site.URL("subscribe")+"?lang=ko", http.StatusOK, false)
	b.do(chromedp.Click(chromedp.CSS(`input[value="energy"]`)), chromedp.Click(chromedp.CSS(`input[value="immediate"]`)))
	if got := b.evaluate(`String(document.querySelector(".clock").checkVisibility())`); got != "false" {
		t.Errorf("the hour of mails that come at once can be seen: %s", got)
	}
	b.do(chromedp.Click(chromedp.CSS(`#address`)), chromedp.KeyEvent("ana@example.org"))
	b.press(kb.Enter, http.StatusOK) // in a field: the button above it, which only shows something, is not meant
	if got := b.heading(); got != "메일함을 확인해 주십시오" {
		t.Fatalf("the page says %q", got)
	}
	b.open(n.site.URL("confirm", n.letters()[0].token), http.StatusOK, true)
	if got := b.heading(); got != "구독이 시작되었습니다" || n.of("ana@example.org").Language != "ko" {
		t.Errorf("the page says %q", got)
	}
}

func leadsToFaults(t *testing.T, browser chromium) {
	t.Helper()
	n := serveJoinroom(t, "en")
	b := browser.tab(t)
	for _, scheme := range []string{"light", "dark"} {
		b.size(320, scheme)
		b.open(n.site.URL("subscribe"), http.StatusOK, false)
		b.evaluate(`document.querySelector("form.join").noValidate = true; document.querySelector("#words").value = "hydrogen, !!!"; ""`)
		if _, err := chromedp.RunResponse(b.ctx, chromedp.Click(chromedp.CSS(`button[value="join"]:not(.trap)`))); err != nil {
			t.Fatal(err)
		}
		b.await(`#said:focus`)
		for _, f := range append(b.axe(), b.look().Overflow...) {
			t.Errorf("%s: %s", scheme, f)
		}
		if got := b.evaluate(`document.querySelector("#words").value`); got != "hydrogen, !!!" {
			t.Errorf("what was typed is %q now", got)
		}
		b.do(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter))
		b.await(`#words:target`)
		for _, small := range strings.Fields(b.evaluate(smallTargets)) {
			t.Errorf("%s: less than 44 pixels: %s", scheme, small)
		}
	}
}

// smallTargets are what can be pressed in the form with less than 44 pixels.
const smallTargets = `[...document.querySelectorAll("form.join :is(label:has(input), button, select, textarea, input[type=email])")].filter(e => {
	const r = e.getBoundingClientRect(); return r.height && (r.height < 44 || r.width < 44) }).map(e => e.localName + "." + e.name).join(" ")`
