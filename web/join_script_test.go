package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tidings/tidings"
)

func guessesZone(t *testing.T, browser chromium) {
	t.Helper()
	n := serveJoinroom(t, "en")
	for zone, want := range map[string]string{"Asia/Seoul": "Asia/Seoul", "America/St_Johns": "America/St_Johns", "": "UTC"} {
		b := browser.tab(t)
		b.size(820, "light")
		b.emulate(func(ctx context.Context, target *chromedp.Target) error {
			if zone == "" {
				_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
				return err
			}
			_, err := cdp.Call(ctx, target, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: zone})
			return err
		})
		b.open(n.site.URL("subscribe"), http.StatusOK, false)
		if got := b.evaluate(`document.querySelector("#zone").value`); got != want {
			t.Errorf("in %q the form says %q", zone, got)
		}
		if s := b.look(); zone != "" && len(s.Moved) > 0 {
			t.Errorf("%s: %s", zone, s.Moved)
		}
		if resp, err := chromedp.RunResponse(b.ctx, chromedp.Click(chromedp.CSS(`button[value="preview"]`))); err != nil || resp.Status != 200 {
			t.Fatal(resp, err)
		}
		if got := b.evaluate(`document.querySelector("#zone").value`); got != want {
			t.Errorf("in %q the form says %q when it is shown again", zone, got)
		}
	}
}

func works(t *testing.T, browser chromium) {
	t.Helper()
	n := serveJoinroom(t, "en")
	n.joining.Work = 14
	n.open()
	b := browser.tab(t)
	b.size(820, "light")
	b.open(n.site.URL("subscribe"), http.StatusOK, false)
	hash := func(text string) string {
		return b.evaluate(`tidingsWork.sha256("` + text + `").map(n => (n >>> 0).toString(16).padStart(8, "0")).join("")`)
	}
	for _, text := range []string{"", "abc", strings.Repeat("a", 55), strings.Repeat("b", 56), strings.Repeat("c", 64), strings.Repeat("d", 100)} { // FIPS 180-4 §5.1.1
		if got, want := hash(text), tidings.HashOf([]byte(text)); got != want {
			t.Errorf("SHA-256 of %q is %s, want %s", text, got, want)
		}
	}
	b.do(chromedp.Click(chromedp.CSS(`#address`)), chromedp.KeyEvent("ana@example.org"))
	if _, err := chromedp.RunResponse(b.ctx, chromedp.Click(chromedp.CSS(`button[value="join"]:not(.trap)`))); err != nil {
		t.Fatal(err)
	}
	if got := b.heading(); got != "Please look into your mailbox" || len(n.letters()) != 1 {
		t.Errorf("the page says %q", got)
	}
	s := b.look()
	for _, f := range b.faults(&s) {
		t.Error(f)
	}
}

func answersInPlace(t *testing.T, browser chromium) {
	t.Helper()
	n := serveJoinroom(t, "en")
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `<!doctype html><html lang="ko"><title>x</title><form data-tidings action="%[1]s" method="post">
			<input type="email" name="address"><input type="hidden" name="topic" value="energy"><button>OK</button></form>
			<script src="%[1]s.js" defer></script>`, n.site.URL("subscribe", "embed"))
	}))
	t.Cleanup(page.Close)
	b := browser.tab(t)
	fill := func() {
		b.open(page.URL, http.StatusOK, false)
		b.do(chromedp.Click(chromedp.CSS(`input[type=email]`)), chromedp.KeyEvent("ana@example.org"))
	}
	fill() // the site is not listed: its visitors are led to our page
	b.press(kb.Enter, http.StatusOK)
	if got := b.evaluate(`document.querySelector("#address").value + document.querySelectorAll("[value=energy]:checked").length`); got != "ana@example.org1" {
		t.Errorf("our page says %q", got)
	}
	n.joining.Origins = []string{page.URL}
	n.open()
	fill()
	b.evaluate(`(() => {
		const form = document.forms[0], button = form.querySelector("button");
		button.click(); button.click(); form.requestSubmit();
		return "";
	})()`)
	if got := b.evaluate(`String(document.querySelector("button").disabled)`); got != "true" {
		t.Errorf("while it is sent, disabled is %q", got)
	}
	b.await(`[role=status]`)
	if got := b.evaluate(`document.querySelector("[role=status]").innerText`); !strings.HasPrefix(got, "메일함을 확인해 주십시오. ") {
		t.Errorf("the page says %q", got)
	}
	if got := b.evaluate(`document.querySelectorAll("[role=status]").length + location.href + document.querySelector("button").disabled`); got != "1"+page.URL+"/false" {
		t.Errorf("after the answer: %q", got)
	}
	if rows := n.rows(); rows["requests"] != 1 {
		t.Errorf("it was sent more than once: %v", rows)
	}
	if all := n.letters(); len(all) != 1 || all[0].address != "ana@example.org" || n.evidence() != "embed" {
		t.Errorf("%+v, %s", all, n.evidence())
	}
}
