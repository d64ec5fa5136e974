package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store/storetest"
)

func TestOldPathLeadsToItsReleaseHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	r := storetest.Save(t, db, at(0), tidings.Release{Slug: "a", Aliases: []string{
		"/2019/05/a-title/", "2019/05//a-title", "/%EA%B2%BD%EC%A0%9C/뉴스?utm_source=mail#top", "/100%-of-it", "/why%3F", "/?p=7", "/x%0AHeader set X y", "",
	}})
	want := []string{"/2019/05/a-title", "/경제/뉴스", "/100%25-of-it", "/why%3F"}
	if !slices.Equal(r.Aliases, want) {
		t.Errorf("they are kept as %q, want %q", r.Aliases, want)
	}
	for _, path := range []string{"/2019/05/a-title", "/2019/05/a-title/", "/경제/뉴스", "/100%-of-it", "/why?"} {
		if slug, err := db.Alias(t.Context(), path, ""); err != nil || slug != "a" {
			t.Errorf("%s leads to %q, %v", path, slug, err)
		}
	}
	for _, path := range []string{"/", "", "/2019/05", "/2019/05/A-TITLE", "/2019/05/a-title/b", "/why"} {
		if slug, err := db.Alias(t.Context(), path, ""); !errors.Is(err, tidings.ErrNotFound) {
			t.Errorf("%s leads to %q, %v", path, slug, err)
		}
	}
	r.Status = ""
	if _, change := save(t, db, r, at(1)); change != tidings.Same {
		t.Errorf("what was read and comes back is %s", change)
	}
	r.Slug, r.SlugByHand, r.Aliases = "b", true, want[:1]
	save(t, db, r, at(2))
	if slug, err := db.Alias(t.Context(), want[0], ""); err != nil || slug != "b" {
		t.Errorf("after another slug it leads to %q, %v", slug, err)
	}
	if _, err := db.Alias(t.Context(), want[1], ""); !errors.Is(err, tidings.ErrNotFound) {
		t.Errorf("what the revision dropped: %v", err)
	}
}

func TestOldPathOfSeveralLeadsToThePublicOneThatWasThereFirst(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	claim := func(slug string, status tidings.Status) tidings.Release {
		return storetest.Save(t, db, at(0), tidings.Release{Slug: slug, Status: status, Aliases: []string{"/old"}})
	}
	leads := func(want string) {
		t.Helper()
		if slug, err := db.Alias(t.Context(), "/old", ""); slug != want || (err != nil) != (want == "") {
			t.Errorf("leads to %q, %v; want %q", slug, err, want)
		}
	}
	claim("draft", tidings.Draft)
	leads("")
	first := claim("first", tidings.Published)
	second := claim("second", tidings.Published)
	leads("first")
	withdraw(t, db, first.ID, tidings.Withdrawal{}, 1)
	leads("second")
	withdraw(t, db, second.ID, tidings.Withdrawal{}, 2)
	leads("first")
}

func TestOldAddressesMayDifferInTheirQueryAlone(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	long := "/board/view.do?seq=" + strings.Repeat("9", 400)
	a := storetest.Save(t, db, at(0), tidings.Release{Slug: "a", Aliases: []string{"/board/view.do?seq=1&board=%EA%B2%BD", "/board/view.do?board=경&seq=1", long}})
	storetest.Save(t, db, at(0), tidings.Release{Slug: "b", Aliases: []string{"/board/view.do?seq=2"}})
	storetest.Save(t, db, at(0), tidings.Release{Slug: "c", Aliases: []string{"/page"}})
	if want := []string{"/board/view.do?board=%EA%B2%BD&seq=1"}; !slices.Equal(a.Aliases, want) {
		t.Errorf("they are kept as %q, want %q", a.Aliases, want)
	}
	a.Status = ""
	if _, change := save(t, db, a, at(1)); change != tidings.Same {
		t.Errorf("what was read and comes back is %s", change)
	}
	for _, c := range []struct{ path, query, want string }{
		{"/board/view.do", "seq=1&board=%EA%B2%BD", "a"},
		{"/board/view.do/", "board=%ea%b2%bd&seq=1&utm_source=mail", "a"},
		{"/board/view.do", "seq=2", "b"},
		{"/board/view.do", "seq=3", ""},
		{"/board/view.do", "", ""},
		{"/board/view.do", "seq=1", ""},
		{"/board/view.do?seq=2", "", ""},
		{"/page", "seq=2", "c"},
		{"/page", "%zz", "c"},
		{"/page", strings.Repeat("a", 9000), "c"},
	} {
		if slug, err := db.Alias(t.Context(), c.path, c.query); slug != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%s?%s leads to %q, %v; want %q", c.path, c.query, slug, err, c.want)
		}
	}
	places, err := db.Places(t.Context())
	for _, p := range places {
		if strings.Contains(p.Path, "board") {
			t.Errorf("an export would have %+v", p)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}
