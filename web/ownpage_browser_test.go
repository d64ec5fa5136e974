package web_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tidings/tidings"
)

// furnished is a newsroom with a subscriber who has some of everything, and their links: to leave, by a digest, by a letter.
func furnished(t *testing.T, language string) (n *newsroom, leave, link, own string) {
	t.Helper()
	n = newNewsroom(t)
	n.joins = true
	n.serve()
	for i, names := range []map[string]string{
		{"en": "Supply chains, critical minerals and economic security", "ko": "공급망·핵심광물·경제안보"}, {"en": "Investment", "ko": "투자"},
	} {
		topic := tidings.Topic{Slug: "more-" + strconv.Itoa(i), Order: 5 + i, Names: names}
		if _, err := n.db.SaveTopic(t.Context(), &topic, n.now, "test"); err != nil {
			t.Fatal(err)
		}
	}
	leave, link = n.reader()
	titles := []string{"A name that never ends: " + strings.Repeat("Aaaaaaaaa", 12), "제35차 에너지위원회, 비상시 에너지수급계획과 가스안전관리 기본계획을 심의·의결"}
	for i := range 11 {
		n.save("more-"+strconv.Itoa(i), func(r *tidings.Release) { r.Title = titles[i%2] })
		mail := n.digest()
		done := []tidings.Outcome{{Delivery: mail.ID, State: tidings.DeliverySent, Attempts: 1, At: n.now}}
		if err := n.db.Settle(t.Context(), done); err != nil {
			t.Fatal(err)
		}
	}
	n.read = n.now.Add(1)
	n.press(link+"/choose", "was", "daily", "cadence", "daily", "topic", "energy", "topic", "more-0", "words", "수소, supply chain", "in", "en", "hour", "7")
	n.press(link+"/choose", "cadence", "immediate", "filter", `topic:energy -"`+strings.Repeat("long", 12)+`"`)
	n.press(link+"/settings", "zone", "Asia/Seoul", "language", language)
	return n, leave, link, n.ownLink()
}

func showsOwnPages(t *testing.T, browser chromium) {
	t.Helper()
	languages := []string{"en", "ko"}
	if testing.Short() {
		languages = languages[:1] // under the race detector: see Makefile
	}
	for _, language := range languages {
		n, leave, link, own := furnished(t, language)
		home := n.site.URL()
		at := func(link, query string) string { return "/" + strings.TrimPrefix(link, home) + query }
		for name, v := range map[string]view{
			"own page":    {path: at(own, "")},
			"changing":    {path: at(own, "?change=daily")},
			"a filter":    {path: at(own, "?change=immediate&done=saved")},
			"adding":      {path: at(own, "?change=%2B")},
			"older mails": {path: at(own, "?mails=2")},
			"by a digest": {path: at(link, "?done=link")},
			"kept words":  {path: at(link, "?change=daily")},
			"kept filter": {path: at(link, "?change=immediate")},
			"leaving":     {path: at(leave, "?lang="+language)},
		} {
			t.Run(language+"/"+name, func(t *testing.T) {
				t.Parallel()
				v.lang = language
				isFaultless(t, browser.tab(t), home, v)
			})
		}
		t.Run(language+"/what cannot be read", func(t *testing.T) {
			t.Parallel()
			b := browser.tab(t)
			for _, width := range []int64{320, 1440} {
				b.size(width, "light")
				b.open(own+"?change=daily", http.StatusOK, false)
				b.home = own + "/choose"
				b.evaluate(`document.querySelector("#words").value = "…"`)
				resp, err := chromedp.RunResponse(b.ctx, chromedp.Click(chromedp.CSS("#change button")))
				if err != nil || resp.Status != http.StatusUnprocessableEntity {
					t.Fatal(resp, err)
				}
				s := b.look()
				for _, f := range append(b.faults(&s), b.axe()...) {
					t.Errorf("%d px: %s", width, f)
				}
			}
		})
		for _, action := range []string{"pause", "leave", "expired"} {
			t.Run(language+"/"+action, func(t *testing.T) {
				t.Parallel()
				n, _, link, own := furnished(t, language)
				v := view{path: "/" + strings.TrimPrefix(own, n.site.URL()) + "?lang=" + language, lang: language}
				if action == "expired" {
					n.read, v.status = n.read.AddDate(0, 1, 0), http.StatusGone
				} else {
					n.press(link+"/"+action, "until", "2026-12-24")
				}
				isFaultless(t, browser.tab(t), n.site.URL(), v)
			})
		}
	}
}

// managesByKeyboard changes, pauses, goes on and leaves by Tab, letters and Enter alone, where no script may run.
func managesByKeyboard(t *testing.T, browser chromium) {
	t.Helper()
	n := newNewsroom(t)
	n.serve()
	_, link := n.reader()
	b := browser.tab(t)
	b.size(320, "light")
	b.do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return chromedp.Void{}, err
	})
	b.open(link, http.StatusOK, false)
	b.pressOn("a", "Change: Daily, in one mail")
	b.tabOnTo(`textarea`, "")
	b.do(chromedp.KeyEvent("Hydrogen"))
	b.pressOn("button", "Save")
	if got := n.filters(); got != "daily -1 UTC topic:energy OR hydrogen" && got != "daily -1 UTC hydrogen OR topic:energy" {
		t.Errorf("saved: %s", got)
	}
	if said := b.evaluate(`document.querySelector("[role=status]").innerText`); said != "Saved." {
		t.Errorf("the page says %q", said)
	}
	b.pressOn("button", "Pause")
	if got := n.state(); got != tidings.Paused {
		t.Errorf("is %s", got)
	}
	b.pressOn("button", "Go on now")
	if got := n.state(); got != tidings.Active {
		t.Errorf("is %s", got)
	}
	b.pressOn("button", "Unsubscribe")
	if got := n.state(); got != tidings.Left {
		t.Errorf("is %s", got)
	}
}

// tabOnTo presses Tab until an element of this name and text has the focus, and sees that one can see it.
func (b *tab) tabOnTo(name, text string) {
	b.t.Helper()
	const focused = `(() => { const e = document.activeElement
		return e.localName + "|" + (e.id + " " + e.textContent).trim() + "|" + (getComputedStyle(e).outlineStyle === "none" &&
			!e.closest("label") ? "unmarked" : "") + "|" + (e.closest("main") !== null) })()`
	for range 90 {
		b.do(chromedp.KeyEvent(kb.Tab))
		at := strings.Split(b.evaluate(focused), "|")
		if at[2] != "" {
			b.t.Errorf("one cannot see that the focus is on %v", at)
		}
		if at[0] == name && (text == "" || at[1] == text) && at[3] == "true" {
			return
		}
	}
	b.t.Fatalf("Tab does not lead to %s %q", name, text)
}

// pressOn goes there by Tab, and presses Enter.
func (b *tab) pressOn(name, text string) {
	b.t.Helper()
	b.tabOnTo(name, text)
	if _, err := chromedp.RunResponse(b.ctx, chromedp.KeyEvent(kb.Enter)); err != nil {
		b.t.Fatal(err)
	}
}
