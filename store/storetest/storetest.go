package storetest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
)

// New opens an empty database that goes away with the test.
func New(t testing.TB) *store.DB {
	t.Helper()
	return Open(t, filepath.Join(t.TempDir(), "tidings.db"))
}

// Keys are the keys that the tests' databases are opened with: always the same.
func Keys(t testing.TB) tidings.Keyring {
	t.Helper()
	keys, err := tidings.NewKeyring(bytes.Repeat([]byte("k"), 32))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// empty is the file of an empty database, which is made once: migrations take longer than most tests, and ten times that under the race
// detector.
var empty = sync.OnceValues(func() ([]byte, error) { //nolint:gochecknoglobals // the same bytes for all, whoever asks first
	dir, err := os.MkdirTemp("", "storetest-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "empty.db")
	db, err := store.Open(context.Background(), path, store.Volatile())
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// Make puts an empty database where there is no file yet.
func Make(t testing.TB, path string) {
	t.Helper()
	file, err := empty()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		err = os.WriteFile(path, file, 0o600)
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Open opens the database in this file, with Keys, and closes it when the test ends.
func Open(t testing.TB, path string, opts ...store.Option) *store.DB {
	t.Helper()
	Make(t, path)
	db, err := store.Open(t.Context(), path, append(opts, store.Volatile(), store.Keyed(Keys(t)))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// Site is a site in English and Korean, in Seoul.
func Site(t testing.TB) *tidings.Site {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Seoul")
	if err != nil {
		t.Fatal(err)
	}
	return &tidings.Site{
		Names:      map[string]string{"en": "Ministry of Trade", "ko": "산업통상자원부"},
		Base:       &url.URL{Scheme: "https", Host: "news.example.org"},
		Language:   "en",
		Languages:  []string{"en", "ko"},
		Zone:       zone,
		Postal:     map[string]string{"en": "402 Hannuri-daero, Sejong"},
		TagEntity:  "news.example.org,2026",
		MailDomain: "news.example.org",
	}
}

// Save stores a release at now, with the files that it shows; what it leaves out is filled in from its slug, and its status is
// Published.
func Save(t testing.TB, db *store.DB, now time.Time, r tidings.Release, files ...tidings.File) tidings.Release {
	t.Helper()
	r.Slug = cmp.Or(r.Slug, "release")
	r.Source = cmp.Or(r.Source, "test:"+r.Slug)
	r.Title = cmp.Or(r.Title, "Title of "+r.Slug)
	r.Language = cmp.Or(r.Language, "en")
	r.Status = cmp.Or(r.Status, tidings.Published)
	if r.Body == (tidings.Body{}) {
		r.Body = tidings.Body{Format: tidings.Markdown, Source: r.Title, HTML: "<p>" + r.Title + "</p>", Text: r.Title}
	}
	for _, f := range files {
		r.Files = append(r.Files[:len(r.Files):len(r.Files)], f.Hash)
	}
	filed, err := db.SaveBatch(t.Context(), Site(t), []tidings.Filing{{Release: &r, Files: files}}, now, "test")
	if err == nil {
		err = filed[0].Err
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// File is a file that consists of these octets.
func File(name, mediaType, data string) tidings.File {
	return tidings.File{Hash: tidings.HashOf([]byte(data)), Name: name, MediaType: mediaType, Data: []byte(data)}
}

// Topics makes topics of these slugs.
func Topics(t testing.TB, db *store.DB, now time.Time, slugs ...string) {
	t.Helper()
	for i, slug := range slugs {
		topic := tidings.Topic{Slug: slug, Names: map[string]string{"en": slug}, Order: i}
		if _, err := db.SaveTopic(t.Context(), &topic, now, "test"); err != nil {
			t.Fatal(err)
		}
	}
}

// Subscribe adds an active subscriber who reads English, with these subscriptions. Zones left out
// are Asia/Seoul.
func Subscribe(
	t testing.TB, db *store.DB, now time.Time, address string, subscriptions ...tidings.Subscription,
) tidings.Subscriber {
	t.Helper()
	s := tidings.Subscriber{
		Address: address, Language: "en", State: tidings.Active, Subscriptions: subscriptions,
		Consent: tidings.Consent{Basis: "a test", By: "test", At: now},
	}
	for i := range s.Subscriptions {
		s.Subscriptions[i].Zone = cmp.Or(s.Subscriptions[i].Zone, "Asia/Seoul")
	}
	if err := db.AddSubscriber(t.Context(), &s, now, "test"); err != nil {
		t.Fatal(err)
	}
	return s
}

// To is a subscription of a cadence to a filter, at the hour of the cadence.
func To(t testing.TB, cadence, filter string) tidings.Subscription {
	t.Helper()
	f, err := tidings.ParseFilter(filter)
	if err != nil {
		t.Fatal(err)
	}
	return tidings.Subscription{Cadence: cadence, Filter: f, Hour: tidings.AnyHour}
}
