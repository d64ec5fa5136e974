package web_test

import (
	"os"
	"testing"

	"github.com/chromedp/chromedp"
)

// readAxe is axe-core, which tells what of a page keeps somebody from using it (WCAG 2.2 A and AA, and good practice). It is
// under the Mozilla Public License 2.0, unchanged: see testdata/axe/LICENSE.
func readAxe(t testing.TB) string {
	t.Helper()
	source, err := os.ReadFile("testdata/axe/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// judge runs axe on the page as it is, and names each fault with the first elements that have it.
const judge = `axe.run(document, {resultTypes: ["violations"], iframes: false}).then(r => r.violations.map(v =>
	v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map(n =>
		n.html.slice(0, 160) + " " + (n.any[0]?.message ?? n.all[0]?.message ?? "")).join(" | ")))`

// axe is what axe-core finds wrong with the page as it is now. What the browser's tools evaluate is under no policy of the page.
func (b *tab) axe() []string {
	b.t.Helper()
	if b.evaluate("typeof axe") == "undefined" {
		b.evaluate(readAxe(b.t) + "; axe.version")
	}
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](judge, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatal(err)
	}
	return found
}
