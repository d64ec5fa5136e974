package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// at is an instant some minutes into the tests' day.
func at(minutes int) time.Time {
	return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC).Add(time.Duration(minutes) * time.Minute)
}

func save(t *testing.T, db *store.DB, r tidings.Release, now time.Time) (tidings.Release, tidings.Change) {
	t.Helper()
	change, err := db.Save(t.Context(), storetest.Site(t), &r, now, "test")
	if err != nil {
		t.Fatal(err)
	}
	return r, change
}

// full is a release that uses every field.
func full() tidings.Release {
	return tidings.Release{
		Source: "file:a.txt", Slug: "산업부-장관", Language: "ko", Title: "산업부 장관", Summary: "₩ and Šefčovič",
		Body:   tidings.Body{Format: tidings.Markdown, Source: "**a**", HTML: "<p><strong>a</strong></p>", Text: "a"},
		Topics: []string{"trade", "energy"}, TopicsByHand: true, Office: "Trade Policy", Authors: []string{"Kim", "Lee"},
		Contact:     tidings.Contact{Name: "Kim", Email: "kim@example.org", Phone: "+82"},
		Attachments: []tidings.Attachment{{Name: "a.xlsx", URL: "https://x.example/a.xlsx", MediaType: "a/b", Size: 12}},
		Status:      tidings.Published, Published: at(-5000), Note: "first",
		Translation: "2026/minister", Aliases: []string{"/2026/장관", "/old"},
	}
}

func TestReleaseComesOutAsItWentIn(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Topics(t, db, at(0), "energy", "trade")
	in := full()
	saved, change := save(t, db, in, at(1))
	if change != tidings.Created {
		t.Errorf("got %s, want created", change)
	}
	want := in
	want.ID, want.Revision, want.Seq = 1, 1, 1
	want.URI, want.Updated = "tag:news.example.org,2026:release/%EC%82%B0%EC%97%85%EB%B6%80-%EC%9E%A5%EA%B4%80", in.Published
	if diff := cmp.Diff(want, saved); diff != "" {
		t.Errorf("completed in place (-want +got):\n%s", diff)
	}
	got, err := db.Release(t.Context(), in.Slug)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	for _, ref := range []string{in.Slug, "1", want.URI} {
		if got, err := db.DeskRelease(t.Context(), ref); err != nil || got.ID != 1 {
			t.Errorf("DeskRelease(%s) = %d, %v", ref, got.ID, err)
		}
	}
}

func TestSecondImportOfTheSameWritesNothing(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Topics(t, db, at(0), "energy", "trade")
	for _, r := range []tidings.Release{
		full(),
		{Source: "b", Slug: "b", Language: "en", Title: "B", Status: tidings.Draft},
		{Source: "c", Slug: "b", Language: "en", Title: "B as well", Status: tidings.Scheduled, Published: at(600)},
		{Source: "d", Language: "en", Title: "No slug, no date", Status: tidings.Published},
		{Source: "e", Slug: "e", Language: "en", Title: "Own dates", Status: tidings.Published, Published: at(-90), Updated: at(-30)},
	} {
		first, _ := save(t, db, r, at(1))
		before := footprint(t, db)
		second, change := save(t, db, r, at(2))
		if change != tidings.Same {
			t.Errorf("%s: got %s, want same", r.Source, change)
		}
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("%s: changed all the same:\n%s", r.Source, diff)
		}
		if diff := cmp.Diff(before, footprint(t, db)); diff != "" {
			t.Errorf("%s: something was written:\n%s", r.Source, diff)
		}
	}
}

// footprint is what any write would change.
func footprint(t *testing.T, db *store.DB) []any {
	t.Helper()
	log, err := db.Audit(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	mark, err := db.Mark(t.Context(), tidings.Selection{})
	if err != nil {
		t.Fatal(err)
	}
	all, err := db.DeskReleases(t.Context(), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	return []any{len(log), mark, all}
}

func TestTextThatChangesMakesARevision(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	r := tidings.Release{Source: "a", Slug: "a", Language: "en", Title: "One", Status: tidings.Published, Published: at(0)}
	save(t, db, r, at(1))
	for i, step := range []struct {
		name    string
		change  func(*tidings.Release)
		updated time.Time
	}{
		{"a silent edit", func(r *tidings.Release) { r.Title = "Two" }, at(0)},
		{"a note", func(r *tidings.Release) { r.Title, r.Note = "Three", "Corrected the figure." }, at(12)},
		{"silent again", func(r *tidings.Release) { r.Title, r.Note = "Four", "" }, at(12)},
		{"an instant of its own", func(r *tidings.Release) { r.Title, r.Updated = "Five", at(13) }, at(13)},
		{"one to come", func(r *tidings.Release) { r.Title, r.Updated = "Six", at(6000) }, at(13)},
		{"an older one", func(r *tidings.Release) { r.Title, r.Updated = "Seven", at(2) }, at(13)},
		{"a date that moves", func(r *tidings.Release) { r.Title, r.Published = "Eight", at(-99) }, at(13)},
		{"without a status", func(r *tidings.Release) { r.Title, r.Status = "Nine", "" }, at(13)},
	} {
		step.change(&r)
		got, change := save(t, db, r, at(11+i))
		if change != tidings.Changed || got.Revision != i+2 || got.Seq != 1 || got.Status != tidings.Published {
			t.Errorf("%s: %s, revision %d, seq %d, %s", step.name, change, got.Revision, got.Seq, got.Status)
		}
		if !got.Updated.Equal(step.updated) || !got.Published.Equal(at(0)) {
			t.Errorf("%s: updated %v, published %v; want %v, %v", step.name, got.Updated, got.Published, step.updated, at(0))
		}
		if read, err := db.Release(t.Context(), "a"); err != nil || !cmp.Equal(read, got) {
			t.Errorf("%s: read back: %v\n%s", step.name, err, cmp.Diff(got, read))
		}
	}
	all, err := db.Revisions(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	for _, r := range all {
		titles = append(titles, r.Title)
	}
	if got := strings.Join(titles, " "); got != "One Two Three Four Five Six Seven Eight Nine" {
		t.Errorf("revisions: %s", got)
	}
}

func TestNothingGoesPublicUnlessTheInputSaysSo(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	r := tidings.Release{Source: "a", Slug: "a", Language: "en"}
	for i, step := range []struct {
		ask   tidings.Status
		date  time.Time
		now   time.Time
		want  tidings.Status // "": refused
		dated time.Time
	}{
		{tidings.Draft, time.Time{}, at(0), tidings.Draft, time.Time{}},
		{"", time.Time{}, at(1), tidings.Draft, time.Time{}}, // a word mended
		{"", at(-60), at(1), tidings.Draft, at(-60)},
		{tidings.Scheduled, at(60), at(1), tidings.Scheduled, at(60)},
		{tidings.Scheduled, at(90), at(2), tidings.Scheduled, at(90)}, // later
		{"", time.Time{}, at(2), tidings.Scheduled, at(90)},           // a word mended
		{"", at(-60), at(2), tidings.Scheduled, at(90)},
		{"", at(80), at(2), tidings.Scheduled, at(80)},                 // another date to come
		{tidings.Published, at(30), at(3), tidings.Scheduled, at(30)},  // earlier, but to come: scheduled
		{tidings.Draft, time.Time{}, at(4), tidings.Draft, at(30)},     // pulled back
		{tidings.Scheduled, at(30), at(40), tidings.Published, at(30)}, // its instant has come
		{"", time.Time{}, at(41), tidings.Published, at(30)},
		{"", at(900), at(41), tidings.Published, at(30)},
		{tidings.Scheduled, at(30), at(41), tidings.Published, at(30)}, // as it was said before
		{tidings.Scheduled, at(900), at(41), "", time.Time{}},
		{tidings.Draft, time.Time{}, at(42), "", time.Time{}},
	} {
		r.Title, r.Status, r.Published = fmt.Sprint("Version ", i), step.ask, step.date
		next := r
		_, err := db.Save(t.Context(), storetest.Site(t), &next, step.now, "test")
		if step.want == "" {
			wantInvalid(t, err)
			continue
		}
		if err != nil || next.Status != step.want || !next.Published.Equal(step.dated) || next.Updated.After(next.Published) {
			t.Errorf("step %d: got %s of %v, updated %v, %v", i, next.Status, next.Published, next.Updated, err)
		}
		read, err := db.DeskRelease(t.Context(), "a")
		if err != nil || read.Title != r.Title || !cmp.Equal(next, read) {
			t.Errorf("step %d: read back: %v\n%s", i, err, cmp.Diff(next, read))
		}
	}
}

func TestWithdrawnReleaseDoesNotComeBack(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	r := storetest.Save(t, db, at(0), tidings.Release{Source: "a", Slug: "a", Title: "A"})
	if err := db.Withdraw(t.Context(), r.ID, tidings.Withdrawal{Reason: "An error."}, at(50), "test"); err != nil {
		t.Fatal(err)
	}
	r.Status = tidings.Published
	if got, change := save(t, db, r, at(51)); change != tidings.Same || got.Status != tidings.Withdrawn {
		t.Errorf("a withdrawn release came back: %s, %s", change, got.Status)
	}
	r.Title = "Again"
	_, err := db.Save(t.Context(), storetest.Site(t), &r, at(52), "test")
	wantInvalid(t, err)
}

func TestAnotherTitleUnderTheSameFileNameIsNoRevision(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	monday := storetest.Save(t, db, at(0), tidings.Release{Source: "file:release", SourceGuessed: true, Title: "Monday"})
	tuesday := tidings.Release{Source: "file:release", SourceGuessed: true, Title: "Tuesday", Language: "en"}
	_, err := db.Save(t.Context(), storetest.Site(t), &tuesday, at(1), "test")
	wantInvalid(t, err)
	if r, err := db.DeskRelease(t.Context(), monday.Slug); err != nil || r.Title != "Monday" || r.Revision != 1 {
		t.Errorf("Monday's release is %q, revision %d, %v", r.Title, r.Revision, err)
	}
	tuesday.SourceGuessed = false // a person said that it is the same
	if got, change := save(t, db, tuesday, at(2)); change != tidings.Changed || got.ID != monday.ID {
		t.Errorf("%s, release %d", change, got.ID)
	}
}

func wantInvalid(t *testing.T, err error) {
	t.Helper()
	if invalid := (*tidings.InvalidError)(nil); !errors.As(err, &invalid) {
		t.Errorf("got %v, want an InvalidError", err)
	}
}

func TestReleaseThatSaysTooLittleIsRefusedWhole(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	ok := tidings.Release{Source: "a", Slug: "a", Language: "en", Title: "A", Status: tidings.Published}
	for field, spoil := range map[string]func(*tidings.Release){
		"source":   func(r *tidings.Release) { r.Source = "" },
		"title":    func(r *tidings.Release) { r.Title = "" },
		"language": func(r *tidings.Release) { r.Language = "" },
		"status":   func(r *tidings.Release) { r.Status = tidings.Withdrawn },
		"date":     func(r *tidings.Release) { r.Status = tidings.Scheduled },
		"topics":   func(r *tidings.Release) { r.Topics = []string{"nonesuch"} },
	} {
		r := ok
		spoil(&r)
		given := r
		change, err := db.Save(t.Context(), storetest.Site(t), &r, at(0), "test")
		var invalid *tidings.InvalidError
		if !errors.As(err, &invalid) || invalid.Field != field || change != tidings.Broken {
			t.Errorf("%s: got %s, %v", field, change, err)
		}
		if !cmp.Equal(given, r) {
			t.Errorf("%s: the refused release was filled in", field)
		}
	}
	if all, err := db.DeskReleases(t.Context(), "", 0); err != nil || len(all) != 0 {
		t.Errorf("%d releases are there, %v", len(all), err)
	}
}

func TestEmptyListIsNoList(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	r := tidings.Release{Source: "a", Slug: "a", Language: "en", Title: "A", Status: tidings.Published, Published: at(0)}
	save(t, db, r, at(1))
	r.Topics, r.Authors, r.Attachments = []string{}, []string{}, []tidings.Attachment{}
	if _, change := save(t, db, r, at(2)); change != tidings.Same {
		t.Errorf("got %s, want same", change)
	}
}

func TestNothingIsUpdatedBeforeItWasPublished(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	draft := storetest.Save(t, db, at(1), tidings.Release{Slug: "a", Status: tidings.Draft, Updated: at(-60)})
	if err := db.PublishNow(t.Context(), draft.ID, at(5), "test"); err != nil {
		t.Fatal(err)
	}
	if r, err := db.Release(t.Context(), "a"); err != nil || !r.Published.Equal(at(5)) || !r.Updated.Equal(at(5)) {
		t.Errorf("published %v, updated %v, %v", r.Published, r.Updated, err)
	}
	if err := db.PublishNow(t.Context(), draft.ID, at(6), "test"); err == nil {
		t.Error("published twice")
	}
}

func TestTopicsChosenByHandOutliveTheRules(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Topics(t, db, at(0), "energy", "trade")
	r := tidings.Release{Source: "a", Slug: "a", Language: "en", Title: "A", Status: tidings.Published, Topics: []string{"trade"}}
	saved, _ := save(t, db, r, at(1))
	if err := db.SetTopics(t.Context(), saved.ID, []string{"energy"}, at(2), "kim"); err != nil {
		t.Fatal(err)
	}
	if got, change := save(t, db, r, at(3)); change != tidings.Same || !slices.Equal(got.Topics, []string{"energy"}) {
		t.Errorf("the rule's topics came back: %s, %v", change, got.Topics)
	}
	for topic, want := range map[string]int{"trade": 0, "energy": 1} {
		if n, err := db.Count(t.Context(), tidings.Query{Selection: tidings.Selection{Topic: topic}}); err != nil || n != want {
			t.Errorf("%s: %d releases, %v", topic, n, err)
		}
	}
	if revisions, err := db.Revisions(t.Context(), saved.ID); err != nil || len(revisions) != 2 ||
		!slices.Equal(revisions[0].Topics, []string{"trade"}) {
		t.Errorf("the earlier topics are forgotten: %v", err)
	}
}

func TestSlugIsNeverGivenAwayTwice(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	var slugs, uris []string
	for _, source := range []string{"a", "b", "c"} {
		r := storetest.Save(t, db, at(0), tidings.Release{Source: source, Slug: "notice"})
		slugs, uris = append(slugs, r.Slug), append(uris, r.URI)
	}
	if got := strings.Join(slugs, " "); got != "notice notice-2 notice-3" {
		t.Errorf("got %s", got)
	}
	moved := storetest.Save(t, db, at(1), tidings.Release{Source: "a", Slug: "correction", SlugByHand: true})
	if r := storetest.Save(t, db, at(1), tidings.Release{Source: "a", Slug: "made-of-a-new-title", Title: "New title"}); r.Slug != "correction" {
		t.Errorf("a title moved the page to %s", r.Slug)
	}
	if moved.Slug != "correction" || moved.URI != uris[0] {
		t.Errorf("got slug %s and URI %s, want the new slug and the old URI", moved.Slug, moved.URI)
	}
	for _, slug := range []string{"notice", "correction"} {
		if r, err := db.Release(t.Context(), slug); err != nil || r.ID != moved.ID || r.Slug != "correction" {
			t.Errorf("%s leads to %d as %s, %v", slug, r.ID, r.Slug, err)
		}
	}
	if r := storetest.Save(t, db, at(2), tidings.Release{Source: "d", Slug: "notice"}); r.Slug != "notice-4" {
		t.Errorf("an old slug was given away: %s", r.Slug)
	}
	if r := storetest.Save(t, db, at(3), tidings.Release{Source: "a", Slug: "notice", SlugByHand: true}); r.Slug != "notice" {
		t.Errorf("its own old slug is refused to a release: %s", r.Slug)
	}
}
