package store_test

import (
	"errors"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// shows fails unless the file is public or not, as wanted.
func shows(t *testing.T, db *store.DB, f tidings.File, want bool, when string) {
	t.Helper()
	got, err := db.File(t.Context(), f.Hash)
	if want && (err != nil || !cmp.Equal(got, f, cmpopts.EquateEmpty())) {
		t.Errorf("%s: %s is %+v, %v", when, f.Name, got, err)
	}
	if !want && (!errors.Is(err, tidings.ErrNotFound) || got.Data != nil) {
		t.Errorf("%s: %s is there: %v", when, f.Name, err)
	}
}

func TestFileIsPublicWhileAPublicReleaseShowsIt(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Topics(t, db, at(0), "energy")
	old, fresh := storetest.File("old.png", "image/png", "old"), storetest.File("new.png", "image/png", "new")
	sheet := storetest.File("empty.csv", "text/csv", "")
	r := storetest.Save(t, db, at(1), tidings.Release{
		Slug: "a", Status: tidings.Draft, Attachments: []tidings.Attachment{{Name: "empty.csv", Hash: sheet.Hash}},
	}, old, sheet)
	shows(t, db, old, false, "in a draft")
	if err := db.PublishNow(t.Context(), r.ID, at(2), "test"); err != nil {
		t.Fatal(err)
	}
	shows(t, db, old, true, "public")
	shows(t, db, sheet, true, "an attachment")
	if err := db.SetTopics(t.Context(), r.ID, []string{"energy"}, at(3), "test"); err != nil {
		t.Fatal(err)
	}
	shows(t, db, old, true, "after other topics")

	r.Files, r.Status = nil, ""
	storetest.Save(t, db, at(4), r, fresh)
	shows(t, db, old, false, "after a revision without it")
	shows(t, db, fresh, true, "after a revision with it")
	shows(t, db, sheet, true, "an attachment that nobody lists")
	other := storetest.Save(t, db, at(5), tidings.Release{Slug: "b", Files: []string{old.Hash, fresh.Hash}})
	shows(t, db, old, true, "in another release")
	withdraw(t, db, r.ID, tidings.Withdrawal{}, 6)
	shows(t, db, sheet, false, "of a withdrawn release")
	shows(t, db, fresh, true, "which another release shows too")
	withdraw(t, db, other.ID, tidings.Withdrawal{}, 7)
	shows(t, db, fresh, false, "of withdrawn releases alone")
}

func TestReleaseWithFilesComesOutAsItWentIn(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Topics(t, db, at(0), "energy", "trade")
	photo := storetest.File("photo.jpg", "image/jpeg", "a photo")
	in := full()
	in.Files = []string{photo.Hash}
	in.Attachments = []tidings.Attachment{{
		Name: "photo.jpg", MediaType: "image/jpeg", Size: 7, Hash: photo.Hash, Alt: "사진", Width: 640, Height: 480, Cover: true,
	}}
	other := storetest.File("other.jpg", "image/jpeg", "not shown")
	for i, want := range []tidings.Change{tidings.Created, tidings.Same} {
		r := in
		batch := []tidings.Filing{{Release: &r, Files: []tidings.File{photo, other}[:1+i]}}
		filed, err := db.SaveBatch(t.Context(), storetest.Site(t), batch, at(1), "test")
		if err != nil || filed[0].Change != want {
			t.Fatalf("%+v, %v; want %s", filed, err, want)
		}
		read, err := db.Release(t.Context(), in.Slug)
		if err != nil || !cmp.Equal(read, r) || !cmp.Equal(read.Attachments, in.Attachments) || !cmp.Equal(read.Files, in.Files) {
			t.Errorf("%v\n%s", err, cmp.Diff(in, read))
		}
	}
	r := tidings.Release{Source: "b", Slug: "b", Language: "en", Title: "B", Files: []string{other.Hash}}
	_, err := db.Save(t.Context(), storetest.Site(t), &r, at(2), "test")
	wantInvalid(t, err) // what came with the same release again was not kept
}

func TestFileIsKeptOnceUnderItsFirstName(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	first, second := storetest.File("a.png", "image/png", "same"), storetest.File("b.png", "image/x-png", "same")
	storetest.Save(t, db, at(0), tidings.Release{Slug: "a"}, first, first)
	storetest.Save(t, db, at(0), tidings.Release{Slug: "b"}, second)
	shows(t, db, first, true, "given thrice")
}

func TestFileThatIsNotWhatItSaysIsRefused(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	wrong := storetest.File("a.png", "image/png", "a")
	wrong.Data = []byte("b")
	large := storetest.File("video.mp4", "video/mp4", string(make([]byte, 33<<20)))
	for name, f := range map[string]tidings.File{"other octets": wrong, "too large": large} {
		r := tidings.Release{Source: "a", Slug: "a", Language: "en", Title: "A", Files: []string{f.Hash}}
		batch := []tidings.Filing{{Release: &r, Files: []tidings.File{f}}}
		filed, err := db.SaveBatch(t.Context(), storetest.Site(t), batch, at(0), "test")
		if err != nil {
			t.Fatal(err)
		}
		if invalid := (*tidings.InvalidError)(nil); !errors.As(filed[0].Err, &invalid) || invalid.Field != "file" {
			t.Errorf("%s: %v", name, filed[0].Err)
		}
	}
}

func TestOthersWriteBetweenTheLargeFilesOfABatch(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	var written atomic.Int32
	done := make(chan struct{})
	var other sync.WaitGroup
	other.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-done:
				return
			default:
			}
			if _, err := db.NoteConfiguration(t.Context(), strconv.Itoa(n), at(n)); err != nil {
				t.Error(err)
			}
			written.Add(1)
		}
	})
	defer other.Wait()
	defer close(done)
	var between int32
	for attempt := 0; between < 6 && attempt < 10; attempt++ { // on a busy machine the other may be late; shut out it is every time
		name := strconv.Itoa(attempt)
		r := tidings.Release{Source: name, Slug: name, Language: "en", Title: name, Status: tidings.Published}
		f := tidings.Filing{Release: &r}
		for i := range 8 {
			file := storetest.File("a.pdf", "application/pdf", name+strings.Repeat(strconv.Itoa(i), 1<<20))
			f.Files = append(f.Files, file)
			r.Files = append(r.Files, file.Hash)
		}
		before := written.Load()
		for written.Load() == before { // the other is at it
			runtime.Gosched()
		}
		before = written.Load()
		filed, err := db.SaveBatch(t.Context(), storetest.Site(t), []tidings.Filing{f}, at(0), "test")
		between = written.Load() - before
		if err != nil || filed[0].Change != tidings.Created {
			t.Fatalf("%+v, %v", filed, err)
		}
		shows(t, db, f.Files[7], true, "a large file")
	}
	if between < 6 {
		t.Errorf("others wrote %d times while 8 large files were stored", between)
	}
}

func TestLargeFilesOfWhatIsRefusedAreNotKept(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	large := storetest.File("a.pdf", "application/pdf", strings.Repeat("a", 2<<20))
	shown := storetest.File("b.pdf", "application/pdf", strings.Repeat("b", 2<<20))
	wrong := storetest.File("c.pdf", "application/pdf", "c")
	wrong.Data = []byte("d")
	filing := func(source, language string, files ...tidings.File) tidings.Filing {
		r := &tidings.Release{Source: source, Slug: source, Language: language, Title: "A"}
		for _, f := range files {
			r.Files = append(r.Files, f.Hash)
		}
		return tidings.Filing{Release: r, Files: files}
	}
	batch := []tidings.Filing{filing("a", "", large, shown), filing("b", "en", shown), filing("c", "", shown), filing("d", "en", large, wrong)}
	filed, err := db.SaveBatch(t.Context(), storetest.Site(t), batch, at(0), "test")
	if err != nil || filed[0].Err == nil || filed[1].Change != tidings.Created || filed[2].Err == nil || filed[3].Err == nil {
		t.Fatalf("%+v, %v", filed, err)
	}
	if _, err := db.DeskFile(t.Context(), large.Hash); !errors.Is(err, tidings.ErrNotFound) {
		t.Errorf("a file of refused releases alone: %v", err)
	}
	if _, err := db.DeskFile(t.Context(), shown.Hash); err != nil {
		t.Errorf("a file of refused releases and of one that was not: %v", err)
	}
}

func TestReleaseThatShowsAnUnknownFileIsRefused(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	none := tidings.HashOf([]byte("never given"))
	for _, r := range []tidings.Release{
		{Files: []string{none}},
		{Attachments: []tidings.Attachment{{Name: "a.pdf", Hash: none}}},
	} {
		r.Source, r.Slug, r.Language, r.Title = "a", "a", "en", "A"
		_, err := db.Save(t.Context(), storetest.Site(t), &r, at(0), "test")
		if invalid := (*tidings.InvalidError)(nil); !errors.As(err, &invalid) || invalid.Field != "files" {
			t.Errorf("got %v", err)
		}
	}
}
