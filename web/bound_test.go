package web_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

func TestOneLargeReleaseCrowdsNoOtherOutOfAFeed(t *testing.T) {
	t.Parallel()
	for name, large := range map[string][]int{
		"newest": {9}, "in the middle": {5}, "oldest": {0}, "several": {1, 4, 5, 9}, "all": {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNewsroom(t)
			for i := range 10 {
				n.save(fmt.Sprintf("r%d", i), func(r *tidings.Release) {
					if slices.Contains(large, i) {
						r.Body.HTML, r.Summary = "<p>"+strings.Repeat("large ", 60_000)+"</p>", "What is large."
					}
				})
			}
			for path, count := range shown(t, n, "all") {
				if count != 10 {
					t.Errorf("%s shows %d releases, want 10", path, count)
				}
			}
			rss := n.page("/feeds/all.rss")
			has(t, rss, `<p>What is large.</p>`, `<a href="https://news.example.org/releases/r`+fmt.Sprint(large[0])+`">`)
			hasNot(t, rss, "large large")
			has(t, n.page(fmt.Sprintf("/releases/r%d", large[0])), "large large")
		})
	}
}

func TestAFeedHoldsAsManyOfTheNewestReleasesAsFit(t *testing.T) {
	t.Parallel()
	for name, octets := range map[string]func(i int) int{
		"large ones":          func(int) int { return 45_000 },
		"the newest is large": func(i int) int { return []int{5_000, 55_000}[i/49] },
		"the oldest is large": func(i int) int { return []int{55_000, 5_000}[min(i, 1)] },
		"by turns":            func(i int) int { return []int{100, 50_000}[i%2] },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNewsroom(t)
			for i := range 50 {
				n.save(fmt.Sprintf("r%d", i), func(r *tidings.Release) {
					r.Body.HTML = "<p>" + strings.Repeat("x", octets(i)) + "</p>"
				})
			}
			want, sum := 0, 0
			for i := 49; i >= 0 && sum+octets(i)+700 < 250_000; i-- { // some 500 octets stand around a text
				sum, want = sum+octets(i)+500, want+1
			}
			counts := shown(t, n, "all")
			for path, count := range counts {
				if count != counts["/feeds/all.json"] || count < want || count > want+1 {
					t.Errorf("%s shows %d releases, want some %d, as in JSON", path, count, want)
				}
			}
		})
	}
}

// shown counts the releases in each format of a feed, the newest first, and holds the JSON Feed to its bound.
func shown(t *testing.T, n *newsroom, name string) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for format, entry := range map[tidings.FeedFormat]string{tidings.Atom: "<entry", tidings.RSS: "<item>", tidings.JSON: `"content_html"`} {
		path := "/feeds/" + name + "." + string(format)
		body := n.page(path)
		counts[path] = strings.Count(body, entry)
		if format == tidings.JSON && (len(body) > 250_000 || !json.Valid([]byte(body))) {
			t.Errorf("%s: %d octets, and JSON: %v", path, len(body), json.Valid([]byte(body)))
		}
	}
	return counts
}
