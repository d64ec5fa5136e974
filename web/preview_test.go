package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

// publishAt saves a release that was published then.
func (n *newsroom) publishAt(slug string, at time.Time, change func(*tidings.Release)) {
	n.t.Helper()
	n.save(slug, func(r *tidings.Release) {
		r.Published = at
		if change != nil {
			change(r)
		}
	})
}

func TestAPreviewTellsHowOftenAndWhatWasInTheLastMail(t *testing.T) {
	t.Parallel()
	n := newJoinroom(t)
	n.read = time.Date(2026, 3, 18, 12, 0, 0, 0, time.UTC) // a Wednesday
	n.now = n.read
	monday := time.Date(2026, 3, 16, 8, 0, 0, 0, time.UTC) // when the weekly mail is due
	n.publishAt("too-late", monday.Add(time.Minute), nil)  // for that mail
	n.publishAt("just-in-time", monday, nil)
	n.publishAt("sunday", monday.Add(-time.Hour), func(r *tidings.Release) { r.Translation = "twin" })
	n.publishAt("sunday-ko", monday.Add(-time.Hour), func(r *tidings.Release) { r.Language, r.Translation = "ko", "twin" })
	n.publishAt("trade", monday.Add(-2*time.Hour), func(r *tidings.Release) { r.Topics = []string{"trade"} })
	n.publishAt("old", monday.AddDate(0, 0, -100), nil)
	for i := range 12 { // every week before that
		n.publishAt(fmt.Sprintf("week-%02d", i), monday.AddDate(0, 0, -7*(i+1)), nil)
	}
	page := n.page("/subscribe?topic=energy")
	preview := between(t, page, `id="preview"`, "</section>")
	has(t, preview, "About 4 mails a month", "16 March 2026", "About just-in-time", "About sunday<")
	hasNot(t, preview, "too-late", "trade", "About week", "About old", "sunday-ko")
	has(t, between(t, n.page("/subscribe?topic=energy&lang=ko"), `id="preview"`, "</section>"), "한 달에 약 4통", "About sunday-ko")
	for query, want := range map[string]string{
		"cadence=immediate&topic=energy": "About 5 mails a month", "cadence=daily&topic=energy": "About 5 mails a month",
		"cadence=monthly&topic=energy": "About 1 mail a month", "topic=trade": "Less than one mail a month", "q=nothing-of-it": "Nothing: in the last 90 days",
		"q=energy+-nuclear": "Nothing:",
	} {
		if got := between(t, n.page("/subscribe?"+query), `id="preview"`, "</section>"); !strings.Contains(got, want) {
			t.Errorf("%s: no %q in\n%s", query, want, got)
		}
	}
	hasNot(t, n.page("/subscribe"), "a month") // nothing is chosen: nothing is counted
}

func TestAPreviewIsShownOnDemandWithAllThatWasTyped(t *testing.T) {
	t.Parallel()
	joining(t, func(n *newsroom) {
		t := n.test()
		n.read = n.now.AddDate(0, 0, 7)
		n.save("solar", nil)
		resp := n.send("/subscribe", wish("", "do", "preview", "hour", "7", "words", "hydrogen", "zone", "America/St_Johns"))
		status(t, resp, 200)
		page := text(t, resp)
		has(t, between(t, page, `id="preview"`, "</section>"), "About solar", "a month")
		has(t, page, `<option value="7" selected>`, "\nhydrogen</textarea>", `<option value="America/St_Johns" selected>America/St Johns (UTC`, `formaction="https://news.example.org/subscribe?lang=en#preview"`)
		hasNot(t, page, "data-guess")
		if rows := n.rows(); rows["requests"] != 0 {
			t.Errorf("%v", rows)
		}
		status(t, n.send("/subscribe", wish("", "do", "preview", "zone", "Mars")), 422)
	})
}

func TestAPreviewTellsOfNothingThatIsNotPublic(t *testing.T) {
	t.Parallel()
	n := newJoinroom(t)
	n.save("draft", func(r *tidings.Release) { r.Status, r.Title = tidings.Draft, "A secret of hydrogen" })
	n.save("soon", func(r *tidings.Release) {
		r.Status, r.Title, r.Published = tidings.Scheduled, "An embargo on hydrogen", n.now.AddDate(1, 0, 0)
	})
	page := n.page("/subscribe?q=hydrogen")
	has(t, page, "Nothing: in the last 90 days")
	hasNot(t, page, "secret", "embargo")
}

func TestAPreviewOfNothingLatelyShowsWhatCameBefore(t *testing.T) {
	t.Parallel()
	n := newJoinroom(t)
	n.read = time.Date(2026, 3, 18, 12, 0, 0, 0, time.UTC)
	n.now = n.read
	for i := range 4 {
		n.publishAt(fmt.Sprintf("old-%d", i), n.now.AddDate(0, 0, -100-i), nil)
	}
	n.publishAt("once", n.now.AddDate(0, 0, -200), func(r *tidings.Release) { r.Topics = []string{"trade"} })
	preview := func(query string) string {
		return between(t, n.page("/subscribe?"+query), `id="preview"`, "</section>")
	}
	got := preview("topic=energy")
	has(t, got, "Nothing in the last 90 days. The last ones were:", "About old-0", "About old-1", "About old-2", "8 December 2025")
	hasNot(t, got, "old-3", "once")
	has(t, preview("topic=trade&lang=ko"), "최근 90일 동안에는", "About once")
	has(t, preview("topic=trade"), "The last one was:")
	n.publishAt("fresh", n.now.Add(-time.Hour), func(r *tidings.Release) { r.Topics = []string{"trade"} })
	got = preview("topic=trade&cadence=monthly")
	has(t, got, "The next one brings:", "About fresh")
	hasNot(t, got, "Nothing in", "About once")
}
