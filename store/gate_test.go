package store_test

import (
	gocmp "cmp"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

func selectionsOf() []tidings.Selection {
	return []tidings.Selection{{}, {Topic: "energy"}, {Topic: "trade"}, {Language: "en"}, {Language: "pt"}, {Language: "pt-BR"}}
}

// world is all that the public can see: everywhere, and at these pages with the old paths and the files named after them.
func world(t *testing.T, db *store.DB, slugs ...string) map[string]any {
	t.Helper()
	seen := map[string]any{}
	for _, sel := range append(selectionsOf(), tidings.Selection{Office: "Energy Office"}) {
		stones, err := db.Withdrawn(t.Context(), sel, 0)
		seen["withdrawn "+sel.Filter()+sel.Office] = []any{stones, fmt.Sprint(err)}
		n, err := db.Count(t.Context(), tidings.Query{Selection: sel})
		if err != nil {
			t.Fatal(err)
		}
		releases, err := db.Releases(t.Context(), tidings.Query{Selection: sel})
		if err != nil {
			t.Fatal(err)
		}
		mark, err := db.Mark(t.Context(), sel)
		if err != nil {
			t.Fatal(err)
		}
		first, err := db.Releases(t.Context(), tidings.Query{Selection: sel, Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		addresses, err := db.Addresses(t.Context(), tidings.Query{Selection: sel})
		seen["selection "+sel.Filter()+sel.Office] = []any{n, releases, first, mark, addresses, fmt.Sprint(err)}
	}
	for _, slug := range slugs {
		r, err := db.Release(t.Context(), slug)
		seen["page "+slug] = []any{r, fmt.Sprint(err)}
		to, err := db.Alias(t.Context(), "/old/"+slug, "")
		seen["old path of "+slug] = []any{to, fmt.Sprint(err)}
		f, err := db.File(t.Context(), fileOf(slug).Hash)
		seen["file of "+slug] = []any{f, fmt.Sprint(err)}
		versions, err := db.Alternates(t.Context(), r.ID)
		seen["alternates of "+slug] = []any{versions, fmt.Sprint(err)}
	}
	offices, err := db.Offices(t.Context())
	seen["offices"] = []any{offices, fmt.Sprint(err)}
	months, err := db.Months(t.Context(), time.UTC)
	seen["months"] = []any{months, fmt.Sprint(err)}
	hits, err := db.Search(t.Context(), storetest.To(t, "", "title").Filter, time.UTC, 9, 0)
	seen["search"] = []any{hits, fmt.Sprint(err)}
	newest, err := db.NewestSeq(t.Context())
	seen["newest"] = []any{newest, err}
	return seen
}

// fileOf is the file that the release with the slug shows.
func fileOf(slug string) tidings.File {
	return storetest.File(slug+".png", "image/png", "drawn for "+slug)
}

func TestWhatIsNotPublicLeaksNowhere(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Topics(t, db, at(0), "energy", "trade")
	storetest.Save(t, db, at(1), tidings.Release{
		Slug: "open", Topics: []string{"energy"}, Translation: "key", Aliases: []string{"/old/open"}, Office: "Trade Office",
	}, fileOf("open"))
	before := world(t, db, "open", "draft", "coming", "dropped")

	hide := func(slug, language string, status tidings.Status, published time.Time) tidings.Release {
		return storetest.Save(t, db, at(2), tidings.Release{
			Slug: slug, Language: language, Status: status, Published: published, Topics: []string{"energy", "trade"},
			Office: "Energy Office", Translation: "key", Aliases: []string{"/old/" + slug, "/old/open"}, Note: "A note.",
		}, fileOf(slug))
	}
	hide("draft", "pt", tidings.Draft, time.Time{})
	coming := hide("coming", "pt-BR", tidings.Scheduled, at(100))
	dropped := hide("dropped", "de", tidings.Draft, time.Time{})
	if next, err := db.NextScheduled(t.Context()); err != nil || !next.Equal(at(100)) {
		t.Errorf("the next is due at %v, %v", next, err)
	}
	coming.Title = "Another title"
	storetest.Save(t, db, at(3), coming)
	if err := db.SetTopics(t.Context(), coming.ID, []string{"trade"}, at(4), "test"); err != nil {
		t.Fatal(err)
	}
	if err := db.Withdraw(t.Context(), dropped.ID, tidings.Withdrawal{Reason: "A secret reason.", Successor: coming.ID, Notify: true}, at(5), "test"); err != nil {
		t.Fatal(err)
	}
	if due, err := db.PublishDue(t.Context(), at(100).Add(-time.Millisecond)); err != nil || len(due) != 0 {
		t.Fatalf("%d releases went public before their time, %v", len(due), err)
	}
	if diff := cmp.Diff(before, world(t, db, "open", "draft", "coming", "dropped")); diff != "" {
		t.Errorf("the world saw something:\n%s", diff)
	}

	due, err := db.PublishDue(t.Context(), at(100))
	if err != nil || len(due) != 1 || due[0].Seq != 2 || !due[0].Public() {
		t.Fatalf("at its instant: %v, %v", due, err)
	}
	if r, err := db.Release(t.Context(), "coming"); err != nil || !r.Published.Equal(at(100)) || !r.Updated.Equal(at(100)) {
		t.Errorf("its page: %v of %v, updated %v", err, r.Published, r.Updated)
	}
	if next, err := db.NextScheduled(t.Context()); err != nil || !next.IsZero() {
		t.Errorf("the next is due at %v, %v", next, err)
	}
	after := world(t, db, "open", "draft", "coming", "dropped")
	for what, seen := range before {
		same := strings.HasSuffix(what, "draft") || strings.HasSuffix(what, "dropped") || strings.HasSuffix(what, "of open") &&
			!strings.HasPrefix(what, "alternates") || strings.HasPrefix(what, "withdrawn") || what == "page open"
		if same != cmp.Equal(seen, after[what], cmpopts.EquateEmpty()) && !strings.HasSuffix(what, ":en") {
			t.Errorf("%s, once it is public:\n%s", what, cmp.Diff(seen, after[what]))
		}
	}
}

func TestWithdrawnReleaseLeavesOnlyATombstone(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	r := storetest.Save(t, db, at(1), tidings.Release{Slug: "a", Body: tidings.Body{Text: "What must not be said."}})
	if err := db.Withdraw(t.Context(), r.ID, tidings.Withdrawal{Reason: "The figures were wrong."}, at(2), "test"); err != nil {
		t.Fatal(err)
	}
	got, err := db.Release(t.Context(), "a")
	if !errors.Is(err, tidings.ErrWithdrawn) || got.Reason != "The figures were wrong." || got.Title != r.Title {
		t.Errorf("got %+v, %v", got, err)
	}
	if got.Body != (tidings.Body{}) || got.Summary != "" {
		t.Error("the text is still there")
	}
	if n, err := db.Count(t.Context(), tidings.Query{}); err != nil || n != 0 {
		t.Errorf("it counts: %d, %v", n, err)
	}
	if seq, err := db.LastWithdrawal(t.Context()); err != nil || seq != 2 {
		t.Errorf("last withdrawal %d, %v; want 2", seq, err)
	}
	if err := db.Withdraw(t.Context(), r.ID, tidings.Withdrawal{Reason: "Again."}, at(3), "test"); err != nil {
		t.Errorf("twice: %v", err)
	}
	if err := db.PublishNow(t.Context(), r.ID, at(4), "test"); err == nil {
		t.Error("a withdrawn release came back")
	}
}

func TestMarksMoveExactlyWhenTheirSelectionDoes(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Topics(t, db, at(0), "energy", "trade")
	id := int64(0)
	put := func(change func(*tidings.Release)) func(time.Time) error {
		return func(now time.Time) error {
			r := tidings.Release{Slug: "a", Language: "en", Topics: []string{"energy"}}
			change(&r)
			id = storetest.Save(t, db, now, r).ID
			return nil
		}
	}
	before := marks(t, db)
	for i, step := range []struct {
		name string
		do   func(time.Time) error
		want string
	}{
		{"first", put(func(*tidings.Release) {}), "all topic:energy lang:en"},
		{"the same again", put(func(*tidings.Release) {}), ""},
		{"an edit", put(func(r *tidings.Release) { r.Title = "B" }), "all topic:energy lang:en"},
		{
			"another topic", put(func(r *tidings.Release) { r.Title, r.Topics = "B", []string{"trade"} }),
			"all topic:energy topic:trade lang:en",
		},
		{
			"another language", put(func(r *tidings.Release) { r.Title, r.Topics, r.Language = "B", []string{"trade"}, "pt-BR" }),
			"all topic:trade lang:en lang:pt lang:pt-BR",
		},
		{
			"a withdrawal", func(now time.Time) error {
				return db.Withdraw(t.Context(), id, tidings.Withdrawal{Reason: ""}, now, "test")
			},
			"all topic:trade lang:pt lang:pt-BR",
		},
		{"a topic's rule", func(now time.Time) error {
			_, err := db.SaveTopic(t.Context(), &tidings.Topic{
				Slug: "trade", Names: map[string]string{"en": "trade"},
				Order: 1, Rule: storetest.To(t, "daily", "trade").Filter,
			}, now, "test")
			return err
		}, ""},
		{
			"a topic's end", func(now time.Time) error { return db.EndTopic(t.Context(), "trade", now, "test") },
			"all topic:energy topic:trade lang:en lang:pt lang:pt-BR",
		},
	} {
		if err := step.do(at(10 - i)); err != nil { // the clock goes backwards
			t.Fatalf("%s: %v", step.name, err)
		}
		after := marks(t, db)
		var moved []string
		for _, sel := range selectionsOf() {
			was, is := before[sel], after[sel]
			if is.At.Before(was.At) || is.Seq < was.Seq {
				t.Errorf("%s: the mark of %q went backwards: %v to %v", step.name, sel.Filter(), was, is)
			}
			if was != is {
				moved = append(moved, gocmp.Or(sel.Filter(), "all"))
			}
		}
		if got := strings.Join(moved, " "); got != step.want {
			t.Errorf("%s: moved %q, want %q", step.name, got, step.want)
		}
		before = after
	}
}

func marks(t *testing.T, db *store.DB) map[tidings.Selection]tidings.Mark {
	t.Helper()
	all := map[tidings.Selection]tidings.Mark{}
	for _, sel := range selectionsOf() {
		mark, err := db.Mark(t.Context(), sel)
		if err != nil {
			t.Fatal(err)
		}
		all[sel] = mark
	}
	return all
}

func TestReleasesComeNewestFirstByTheirOwnDate(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Topics(t, db, at(0), "energy")
	for _, r := range []tidings.Release{
		{Slug: "old", Published: at(-900)},
		{Slug: "new", Published: at(-1), Topics: []string{"energy"}},
		{Slug: "backdated", Published: at(-500), Topics: []string{"energy"}, Language: "pt-BR"},
		{Slug: "same-date", Published: at(-500), Language: "pt"},
	} {
		storetest.Save(t, db, at(1), r)
	}
	for query, want := range map[tidings.Query]string{
		{}:                    "new same-date backdated old",
		{Limit: 2}:            "new same-date",
		{Limit: 2, Offset: 1}: "same-date backdated",
		{Offset: 3}:           "old",
		{Selection: tidings.Selection{Topic: "energy"}}:            "new backdated",
		{Selection: tidings.Selection{Topic: "nonesuch"}}:          "",
		{Selection: tidings.Selection{Language: "pt"}}:             "same-date backdated",
		{Selection: tidings.Selection{Language: "pt-BR"}}:          "backdated",
		{Selection: tidings.Selection{Language: "p"}}:              "",
		{Selection: tidings.Selection{Language: "en"}, Offset: 1}:  "old",
		{Selection: tidings.Selection{Topic: "energy"}, Offset: 1}: "backdated",
	} {
		releases, err := db.Releases(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		var slugs []string
		for _, r := range releases {
			slugs = append(slugs, r.Slug)
		}
		if got := strings.Join(slugs, " "); got != want {
			t.Errorf("%+v: got %q, want %q", query, got, want)
		}
		if n, err := db.Count(t.Context(), tidings.Query{Selection: query.Selection}); query.Limit+query.Offset == 0 && (err != nil || n != len(slugs)) {
			t.Errorf("%+v: counted %d, %v", query, n, err)
		}
	}
}

func TestArchiveIsPublicButNeverMailed(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	s := storetest.Subscribe(t, db, at(0), "kim@example.org", storetest.To(t, tidings.Daily, ""))
	r := tidings.Release{Source: "old", Slug: "old", Language: "en", Title: "Old", Status: tidings.Published, Published: at(-9999)}
	if _, err := db.SaveArchived(t.Context(), storetest.Site(t), &r, at(1), "test"); err != nil || !r.Public() {
		t.Fatalf("public: %t, %v", r.Public(), err)
	}
	fresh := storetest.Save(t, db, at(2), tidings.Release{Slug: "new"})
	_, candidates, err := db.Preview(t.Context(), s.ID, s.Subscriptions[0].ID)
	if err != nil || len(candidates) != 1 || candidates[0].Release.ID != fresh.ID || candidates[0].Seq != fresh.Seq {
		t.Errorf("candidates %v, %v; want the new one alone", candidates, err)
	}
}
