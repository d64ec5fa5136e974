package web_test

import (
	"context"
	"fmt"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium is a browser without a window, which reaches this machine alone.
type chromium struct {
	ctx context.Context // tabs are made from it
}

func newChromium(t *testing.T) chromium {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed: no browser looks at the pages")
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU, // root has no sandbox
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
	)
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return chromium{ctx}
}

// tab is a page in the browser, and what the browser complained of.
type tab struct {
	t    *testing.T
	ctx  context.Context
	home string // the URL it was sent to last

	mu         sync.Mutex
	complaints []string
	requests   []string // URLs
}

func (c chromium) tab(t *testing.T) *tab {
	t.Helper()
	b := &tab{t: t}
	ctx, closeTab := chromedp.NewContext(c.ctx)
	t.Cleanup(closeTab)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	var cancel context.CancelFunc
	b.ctx, cancel = context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(cancel)
	if err := chromedp.Listen(b.ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	b.do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
			Source: `violations = []; addEventListener("securitypolicyviolation", e =>
				violations.push(e.effectiveDirective + " stops " + e.blockedURI + " " + e.sample)); ` + watchMoves,
		})
		return chromedp.Void{}, err
	})
	return b
}

// watchMoves notes what moves after the whole page has been read and drawn once, as pictures do that come without their size.
// Before that, a browser on a busy machine shows a page in pieces, and the end of one moves with the next.
const watchMoves = `moved = []; let drawn = Infinity;
	addEventListener("DOMContentLoaded", () => requestAnimationFrame(() => requestAnimationFrame(() => drawn = performance.now())));
	new PerformanceObserver(list => { for (const e of list.getEntries()) if (e.startTime >= drawn)
		moved.push("moved by " + e.value.toFixed(4) + ": " + e.sources.map(({node: n, previousRect: p, currentRect: c}) =>
			(n?.localName ?? n?.data) + [p, c].map(r => " " + [r.x, r.y, r.width, r.height].map(Math.round)).join(" to")).join("; "))
	}).observe({type: "layout-shift", buffered: true})`

func (b *tab) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			b.complaints = append(b.complaints, e.Entry.Text+" "+e.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		b.complaints = append(b.complaints, "the page writes to the console")
	}
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// size makes the tab so wide, with the readers' choice of colours: light or dark.
func (b *tab) size(width int64, scheme string) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, 900), func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return chromedp.Void{}, err
	})
}

// await waits until something can be seen that the selector names.
func (b *tab) await(selector string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.WaitVisible(chromedp.CSS(selector))); err != nil {
		b.t.Fatalf("%s is not to be seen: %v", selector, err)
	}
}

// open goes to the URL, and presses the button there when posting; a page without one is given one.
func (b *tab) open(target string, status int64, posting bool) {
	b.t.Helper()
	b.home = target
	resp, err := chromedp.RunResponse(b.ctx, chromedp.Navigate(target))
	if err == nil && posting {
		b.evaluate(`document.querySelector("main button") ? "" :
			document.querySelector("main").insertAdjacentHTML("beforeend", "<form method=post><button>x</button></form>") ?? ""`)
		resp, err = chromedp.RunResponse(b.ctx, chromedp.Click(chromedp.CSS("main button")))
	}
	if err != nil {
		b.t.Fatalf("%s: %v", target, err)
	}
	if resp.Status != status {
		b.t.Errorf("%s: %d, want %d", target, resp.Status, status)
	}
}

// sight is what the browser shows.
type sight struct {
	Lang       string
	H1, Main   int
	Dark       bool
	Background string
	Overflow   []string // what stands out on the right
	Faint      []string // texts with too little contrast, or on what is no plain colour
	Texts      int      // how many were measured
	Violations []string // of the Content-Security-Policy
	Moved      []string // after it was drawn, as Cumulative Layout Shift counts
	Weight     int      // octets that were loaded, unpacked, without pictures
}

// look measures the page as it is now.
const look = `(() => {
	const root = document.documentElement, colour = s => {
		const m = /^rgba?\(([\d.]+), ([\d.]+), ([\d.]+)(?:, ([\d.]+))?\)$/.exec(s)
		return m && [+m[1], +m[2], +m[3], m[4] === undefined ? 1 : +m[4]]
	}
	const over = (top, below) => top.slice(0, 3).map((c, i) => c * top[3] + below[i] * (1 - top[3])).concat(1)
	const light = c => { // WCAG 2.2, relative luminance
		const [r, g, b] = c.map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
		return 0.2126 * r + 0.7152 * g + 0.0722 * b
	}
	const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05)
	const dark = matchMedia("(prefers-color-scheme: dark)").matches
	const behind = element => {
		const layers = []
		for (let e = element; e; e = e.parentElement) {
			const style = getComputedStyle(e), c = colour(style.backgroundColor)
			if (!c || style.backgroundImage !== "none" || style.opacity !== "1" || style.filter !== "none") return null
			layers.push(c)
			if (c[3] === 1) break
		}
		return layers.reduceRight((below, top) => over(top, below), dark ? [18, 18, 18, 1] : [255, 255, 255, 1])
	}
	const s = {Overflow: [], Faint: [], Texts: 0, Dark: dark, Lang: root.lang, Violations: window.violations ?? ["not counted"],
		Moved: window.moved ?? ["not counted"], Weight: performance.getEntriesByType("navigation").concat(performance.getEntriesByType("resource"))
			.filter(e => e.initiatorType !== "img" && e.initiatorType !== "iframe").reduce((sum, e) => sum + e.decodedBodySize, 0),
		H1: document.querySelectorAll("h1").length, Main: document.querySelectorAll("main").length,
		Background: getComputedStyle(document.body).backgroundColor}
	const name = e => e.localName + (e.className ? "." + e.className : "")
	if (root.scrollWidth > innerWidth || document.body.scrollWidth > innerWidth) {
		s.Overflow.push(root.scrollWidth + " px of " + innerWidth)
		for (const e of document.body.querySelectorAll("*"))
			if (e.getBoundingClientRect().right > innerWidth) s.Overflow.push(name(e))
	}
	const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
	for (let n; n = texts.nextNode();) {
		const e = n.parentElement, range = document.createRange()
		range.selectNodeContents(n)
		const seen = [...range.getClientRects()].some(r => r.width > 0 && r.height > 0)
		if (!n.data.trim() || !seen || !e.checkVisibility({visibilityProperty: true})) continue
		s.Texts++
		const back = behind(e), ink = colour(getComputedStyle(e).color)
		const ratio = back && ink ? contrast(over(ink, back), back) : 0
		if (ratio < 4.5) s.Faint.push(ratio.toFixed(2) + " " + name(e) + ": " + n.data.trim().slice(0, 40))
	}
	return s
})()`

func (b *tab) look() sight {
	b.t.Helper()
	s, err := chromedp.Run(b.ctx, chromedp.Evaluate[sight](look))
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// faults is everything that is wrong with the page as it is now. It forgets what the browser has said so far.
func (b *tab) faults(s *sight) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	faults := slices.Concat(s.Overflow, s.Faint, s.Violations, s.Moved)
	if s.Weight == 0 || s.Weight > 50_000 {
		faults = append(faults, fmt.Sprintf("the page weighs %d octets without its pictures", s.Weight))
	}
	for _, said := range b.complaints {
		if !strings.HasPrefix(said, "Failed to load resource: the server responded with a status of 4") ||
			!strings.HasSuffix(said, " "+b.home) { // a page that is an error on purpose
			faults = append(faults, said)
		}
	}
	home, _ := url.Parse(b.home)
	for _, r := range b.requests {
		if strings.HasPrefix(r, "data:") { // the browser's own, as beside a date: a page's would be a violation
			continue
		}
		if u, err := url.Parse(r); err != nil || u.Host != home.Host {
			faults = append(faults, "asks for "+r)
		}
	}
	b.complaints, b.requests = nil, nil
	return faults
}
