package store_test

import (
	"path/filepath"
	"testing"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

func TestWhoPostsALetterIsHeardOnceItIsThere(t *testing.T) {
	t.Parallel()
	told := 0
	path := filepath.Join(t.TempDir(), "tidings.db")
	db, err := store.Open(t.Context(), path, store.Volatile(), store.Keyed(storetest.Keys(t)), store.OnPost(func() { told++ }))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	storetest.Subscribe(t, db, at(0), kim)
	if told != 0 {
		t.Error("a letter was heard of before there was one")
	}
	store.Post(t, db, at(1), confirming(t, "one@example.net"), confirming(t, "two@example.net"))
	if told != 1 {
		t.Errorf("it was told %d times of what was posted at once", told)
	}
	request := &tidings.Request{Kind: tidings.SignUpRequest, Limits: tidings.Limits{SiteHour: 1}}
	if a, err := db.AdmitSignUp(t.Context(), request, nil, at(2)); err != nil || told != 1 {
		t.Errorf("%s, %v: it was told %d times", a, err, told)
	}
}
