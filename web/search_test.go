package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

func search(q string) string { return "/search?q=" + url.QueryEscape(q) }

func TestSearchShowsWhatTheWordsFound(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("hydrogen", func(r *tidings.Release) {
		r.Title, r.Body.Text, r.Language = "그린수소 <산업> 육성", strings.Repeat("앞말 ", 200)+"수소경제 이행"+strings.Repeat(" 뒷말", 200), "ko"
	})
	n.save("solar", nil)
	page := n.page(search("수소"))
	has(t, page, "그린<mark>수소</mark> &lt;산업&gt; 육성", "<mark>수소</mark>경제", "…", "/releases/hydrogen")
	hasNot(t, page, "About solar")
	has(t, n.page(search("-수소")), "About solar")
	hasNot(t, n.page(search("topic:energy none")), "About solar")
	resp := n.get(search("수소"))
	if got := resp.Header.Get("X-Robots-Tag"); got != "noindex" {
		t.Errorf("X-Robots-Tag is %q", got)
	}
	for _, q := range []string{"", "   "} {
		status(t, n.get(search(q)), http.StatusOK)
		hasNot(t, n.page(search(q)), "About solar")
	}
	status(t, n.get("/search"), http.StatusOK)
}

// People write words, not filters.
func TestSearchTakesWhatIsNoFilterAsWords(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", func(r *tidings.Release) { r.Title = `The C++ "battery" (Li-ion): a pack` })
	for _, q := range []string{
		"C++", `"battery`, "battery)", "(battery", "ion):", "battery - pack", "battery AND pack", "OR battery", "battery -", "ion: battery",
	} {
		page := n.page(search(q))
		has(t, page, "/releases/solar")
		hasNot(t, page, `id="problem"`)
	}
	for _, q := range []string{"after:2025-13", "battery lang:", "!!!", strings.Repeat("x", 301), strings.Repeat("수", 1000)} {
		page := n.page(search(q))
		has(t, page, `id="problem"`)
		hasNot(t, page, "/releases/solar")
	}
	status(t, n.get("/search?q=%ff%00"), http.StatusOK)
}

func TestSearchGoesOnPageByPageAndNotForEver(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	for i := range 41 {
		n.save(fmt.Sprint("wind-", i), nil)
	}
	has(t, n.page(search("wind")), "/releases/wind-40", `/search?q=wind&amp;page=2"`)
	has(t, n.page("/search?page=2&q=wind"), "/releases/wind-20", `/search?q=wind"`, `/search?q=wind&amp;page=3"`)
	last := n.page("/search?q=wind&page=3")
	has(t, last, "/releases/wind-0")
	hasNot(t, last, "page=4")
	for target, want := range map[string]int{
		"/search?q=wind&page=4": http.StatusNotFound, "/search?q=wind&page=51": http.StatusNotFound, "/search?q=wind&page=x": http.StatusNotFound,
		"/search?q=wind&page=1": http.StatusMovedPermanently, "/search?q=wind&page=02": http.StatusMovedPermanently,
		"/search?page=2": http.StatusMovedPermanently,
	} {
		status(t, n.get(target), want)
	}
}
