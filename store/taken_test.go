package store

import (
	"testing"

	"github.com/tidings/tidings"
)

// TestWhatASourceSaysAgainLeavesTheDesksWordAlone is the day on which a corrected archive is imported once more.
func TestWhatASourceSaysAgainLeavesTheDesksWordAlone(t *testing.T) {
	t.Parallel()
	db := open(t)
	site := &tidings.Site{TagEntity: "news.example.org,2026"}
	n := 0
	file := func(title string, atDesk bool) tidings.Change {
		t.Helper()
		n++
		r := tidings.Release{
			Source: "site:a.md", SourceGuessed: !atDesk, AtDesk: atDesk, Slug: "a", Language: "en", Title: "The sum",
			Status: tidings.Published, Body: tidings.Body{Format: tidings.Markdown, Source: title, HTML: "<p>" + title + "</p>", Text: title},
		}
		if atDesk {
			r.Title, r.Note = "The right sum", "The sum was wrong."
		}
		filed, err := db.SaveBatch(t.Context(), site, []tidings.Filing{{Release: &r}}, at(n), "test")
		if err != nil || filed[0].Err != nil {
			t.Fatal(err, filed)
		}
		return filed[0].Change
	}
	says := func(step, want string) {
		t.Helper()
		r, err := db.Release(t.Context(), "a")
		if err != nil || r.Body.Text != want {
			t.Errorf("after %s the page says %q, %v; want %q", step, r.Body.Text, err, want)
		}
	}
	file("2.1", false)
	file("1.2", true)
	if c := file("2.1", false); c != tidings.Same {
		t.Errorf("the same file again is %s", c)
	}
	says("the same file again", "1.2")
	if c := file("3.3", true); c != tidings.Changed {
		t.Errorf("the desk's next word is %s", c)
	}
	file("2.1", false)
	says("the same file once more", "3.3")
}

func TestASourceThatCaughtUpWithTheDeskIsHeard(t *testing.T) {
	t.Parallel()
	db := open(t)
	site := &tidings.Site{TagEntity: "news.example.org,2026"}
	n := 0
	file := func(text string, atDesk bool) {
		t.Helper()
		n++
		r := tidings.Release{
			Source: "id:a", AtDesk: atDesk, Slug: "a", Language: "en", Title: "The sum", Status: tidings.Published,
			Body: tidings.Body{Format: tidings.Markdown, Source: text, HTML: "<p>" + text + "</p>", Text: text},
		}
		if _, err := db.Save(t.Context(), site, &r, at(n), "test"); err != nil {
			t.Fatal(err)
		}
	}
	file("2.1", false)
	file("1.2", true)
	file("1.2", false) // the file was mended too
	file("3.3", true)
	file("1.2", false)
	r, err := db.Release(t.Context(), "a")
	if err != nil || r.Body.Text != "3.3" {
		t.Errorf("the page says %q, %v; the desk spoke last", r.Body.Text, err)
	}
	file("4.4", false)
	if r, err = db.Release(t.Context(), "a"); err != nil || r.Body.Text != "4.4" {
		t.Errorf("the page says %q, %v; the source has something new", r.Body.Text, err)
	}
}
