package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

// changes are the letters that tell the subscriber what was done by the link of a digest.
func (n *newsroom) changes() (letters []tidings.Delivery) {
	n.t.Helper()
	d, err := n.db.Dossier(n.t.Context(), n.subscriber().ID)
	if err != nil {
		n.t.Fatal(err)
	}
	for _, l := range d.Letters {
		if l.Letter.Kind == tidings.ChangedLetter {
			letters = append(letters, l)
		}
	}
	return letters
}

func TestTheOwnPageByADigestShowsNoWordThatWasTyped(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	_, link := n.reader()
	own := n.ownLink()
	n.done(own, "choose", "Saved", "was", "daily", "topic", "energy", "words", "zeppelin\ncold fusion", "cadence", "daily")
	n.done(own, "choose", "Saved", "words", "airship", "cadence", "weekly")
	n.done(own, "choose", "Saved", "filter", "topic:trade -balloon", "cadence", "immediate")
	has(t, n.page(own), "zeppelin", "airship", "balloon")
	before := n.filters()
	for target, want := range map[string]string{
		link: "<li>2 words that you chose</li>", link + "?change=daily": "Besides, 2 words that you chose.",
		link + "?change=weekly": "Besides, 1 word that you chose.", link + "?change=immediate": "What is in this mail is a filter.",
		link + "?change=%2B": "a filter that your own link shows",
	} {
		body := n.page(target)
		has(t, body, want)
		hasNot(t, body, "zeppelin", "cold fusion", "airship", "balloon")
	}
	hasNot(t, n.page(link+"?change=daily"), `name="words"`, `name="filter"`)
	hasNot(t, n.page(link+"?change=immediate"), `name="words"`, `name="filter"`, `name="topic"`)
	if len(n.changes()) != 0 || n.filters() != before {
		t.Errorf("%d letters, %s", len(n.changes()), n.filters())
	}
	for _, was := range []string{"daily", "weekly", "immediate"} { // and none comes back with a fault
		resp := n.press(link+"/choose", "was", was, "cadence", was, "hour", "99", "words", "", "topic", "none")
		status(t, resp, http.StatusUnprocessableEntity)
		hasNot(t, text(t, resp), "zeppelin", "cold fusion", "airship", "balloon")
	}
}

func TestWhatIsSavedByADigestKeepsTheWords(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	_, link := n.reader()
	own := n.ownLink()
	n.done(own, "choose", "Saved", "was", "daily", "topic", "energy", "words", "zeppelin\ncold fusion", "cadence", "daily")
	n.done(own, "choose", "Saved", "filter", "topic:trade -balloon", "cadence", "weekly")
	for _, more := range [][]string{nil, {"words", "pills"}, {"filter", "pills"}} { // no field of these forms
		n.done(link, "choose", "Saved", append(more, "was", "daily", "topic", "trade", "in", "en", "cadence", "daily", "hour", "7")...)
		n.done(link, "choose", "Saved", append(more, "was", "weekly", "cadence", "weekly", "topic", "energy", "hour", "8")...)
		want := `daily 7 UTC lang:en (topic:trade OR "cold fusion" OR zeppelin); weekly 8 UTC topic:trade -balloon`
		if got := n.filters(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestWhatIsDoneByADigestIsToldAndByTheOwnLinkIsNot(t *testing.T) {
	t.Parallel()
	for action, step := range map[string]struct {
		said   string
		fields []string
	}{
		"choose":   {"Saved", []string{"was", "daily", "cadence", "daily", "topic", "trade"}},
		"settings": {"", []string{"zone", "Asia/Seoul", "language", "ko"}},
		"pause":    {"", nil},
		"leave":    {"", nil},
	} {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			for _, byOwn := range []bool{true, false} {
				n := newNewsroom(t)
				_, link := n.reader()
				if byOwn {
					link = n.ownLink()
				}
				status(t, n.press(link+"/"+action, step.fields...), http.StatusSeeOther)
				told := n.changes()
				if byOwn != (len(told) == 0) || len(told) > 1 {
					t.Fatalf("own %v: %d letters", byOwn, len(told))
				}
				if !byOwn && (told[0].Letter.Expires.Sub(n.clock()) != 24*time.Hour || strings.Contains(told[0].LastReply, "@")) {
					t.Errorf("%+v", told[0].Letter)
				}
			}
		})
	}
}
