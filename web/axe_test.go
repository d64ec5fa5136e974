package web_test

import (
	"context"
	"os"
	"testing"

	"github.com/chromedp/chromedp"
)

// axe is axe-core, which tells what of a page keeps somebody from using it (WCAG 2.2 A and AA, and good practice). It is
// under the Mozilla Public License 2.0, unchanged: see testdata/axe/LICENSE.
func readAxe(t testing.TB) string {
	t.Helper()
	source, err := os.ReadFile("testdata/axe/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// judge runs axe on the page as it is, and names each fault with the first element that has it.
const judge = `axe.run(document, {resultTypes: ["violations"], iframes: false}).then(r => r.violations.map(v =>
	v.id + ": " + v.help + ": " + v.nodes.map(n => n.html.slice(0, 160) + " " + (n.any[0]?.message ?? n.all[0]?.message ?? "")).slice(0, 3).join(" | ")))`

// axe is what axe-core finds wrong with the page as it is now.
func (b *tab) axe() []string {
	b.t.Helper()
	b.do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Evaluate[chromedp.Void](readAxe(b.t)+";0")(ctx, target)
		return chromedp.Void{}, err
	})
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](judge, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatal(err)
	}
	return found
}
