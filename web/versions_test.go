package web_test

import (
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

func TestAListShowsOneVersionOfAReleaseAndLinksTheOthers(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	for _, v := range [][2]string{{"ko", "철강"}, {"fr", "acier"}, {"en", "steel"}} {
		n.save(v[1], func(r *tidings.Release) { r.Language, r.Translation, r.Title = v[0], "steel", "Of "+v[1] })
	}
	n.save("alone", nil)
	front := n.page("/")
	if got := strings.Count(front, "<article"); got != 2 {
		t.Errorf("%d entries, want the steel in English and the one that stands alone", got)
	}
	has(t, front, ">Of steel</a>", `title="Of acier">français</a>`, `title="Of 철강">한국어</a>`)
	korean := n.page("/languages/ko")
	has(t, korean, ">Of 철강</a>")
	if strings.Contains(korean, "Of steel") {
		t.Error("the list of one language links the versions in others")
	}
}
