package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store/storetest"
)

func TestMonthsCountTheDaysOfTheZone(t *testing.T) {
	t.Parallel()
	db, seoul := storetest.New(t), storetest.Site(t).Zone
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	if months, err := db.Months(t.Context(), seoul); err != nil || len(months) != 0 {
		t.Fatalf("of nothing: %v, %v", months, err)
	}
	for slug, at := range map[string]time.Time{
		"in-time":   time.Date(2025, 2, 28, 14, 59, 59, 999e6, time.UTC), // the last of February in Seoul
		"on-time":   time.Date(2025, 2, 28, 15, 0, 0, 0, time.UTC),       // the first instant of March there
		"same":      time.Date(2025, 3, 31, 14, 59, 59, 0, time.UTC),
		"long-ago":  time.Date(1999, 12, 31, 15, 0, 0, 0, time.UTC),
		"yesterday": now.AddDate(0, 0, -1),
	} {
		storetest.Save(t, db, now, tidings.Release{Slug: slug, Published: at})
	}
	storetest.Save(t, db, now, tidings.Release{Slug: "later", Status: tidings.Scheduled, Published: now.AddDate(0, 2, 0)})
	storetest.Save(t, db, now, tidings.Release{Slug: "some-day", Status: tidings.Draft, Published: now.AddDate(-9, 0, 0)})
	got, err := db.Months(t.Context(), seoul)
	want := []tidings.MonthCount{
		{Year: 2026, Month: 3, Count: 1}, {Year: 2025, Month: 3, Count: 2}, {Year: 2025, Month: 2, Count: 1}, {Year: 2000, Month: 1, Count: 1},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
}

func TestAddressesNameTheirAlternatesAndNothingSecret(t *testing.T) {
	t.Parallel()
	db, now := storetest.New(t), time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	save := func(slug, language string, status tidings.Status) {
		storetest.Save(t, db, now, tidings.Release{
			Slug: slug, Language: language, Status: status, Translation: "steel", Published: now.AddDate(0, 0, -(len(slug) % 2)),
		})
	}
	save("steel", "en", tidings.Published)
	addresses := func() []tidings.Address {
		all, err := db.Addresses(t.Context(), tidings.Query{})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	save("acier", "fr", tidings.Draft)
	storetest.Save(t, db, now, tidings.Release{Slug: "alone", Published: now.AddDate(-1, 0, 0)})
	if all := addresses(); len(all) != 2 || all[0].Slug != "steel" || all[0].Alternates != nil || all[1].Slug != "alone" {
		t.Errorf("with a draft beside it: %+v", all)
	}
	save("철강", "ko", tidings.Published)
	want := []tidings.Alternate{{Language: "en", Slug: "steel"}, {Language: "ko", Slug: "철강"}}
	if all := addresses(); len(all) != 3 || !slices.Equal(all[0].Alternates, want) || !slices.Equal(all[2].Alternates, want) {
		t.Errorf("in two languages: %+v", all)
	}
	part, err := db.Addresses(t.Context(), tidings.Query{Limit: 1, Offset: 1})
	if err != nil || len(part) != 1 || part[0].Slug != "alone" {
		t.Errorf("the second alone: %+v, %v", part, err)
	}
}
