package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

func TestTooMuchIsToldSoAndNothingIsCutInSilence(t *testing.T) {
	t.Parallel()
	joining(t, func(n *newsroom) {
		t := n.test()
		var words []string
		for i := range 201 {
			words = append(words, fmt.Sprintf("w%d", i))
		}
		for name, c := range map[string]struct {
			field, value, id, said, korean string
		}{
			"many words":  {"words", strings.Join(words, ","), "words", "too many words", "너무 많거나 너무 깁니다"},
			"long words":  {"words", strings.Repeat("수소 ", 1000), "words", "too many words", "너무 많거나 너무 깁니다"},
			"very long":   {"words", "가" + strings.Repeat("수소,", 2000), "words", "too many words", "너무 많거나 너무 깁니다"},
			"long filter": {"filter", strings.Repeat("hydrogen ", 1000), "filter", "it is too long", "너무 깁니다"},
			"zone":        {"zone", "Mars", "zone", "We do not know this time zone. Please choose one from the list.</p>", "알 수 없는 시간대"},
		} {
			for path, said := range map[string]string{"/subscribe": c.said, "/subscribe?lang=ko": c.korean} {
				resp := n.send(path, wish("ana@example.org", c.field, c.value))
				status(t, resp, http.StatusUnprocessableEntity)
				page := text(t, resp)
				has(t, between(t, page, `id="wrong-`+c.id+`"`, "</p>")+"</p>", said)
				if strings.Count(page, `href="#`+c.id+`"`) != 1 || strings.Contains(page, "\uFFFD") {
					t.Errorf("%s: told twice, or cut within a character", name)
				}
			}
		}
		for i := range 201 {
			topic := tidings.Topic{Slug: fmt.Sprintf("t%d", i), Names: map[string]string{"en": "T"}}
			if _, err := n.db.SaveTopic(t.Context(), &topic, n.now, "test"); err != nil {
				t.Fatal(err)
			}
		}
		form := wish("ana@example.org")
		for i := range 201 {
			form.Add("topic", fmt.Sprintf("t%d", i))
		}
		has(t, between(t, text(t, n.send("/subscribe", form)), `id="wrong-topics"`, "</p>"), "too many topics")
		for _, path := range []string{"/subscribe", "/link?lang=ko", "/subscribe/embed"} {
			resp := n.send(path, wish("ana@example.org", "stamp", "x", "words", strings.Repeat("a", 70<<10)))
			status(t, resp, http.StatusRequestEntityTooLarge)
			has(t, text(t, resp), map[bool]string{false: "too much for a form", true: "너무 깁니다"}[strings.Contains(path, "ko")])
		}
		if rows := n.rows(); rows["requests"] != 0 {
			t.Errorf("something was done: %v", rows)
		}
	})
}
