package ingest

import (
	"slices"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

func TestTermsNameTopicsBySlugAndByNameInAnyCaseAndNumber(t *testing.T) {
	t.Parallel()
	book := newTermBook([]tidings.Topic{
		{Slug: "supply-chains", Names: map[string]string{"en": "Supply chains", "ko": "공급망"}},
		{Slug: "policy", Names: map[string]string{"en": "Energy policy"}},
		{Slug: "fax", Names: map[string]string{"en": "Fax"}, Ended: time.Unix(1, 0)},
	})
	slugs, unknown := book.find([]string{"SUPPLY  Chain", "공급망", "policies", "energy Policy", "Fax", "Rail", "Rail", " "})
	if !slices.Equal(slugs, []string{"supply-chains", "policy"}) || !slices.Equal(unknown, []string{"Rail"}) {
		t.Errorf("topics %q, unknown %q", slugs, unknown)
	}
}

func TestInventedTopicsHaveALatinSlugAndTheNameAsWritten(t *testing.T) {
	t.Parallel()
	book := newTermBook(nil)
	for term, want := range map[string]string{
		"Énergie renouvelable": "energie-renouvelable", "한국어 정책": "hangukeo-jeongchaek", "C++": "c", "環境": "topic-ef98af20",
	} {
		got, ok := book.invent(term, "en")
		if !ok || got.Slug != want || got.Names["en"] != term {
			t.Errorf("%q: %+v, %v; want %s", term, got, ok, want)
		}
	}
	for _, term := range []string{"", "!", "a\x00b\x07"} {
		if got, ok := book.invent(term, "en"); ok {
			t.Errorf("%q became %+v", term, got)
		}
	}
}

func TestASecondFormOfATermMakesNoSecondTopic(t *testing.T) {
	t.Parallel()
	book := newTermBook(nil)
	made, ok := book.invent("Report", "en")
	if !ok {
		t.Fatal("nothing was made")
	}
	book.add(made)
	for _, again := range []string{"report", "Reports", "REPORTS"} {
		if made, ok := book.invent(again, "en"); ok {
			t.Errorf("%s made %s", again, made.Slug)
		}
	}
}
