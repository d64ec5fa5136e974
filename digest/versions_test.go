package digest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/digest"
)

// version is a candidate of the release "steel" in a language.
func version(seq int64, language string) tidings.Candidate {
	return tidings.Candidate{Seq: seq, Release: tidings.Release{
		ID: seq, Revision: 1, Language: language, Translation: "steel", Title: "Steel", Status: tidings.Published, Seq: seq,
	}}
}

func notice(seq, release int64, kind tidings.EntryKind) tidings.Candidate {
	return tidings.Candidate{Seq: seq, Kind: kind, Release: tidings.Release{ID: release, Revision: 2, Language: "en"}}
}

// decideOne settles candidates for one cohort of a weekly run.
func decideOne(t *testing.T, c tidings.Cohort, candidates ...tidings.Candidate) (string, int64) {
	t.Helper()
	rules := digest.Rules{Cadences: cadences(t), Zone: time.UTC, Language: "en"}
	d := rules.Decide(tidings.Weekly, 20, []tidings.Cohort{c}, candidates)[0]
	var entries []string
	for _, e := range d.Entries {
		entries = append(entries, fmt.Sprintf("%d%s", e.Release, e.Kind))
	}
	return strings.Join(entries, " "), d.Position
}

func filter(t *testing.T, text string) tidings.Filter {
	t.Helper()
	f, err := tidings.ParseFilter(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestOfVersionsTheBestLanguageComes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ reader, filter, versions, want string }{
		{"ko", "", "en ko fr", "2"},
		{"fr-CA", "", "en ko fr", "3"},             // the same language elsewhere
		{"fr-CA", "", "fr-FR fr-CA en", "2"},       // exactly this one is better
		{"pt", "", "en pt-BR", "2"},                // reads the wider one
		{"KO", "", "en ko", "2"},                   // RFC 5646 §2.1.1: case says nothing
		{"de", "", "ko fr en", "3"},                // none of theirs: the site's
		{"de", "", "ko en-GB", "2"},                // or nearly the site's
		{"de", "", "ko fr", "1"},                   // or the first
		{"ko", "lang:en", "en ko", "1"},            // they asked for it
		{"ko", "lang:fr", "en ko", ""},             // and for that there is none
		{"ko", "lang:en OR lang:fr", "fr en", "2"}, // the site's, of those asked for
	} {
		var candidates []tidings.Candidate
		for i, l := range strings.Fields(c.versions) {
			candidates = append(candidates, version(int64(i+1), l))
		}
		got, position := decideOne(t, tidings.Cohort{Filter: filter(t, c.filter), Language: c.reader}, candidates...)
		if got != c.want || position != 20 {
			t.Errorf("%q, who reads %s, gets version %q of %s at %d; want %q", c.filter, c.reader, got, c.versions, position, c.want)
		}
	}
}

func TestAVersionIsLeftToWhoBringsAnotherOneFaster(t *testing.T) {
	t.Parallel()
	faster := func(text string, position int64) []tidings.Subscription {
		return []tidings.Subscription{{Cadence: tidings.Daily, Filter: filter(t, text), Position: position}}
	}
	for name, c := range map[string]struct {
		cohort   tidings.Cohort
		want     string
		position int64
	}{
		"the daily one will bring Korean":    {tidings.Cohort{Filter: filter(t, "lang:en"), Others: faster("lang:ko", 4)}, "", 6},
		"it has settled it":                  {tidings.Cohort{Filter: filter(t, "lang:en"), Others: faster("lang:ko", 9)}, "7", 20},
		"it takes none of them":              {tidings.Cohort{Filter: filter(t, "lang:en"), Others: faster("lang:de", 4)}, "7", 20},
		"Korean is settled here":             {tidings.Cohort{Filter: filter(t, "lang:fr"), Position: 9, Others: faster("lang:ko", 4)}, "11", 20},
		"what they have in another language": {tidings.Cohort{Got: map[int64]bool{7: true, 9: true, 11: true}}, "", 20},
	} {
		c.cohort.Language = "en"
		got, position := decideOne(t, c.cohort, version(7, "en"), version(9, "ko"), version(11, "fr"))
		if got != c.want || position != c.position {
			t.Errorf("%s: %q at %d, want %q at %d", name, got, position, c.want, c.position)
		}
	}
}

// TestAVersionStandsInForOneThatNeverCame: the Korean version, 7, was withdrawn under 12. The others were passed over.
func TestAVersionStandsInForOneThatNeverCame(t *testing.T) {
	t.Parallel()
	standIn := func(seq int64, language string) tidings.Candidate {
		c := version(seq, language)
		c.Seq, c.Instead = 12, 7
		return c
	}
	missed := map[int64]bool{7: true}
	daily := []tidings.Subscription{{Cadence: tidings.Daily, Filter: filter(t, "lang:en"), Position: 9}}
	for name, c := range map[string]struct {
		cohort   tidings.Cohort
		want     string
		position int64
	}{
		"missed":                     {tidings.Cohort{Position: 9, Missed: missed}, "5", 20},
		"the best that they asked":   {tidings.Cohort{Position: 9, Missed: missed, Filter: filter(t, "lang:fr")}, "6", 20},
		"asked for Korean alone":     {tidings.Cohort{Position: 9, Missed: missed, Filter: filter(t, "lang:ko")}, "", 20},
		"came, or was never theirs":  {tidings.Cohort{Position: 9}, "", 20},
		"has another one":            {tidings.Cohort{Position: 9, Missed: missed, Got: map[int64]bool{5: true, 6: true}}, "", 20},
		"settled":                    {tidings.Cohort{Position: 12, Missed: missed}, "", 20},
		"once, though it is new too": {tidings.Cohort{Position: 4, Missed: missed}, "5", 20},
		"left to the daily one":      {tidings.Cohort{Position: 10, Missed: missed, Others: daily}, "", 11},
		"may be coming: all waits":   {tidings.Cohort{Position: 9, OnWire: missed}, "", 9},
	} {
		c.cohort.Language = "en"
		got, position := decideOne(t, c.cohort, version(5, "en"), version(6, "fr"), standIn(5, "en"), standIn(6, "fr"))
		if got != c.want || position != c.position {
			t.Errorf("%s: %q at %d, want %q at %d", name, got, position, c.want, c.position)
		}
	}
}

func TestWhoIsOwedAWordGetsItFirstWhateverTheirFilter(t *testing.T) {
	t.Parallel()
	candidates := []tidings.Candidate{
		version(7, "ko"), notice(8, 1, tidings.CorrectedEntry), notice(9, 2, tidings.WithdrawnEntry),
		notice(10, 3, tidings.CorrectedEntry), notice(11, 4, tidings.CorrectedEntry),
	}
	for name, c := range map[string]struct {
		cohort tidings.Cohort
		want   string
	}{
		"nobody's":               {tidings.Cohort{Filter: filter(t, "lang:ko")}, "7"},
		"owed":                   {tidings.Cohort{Filter: filter(t, "lang:ko"), Owed: map[int64]bool{1: true, 2: true, 3: true}}, "2withdrawn 3corrected 1corrected 7"},
		"a filter of other news": {tidings.Cohort{Filter: filter(t, "lang:fr"), Owed: map[int64]bool{1: true}}, "1corrected"},
		"told already, or before they came back": {
			tidings.Cohort{Filter: filter(t, "lang:ko"), Position: 9, Owed: map[int64]bool{1: true, 2: true, 4: true}}, "4corrected",
		},
	} {
		if got, position := decideOne(t, c.cohort, candidates...); got != c.want || position != 20 {
			t.Errorf("%s: %q at %d, want %q", name, got, position, c.want)
		}
	}
	going := tidings.Cohort{Filter: filter(t, "lang:ko"), Owed: map[int64]bool{1: true, 2: true}, Going: map[int64]bool{2: true}}
	if got, position := decideOne(t, going, candidates...); got != "" || position != 0 {
		t.Errorf("while a mail that may have what was withdrawn is on its way: %q at %d", got, position)
	}
}
