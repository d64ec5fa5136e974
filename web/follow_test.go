package web_test

import (
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

func TestASearchIsFollowedInOneStepByMailOrFeed(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.joins = true
	n.open()
	n.save("solar", nil)
	for q, want := range map[string]struct{ mail, feed, title string }{
		"Solar":              {"?q=solar", "/feeds/search.atom?q=solar", "“solar”"},
		"solar&lang=ko":      {"?lang=ko&amp;q=solar", "/feeds/search.atom?q=solar", "‘solar’"},
		`"solar`:             {"?q=solar", "/feeds/search.atom?q=solar", "“solar”"}, // as it was understood
		"none":               {"?q=none", "/feeds/search.atom?q=none", "“none”"},    // what may come yet
		"topic:Energy":       {"?topic=energy", "/feeds/topics/energy.atom", "Energy"},
		"lang:KO":            {"?q=lang%3Ako", "/feeds/languages/ko.atom", "한국어"},
		"topic:trade,energy": {"?q=topic%3Aenergy%2Ctrade", "/feeds/search.atom?q=topic%3Aenergy%2Ctrade", "Energy or Trade"},
	} {
		body := n.page("/search?q=" + q)
		has(t, body, `<a href="https://news.example.org/subscribe`+want.mail+`"`, `<a href="https://news.example.org`+want.feed+`"`)
		var found bool
		for link := range strings.SplitSeq(body, `<link rel="alternate" `) {
			found = found || strings.Contains(link, `href="https://news.example.org`+want.feed+`"`) && strings.Contains(link, want.title) &&
				strings.Contains(link, `type="application/atom+xml"`)
		}
		if !found {
			t.Errorf("%q: its feed is not discovered by %q and %q", q, want.feed, want.title)
		}
		status(t, n.get(want.feed), 200) // at its own address, not by way of another
	}
	for _, q := range []string{"", "topic:nonesuch", "after:2025-13", "topic:fisheries", strings.Repeat("x", 301), hyphened(70)} {
		body := n.page(search(q))
		hasNot(t, body, "/feeds/search.", `class="follow"`)
	}
}

func TestPagesLeadToTheFormWhereVisitorsMayJoin(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.joins = true
	n.open()
	n.save("solar", func(r *tidings.Release) { r.Office = "Press Office" })
	n.save("taeyang", func(r *tidings.Release) { r.Language, r.Title, r.Topics = "ko", "태양광", nil })
	const join = "https://news.example.org/subscribe"
	for path, want := range map[string]string{
		"/": join, "/topics/energy": join + "?topic=energy", "/languages/ko": join + "?lang=ko&amp;q=lang%3Ako", "/feeds": join,
		"/offices/press-office": join, "/releases/solar": join + "?topic=energy", "/releases/taeyang": join + "?lang=ko",
	} {
		has(t, n.page(path), `href="`+want+`"`)
	}
	n.joins = false
	n.open()
	for _, path := range everywhere() {
		hasNot(t, n.page(path), base+"/subscribe")
	}
}
