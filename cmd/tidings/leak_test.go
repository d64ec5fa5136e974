package main

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/config"
	"github.com/tidings/tidings/store"
)

// embargoed is a release with all that might tell of it before its instant.
type embargoed struct {
	release tidings.Release
	file    tidings.File
	due     time.Time
}

const (
	itsSlug   = "an-embargoed-accord"
	itsOffice = "Office of Quasars"
	itsAlias  = "/old/accord.html"
)

// desk opens the daemon's database beside it, as a command does.
func (d *served) desk() (*store.DB, *tidings.Site) {
	d.t.Helper()
	cfg, err := config.Load(d.config)
	if err != nil {
		d.t.Fatal(err)
	}
	db, err := store.Open(d.t.Context(), cfg.Database.Path)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		if err := db.Close(); err != nil {
			d.t.Error(err)
		}
	})
	return db, cfg.Site()
}

// file stores a release with its files.
func file(t *testing.T, db *store.DB, site *tidings.Site, r *tidings.Release, files ...tidings.File) {
	t.Helper()
	filed, err := db.SaveBatch(t.Context(), site, []tidings.Filing{{Release: r, Files: files}}, time.Now(), "test")
	if err != nil || filed[0].Err != nil {
		t.Fatal(err, filed)
	}
}

// embargo stores a release that is due in a while, beside a public version of it in another language.
func embargo(t *testing.T, db *store.DB, site *tidings.Site, in time.Duration) embargoed {
	t.Helper()
	data := []byte("octets of a picture")
	e := embargoed{file: tidings.File{Hash: tidings.HashOf(data), Name: "accord.png", MediaType: "image/png", Data: data}}
	e.due = time.Now().Add(in).Truncate(time.Millisecond)
	e.release = tidings.Release{
		Source: "test:accord", Slug: itsSlug, Language: "en", Title: "An accord on quasars", Summary: "What the xylophone said",
		Body:   tidings.Body{Format: tidings.Markdown, HTML: "<p>What the xylophone said</p>", Text: "What the xylophone said"},
		Topics: []string{"energy"}, TopicsByHand: true, Office: itsOffice, Aliases: []string{itsAlias}, Translation: "accord",
		Attachments: []tidings.Attachment{{Name: e.file.Name, MediaType: "image/png", Size: int64(len(data)), Hash: e.file.Hash}},
		Status:      tidings.Scheduled, Published: e.due,
	}
	file(t, db, site, &e.release, e.file)
	return e
}

// surfaces are where the release is found, and by what.
func (e *embargoed) surfaces() map[string]string {
	at := "/releases/" + itsSlug
	places := map[string]string{
		"/": at, at: "xylophone", "/topics/energy": at, "/languages/en": at, "/offices": itsOffice, "/offices/office-of-quasars": at,
		"/search?q=xylophone": at, "/sitemap.xml": at + "<", "/sitemaps/news.xml": at + "<", "/releases/sibling": at + `"`,
		"/files/" + e.file.Hash + "/accord.png": string(e.file.Data), itsAlias: "xylophone", "/cards/" + itsSlug + "/1.png": "PNG",
	}
	for _, feed := range []string{"all", "topics/energy", "languages/en"} {
		for _, f := range tidings.FeedFormats() {
			places["/feeds/"+feed+"."+string(f)] = "xylophone"
		}
	}
	return places
}

// everything is all URLs that a crawler finds, and those where it would look for the release.
func everything(d *served, guessed map[string]string) []string {
	d.t.Helper()
	found := crawl(d, "/", "/sitemap.xml", "/robots.txt", "/sitemaps/news.xml")
	for path := range guessed {
		found[d.base+path] = "guessed"
	}
	return slices.Sorted(maps.Keys(found))
}

// stamped is what forms say of the instant at which they were asked for.
var stamped = regexp.MustCompile(`name="stamp" value="[^"]*"`)

// answers are what the daemon says at these URLs, headers too.
func (d *served) answers(links []string) map[string]string {
	d.t.Helper()
	said := map[string]string{}
	for _, link := range links {
		r := d.ask(http.MethodGet, link, "")
		r.header.Del("Date")
		said[link] = fmt.Sprintf("%d %v\n%s", r.status, r.header, stamped.ReplaceAllString(r.body, ""))
	}
	return said
}

func TestTheDaemonTellsNothingBeforeTheInstantAndEverythingWithinASecond(t *testing.T) {
	t.Parallel()
	d := startServe(t)
	db, site := d.desk()
	sibling := tidings.Release{
		Source: "test:sibling", Slug: "sibling", Language: "ko", Title: "협약", Translation: "accord", Status: tidings.Published,
		Published: time.Now().Add(-time.Hour), Body: tidings.Body{Format: tidings.Markdown, HTML: "<p>협약</p>", Text: "협약"},
	}
	file(t, db, site, &sibling)
	for _, f := range []string{"all", "languages/ko"} {
		d.dated(d.base + "/feeds/" + f + ".atom")
	}
	<-time.After(time.Until(time.Now().Truncate(time.Second).Add(time.Second))) // from here on all feeds have their date
	guessed := (&embargoed{file: tidings.File{Hash: tidings.HashOf([]byte("octets of a picture"))}}).surfaces()
	links := everything(d, guessed)
	before := d.answers(links)
	e := embargo(t, db, site, time.Hour)
	if now := everything(d, guessed); !slices.Equal(now, links) {
		t.Errorf("other URLs are found: %s", cmp.Diff(links, now))
	}
	after := d.answers(links)
	for _, link := range links {
		if before[link] != after[link] {
			t.Errorf("%s tells: %s", link, cmp.Diff(before[link], after[link]))
		}
	}
	e.due = d.soon(2*time.Second, "release", "schedule", itsSlug, "--at")
	d.appears(db, &e)
	d.run("withdraw", itsSlug, "--reason", "It was wrong.")
	for link, answer := range d.answers(links) {
		_, body, _ := strings.Cut(answer, "\n")
		asked := strings.Contains(link, "/search") // the page repeats what was asked
		if strings.Contains(body, "xylophone") && !asked || strings.Contains(body, itsOffice) {
			t.Errorf("%s still tells of it", link)
		}
	}
	if r := d.get("/releases/" + itsSlug); r.status != http.StatusGone || !strings.Contains(r.body, "It was wrong.") {
		t.Errorf("its page answers %d", r.status)
	}
}

// appears waits until the release is public: not before its instant, and within a second after it (and after the daemon could
// know of it), less what this machine kept the test itself waiting. Then every surface has it, in the first answer.
func (d *served) appears(db *store.DB, e *embargoed) {
	d.t.Helper()
	from := e.due
	if told := time.Now(); told.After(from) {
		from = told
	}
	const look = 10 * time.Millisecond
	again := time.NewTicker(look)
	defer again.Stop()
	var kept time.Duration // the longest wait for what takes no time
	for {
		asked := time.Now()
		_, err := db.Release(d.t.Context(), itsSlug)
		seen := time.Now()
		kept = max(kept, seen.Sub(asked))
		if err == nil {
			if seen.Before(e.due) {
				d.t.Errorf("it is public %s too early", e.due.Sub(seen))
			}
			if late := seen.Sub(from); late > time.Second+3*kept {
				d.t.Errorf("it is public %s after its instant, on a machine that took %s to look", late, kept)
			}
			break
		}
		if !errors.Is(err, tidings.ErrNotFound) {
			d.t.Fatal(err)
		}
		<-again.C
		kept = max(kept, time.Since(seen)-look)
	}
	var all sync.WaitGroup
	for path, wanted := range e.surfaces() {
		all.Go(func() {
			if r := d.get(path); r.status != http.StatusOK || !strings.Contains(r.body, wanted) {
				d.t.Errorf("%s has it not, though it is public: %d", path, r.status)
			}
		})
	}
	all.Wait()
}
