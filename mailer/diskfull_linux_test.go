package mailer

import (
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/digest"
	"github.com/tidings/tidings/mailer/faulty"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

var diskPoints = flag.Int("points", 10, "at how many points the disk is full: make diskfull asks for more")

const (
	diskReaders     = 12
	diskConnections = 2
)

// disk is a small file system of its own, and something that fills it.
type disk struct {
	t      *testing.T
	folder string
	file   *sql.DB // the test's own way to the database

	mu   sync.Mutex
	fuse int // how many more words are spoken before it is full; negative: it does not burn
}

func mount(t *testing.T) *disk {
	t.Helper()
	return &disk{t: t, folder: storetest.Disk(t, "12m"), fuse: -1}
}

func (d *disk) path(name string) string { return filepath.Join(d.folder, name) }

// fill leaves no room. The log of the database is emptied first: there would be some in it.
func (d *disk) fill() {
	for busy, log, moved := 1, 0, 0; busy != 0; <-time.After(time.Microsecond) { // while somebody reads or writes
		if err := d.file.QueryRow(`PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &log, &moved); err != nil {
			busy = 1
		}
	}
	f := must(os.Create(d.path("filler")))(d.t)
	page := make([]byte, 4096)
	var err error
	for err == nil {
		_, err = f.Write(page)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		d.t.Error(err)
	}
	if err := f.Close(); err != nil {
		d.t.Error(err)
	}
}

func (d *disk) free() {
	if err := os.Remove(d.path("filler")); err != nil {
		d.t.Error(err)
	}
}

// light has the disk full after so many words of the relay's.
func (d *disk) light(words int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fuse = words
}

// script fills the disk in the middle of a mail; nothing is wrong with the relay.
func (d *disk) script(at faulty.At) faulty.Fault {
	switch at.Phase {
	case faulty.Mail, faulty.Rcpt, faulty.Data, faulty.Body, faulty.Dot:
	default:
		return faulty.None
	}
	d.mu.Lock()
	d.fuse--
	now := d.fuse == 0
	d.mu.Unlock()
	if now {
		d.fill()
	}
	return faulty.None
}

// TestDiskFullAtAnyPointLosesNothingAndRepeatsNothing fills the disk while digests are decided, and at ever other words of the
// conversations that send them and letters; three minutes later there is room again. At every fifth point the daemon is
// stopped while the disk is full: what was on the wire then, and that alone, may arrive twice.
func TestDiskFullAtAnyPointLosesNothingAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	d := mount(t)
	synctest.Test(t, func(t *testing.T) {
		d.t = t
		f := d.office()
		stop := running(t, f.daemon())
		<-time.After(10 * time.Second) // between two ticks
		want, most, noticed := 0, 0, 0
		for point := range *diskPoints {
			f.news++
			now := time.Now()
			publish(t, f.db, f.news, now)
			postConfirm(t, f.db, fmt.Sprintf("visitor%d@example.net", point))
			want += diskReaders + 1
			said := len(f.log.with("full"))
			if point%4 == 0 { // while it is decided
				d.fill()
			} else {
				d.light(1 + point*7%60)
			}
			f.wake()
			<-time.After(time.Minute)
			if point%5 == 4 {
				stop()
				most += diskConnections
				d.free()
				stop = running(t, f.daemon())
				<-time.After(20 * time.Minute)
			} else {
				<-time.After(2 * time.Minute)
				d.free()
				<-time.After(3 * time.Minute)
			}
			if len(f.log.with("full")) > said { // there may have been room left in the log of the database
				noticed++
			}
			f.checkFull(point, want, most)
		}
		if 2*noticed < *diskPoints {
			t.Errorf("at %d points of %d somebody noticed that the disk was full", noticed, *diskPoints)
		}
		stop()
		f.part()
		_ = d.file.Close()
		if err := f.db.Close(); err != nil {
			t.Error(err)
		}
	})
}

// office opens a database on the disk, with readers who want everything at once.
func (d *disk) office() *diskOffice {
	t := d.t
	o := &office{t: t, path: d.path("tidings.db")}
	o.db = must(store.Open(t.Context(), o.path, store.Keyed(testKeys(t))))(t)
	o.outbox = o.db
	d.file = must(sql.Open("sqlite", "file:"+o.path))(t)
	d.file.SetMaxOpenConns(1)
	people(t, o.db, 0, time.Now())
	for n := range diskReaders {
		s := storetest.To(t, tidings.Immediate, "")
		s.Zone = "UTC"
		storetest.Subscribe(t, o.db, time.Now(), fmt.Sprintf("reader%04d@example.com", n), s)
	}
	f := &diskOffice{underFire: &underFire{office: o, readers: diskReaders}}
	f.meet(faulty.Options{Script: d.script})
	return f
}

type diskOffice struct {
	*underFire
	running *Mailer
}

func (f *diskOffice) daemon() *Mailer {
	f.running = f.mailer(diskConnections)
	f.running.Planner = &digest.Planner{Ledger: f.db, Site: testSite(), Cadences: tidings.Cadences{{Name: tidings.Immediate}}}
	return f.running
}

func (f *diskOffice) wake() {
	f.running.Wake()
	f.running.Post()
}

func (f *diskOffice) checkFull(point, want, most int) {
	f.t.Helper()
	first := map[string]faulty.Receipt{}
	for _, r := range f.server.Receipts() {
		if known, again := first[r.MessageID]; again && known != r {
			f.t.Errorf("point %d: a copy that is none: %+v, then %+v", point, known, r)
		}
		first[r.MessageID] = r
	}
	if copies := f.server.Taken() - len(first); len(first) != want || copies > most {
		f.t.Errorf("point %d: %d mails of %d arrived, and %d copies, of at most %d", point, len(first), want, copies, most)
	}
	// A connection of its own: one that has read the search index before takes what others made of it since for damage.
	fresh := must(sql.Open("sqlite", "file:"+f.path+"?mode=ro"))(f.t)
	defer fresh.Close()
	for query, want := range map[string]string{
		`SELECT count(*) FROM deliveries WHERE state <> 'sent'`: "0",
		`SELECT count(*) FROM letters WHERE state <> 'sent'`:    "0",
		`PRAGMA integrity_check`:                                "ok",
	} {
		var got string
		if err := fresh.QueryRow(query).Scan(&got); err != nil || got != want {
			f.t.Errorf("point %d: %s: %s (%v)", point, query, got, err)
		}
	}
}
