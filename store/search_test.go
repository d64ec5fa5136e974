package store_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

func pick(rng *rand.Rand, from ...string) string { return from[rng.IntN(len(from))] }

// randomText has few words, so that filters of the same words find something, in the many ways that words are written.
func randomText(rng *rand.Rand, words int) string {
	var b strings.Builder
	for range rng.IntN(words + 1) {
		b.WriteString(pick(rng, "steel", "Steel", "chain", "supply", "Éire", "eire", "C++", "c", "수소", "수소경제", "그린수소", "경제",
			"소", "제", "가가", "가가가", "16.7", "$5", "₩5", "FTA는", "か\u3099く", "\u1100\u1167\u11bc\u110c\u1166", "all:", "_", `"`))
		b.WriteString(pick(rng, " ", " ", ", ", "", "\n\n"))
	}
	return b.String()
}

func randomFilter(rng *rand.Rand, depth int) string {
	switch n := rng.IntN(11); {
	case n < 4 || depth == 0 && n > 6:
		return pick(rng, "steel", "chain", "eire", "C++", "수소", "소", "제", "경제", "수소경제", "가가", "가", "16.7", "$5", "₩5", "5", "fta는",
			"か\u3099く", "none", `"all:"`)
	case n == 4:
		return `"` + strings.ReplaceAll(randomText(rng, 3), `"`, "") + ` ` + pick(rng, "steel", "수소", "소", "가") + `"`
	case n == 5:
		return pick(rng, "topic:energy", "topic:trade", "topic:energy,trade", "topic:none", "lang:ko", "lang:pt", "lang:pt-br", "lang:en,pt")
	case n == 6:
		return pick(rng, "after:", "before:") + pick(rng, "2025", "2026-02", "2026-03-01", "2026-03-02")
	case n == 7:
		return "-(" + randomFilter(rng, depth-1) + ")"
	case n == 8:
		return "(" + randomFilter(rng, depth-1) + " OR " + randomFilter(rng, depth-1) + ")"
	}
	return "(" + randomFilter(rng, depth-1) + " " + randomFilter(rng, depth-1) + ")"
}

// randomNewsroom fills a database with releases in every state, some of them edited.
func randomNewsroom(t *testing.T, rng *rand.Rand) *store.DB {
	t.Helper()
	db := storetest.New(t)
	storetest.Topics(t, db, at(0), "energy", "trade")
	for i := range 60 {
		r := tidings.Release{
			Slug: fmt.Sprint("r", i), Language: pick(rng, "en", "ko", "pt", "pt-BR"), Office: randomText(rng, 1),
			Title: "x " + randomText(rng, 3), Summary: randomText(rng, 2), Authors: []string{randomText(rng, 1), randomText(rng, 1)},
			Published: at(-60 * 9 * rng.IntN(80)), // some at the same instant, and around midnight
		}
		r.Body.Text = randomText(rng, 8)
		if rng.IntN(9) == 0 {
			r.Published = time.Date(1600+rng.IntN(500), 1, 1, 0, 0, 0, 0, time.UTC) // before and after what rows are made for
		}
		for _, topic := range []string{"energy", "trade"} {
			if rng.IntN(3) == 0 {
				r.Topics = append(r.Topics, topic)
			}
		}
		r.Status = []tidings.Status{tidings.Published, tidings.Published, tidings.Published, tidings.Draft}[rng.IntN(4)]
		saved, _ := save(t, db, withSource(r), at(i))
		switch rng.IntN(6) {
		case 0:
			r.Title = "x " + randomText(rng, 3)
			save(t, db, withSource(r), at(i))
		case 1:
			if err := db.Withdraw(t.Context(), saved.ID, tidings.Withdrawal{}, at(i), "test"); err != nil {
				t.Fatal(err)
			}
		}
	}
	return db
}

func withSource(r tidings.Release) tidings.Release {
	r.Source = r.Slug
	return r
}

func TestSearchFindsWhatTheFilterSelects(t *testing.T) {
	t.Parallel()
	zone := storetest.Site(t).Zone
	found, filters := 0, 400
	if testing.Short() {
		filters = 40 // under the race detector: see Makefile
	}
	for seed := range uint64(5) {
		rng := rand.New(rand.NewPCG(seed, 1))
		db := randomNewsroom(t, rng)
		all, err := db.Releases(t.Context(), tidings.Query{})
		if err != nil {
			t.Fatal(err)
		}
		for range filters {
			text := randomFilter(rng, 3)
			f, err := tidings.ParseFilter(text)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for i := range all {
				if f.Match(&all[i], zone) {
					want = append(want, all[i].Slug)
				}
			}
			offset := rng.IntN(4)
			hits, err := db.Search(t.Context(), f, zone, 10, offset)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			total := len(want)
			want = want[min(offset, total):min(offset+10, total)]
			if got := slugsOf(hits.Releases); !slices.Equal(got, want) || hits.Total != total || hits.More {
				t.Fatalf("seed %d: %s (%s) finds %v, %d in all, want %v, %d", seed, text, f, got, hits.Total, want, total)
			}
			found += total
		}
	}
	if found < 12*filters {
		t.Errorf("%d hits: the filters find next to nothing", found)
	}
}

func slugsOf(releases []tidings.Release) (slugs []string) {
	for _, r := range releases {
		slugs = append(slugs, r.Slug)
	}
	return slugs
}

func TestSearchCountsNoFurtherThanItSays(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	var batch []tidings.Filing
	for i := range 1005 {
		batch = append(batch, tidings.Filing{Archived: true, Release: &tidings.Release{
			Source: fmt.Sprint(i), Slug: fmt.Sprint("r", i), Language: "en", Title: "Steel", Published: at(-1),
		}})
	}
	if _, err := db.SaveBatch(t.Context(), storetest.Site(t), batch, at(0), "test"); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "steel", "-iron"} {
		f, err := tidings.ParseFilter(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			offset, total int
			more          bool
			first         string
		}{{0, 1000, true, "r1004"}, {990, 1000, true, "r14"}, {1000, 1005, false, "r4"}} {
			hits, err := db.Search(t.Context(), f, time.UTC, 10, c.offset)
			if err != nil || hits.Total != c.total || hits.More != c.more || slugsOf(hits.Releases)[0] != c.first {
				t.Errorf("%q from %d: %d, %v, %v, %v", text, c.offset, hits.Total, hits.More, slugsOf(hits.Releases), err)
			}
		}
	}
}

// A release that is not public must not be in the index at all: nobody can then forget to leave it out.
func TestTheIndexHoldsWhatIsPublicAndNothingElse(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	steel, err := tidings.ParseFilter("steel OR iron")
	if err != nil {
		t.Fatal(err)
	}
	r := tidings.Release{Slug: "r", Source: "r", Language: "en", Title: "Steel", Status: tidings.Scheduled, Published: at(60)}
	expect := func(when string, titles ...string) {
		t.Helper()
		hits, err := db.Search(t.Context(), steel, time.UTC, 10, 0)
		var got []string
		for _, r := range hits.Releases {
			got = append(got, r.Title)
		}
		if err != nil || !slices.Equal(got, titles) || hits.Total != len(titles) {
			t.Errorf("%s: %v of %d, want %v, %v", when, got, hits.Total, titles, err)
		}
		if rows := store.IndexRows(t, db); rows != len(titles) {
			t.Errorf("%s: %d rows in the index, want %d", when, rows, len(titles))
		}
	}
	r, _ = save(t, db, r, at(0))
	expect("before its instant")
	if _, err := db.PublishDue(t.Context(), at(60)); err != nil {
		t.Fatal(err)
	}
	expect("after it", "Steel")
	r.Title = "Iron"
	r, _ = save(t, db, r, at(61))
	expect("edited", "Iron")
	if err := db.Withdraw(t.Context(), r.ID, tidings.Withdrawal{}, at(62), "test"); err != nil {
		t.Fatal(err)
	}
	expect("withdrawn")
}

func TestADatabaseOfAFormerProgramIsIndexedWhenItIsOpened(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tidings.db")
	store.MakeFormer(t, path, 1200)
	for range 2 {
		db, err := store.Open(t.Context(), path, store.Volatile())
		if err != nil {
			t.Fatal(err)
		}
		f, err := tidings.ParseFilter("수소")
		if err != nil {
			t.Fatal(err)
		}
		hits, err := db.Search(t.Context(), f, time.UTC, 3, 0)
		if err != nil || hits.Total != 600 || !slices.Equal(slugsOf(hits.Releases), []string{"r1198", "r1196", "r1194"}) {
			t.Errorf("%d: %v, %v", hits.Total, slugsOf(hits.Releases), err)
		}
		if rows := store.IndexRows(t, db); rows != 1200 {
			t.Errorf("%d rows", rows)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestListsShowWhatTheSelectionSaysInTheOrderOfAll(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 7))
	db := randomNewsroom(t, rng)
	all, err := db.Releases(t.Context(), tidings.Query{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(all, func(a, b tidings.Release) int {
		return cmp.Or(b.Published.Compare(a.Published), cmp.Compare(b.Seq, a.Seq))
	}) {
		t.Errorf("%v are not in order", slugsOf(all))
	}
	offices := map[string]int{}
	for _, r := range all {
		if r.Office != "" {
			offices[r.Office]++
		}
	}
	queries := []tidings.Query{
		{Selection: tidings.Selection{Topic: "energy"}},
		{Selection: tidings.Selection{Topic: "none"}},
		{Selection: tidings.Selection{Language: "pt"}},
		{Selection: tidings.Selection{Language: "pt-BR"}},
		{Selection: tidings.Selection{Office: "none"}},
		{},
	}
	for name := range offices {
		queries = append(queries, tidings.Query{Selection: tidings.Selection{Office: name}})
	}
	for _, q := range queries {
		for _, span := range [][2]time.Time{{}, {at(-60 * 24 * 10)}, {{}, at(-60 * 24 * 10)}, {all[len(all)/2].Published, all[2].Published}} {
			q.From, q.Until = span[0], span[1]
			var want []string
			for _, r := range all {
				sel := q.Selection
				if (sel.Topic == "" || r.HasTopic(sel.Topic)) && (sel.Office == "" || r.Office == sel.Office) &&
					(sel.Language == "" || r.Language == sel.Language || strings.HasPrefix(r.Language, sel.Language+"-")) &&
					!r.Published.Before(q.From) && (q.Until.IsZero() || r.Published.Before(q.Until)) {
					want = append(want, r.Slug)
				}
			}
			q.Limit, q.Offset = 5, rng.IntN(3)
			n, err := db.Count(t.Context(), q)
			if err != nil || n != len(want) {
				t.Errorf("%+v: %d, want %d, %v", q, n, len(want), err)
			}
			got, err := db.Releases(t.Context(), q)
			if want = want[min(q.Offset, n):min(q.Offset+q.Limit, n)]; err != nil || !slices.Equal(slugsOf(got), want) {
				t.Errorf("%+v: %v, want %v, %v", q, slugsOf(got), want, err)
			}
		}
	}
	counts, err := db.Offices(t.Context())
	if err != nil || len(counts) != len(offices) || !slices.IsSortedFunc(counts, func(a, b tidings.OfficeCount) int { return strings.Compare(a.Name, b.Name) }) {
		t.Errorf("%v, want %v, %v", counts, offices, err)
	}
	for _, c := range counts {
		if offices[c.Name] != c.Count {
			t.Errorf("%q has %d, want %d", c.Name, c.Count, offices[c.Name])
		}
	}
}
