package mailer

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/faulty"
	"github.com/tidings/tidings/store/storetest"
)

// underFire is an office that sends to a relay which fails on demand. One of its databases serves many scenes: each has a run,
// a relay and a mailer of its own.
type underFire struct {
	*office
	server  *faulty.Server
	readers int
	news    int // releases so far
}

// newFire opens an office with so many readers, and no run.
func newFire(t testing.TB, readers int) *underFire {
	t.Helper()
	o := &office{t: t, path: filepath.Join(t.TempDir(), "tidings.db"), idle: true}
	o.db = storetest.Open(t, o.path)
	o.outbox = o.db
	people(t, o.db, readers, time.Now())
	return &underFire{office: o, readers: readers}
}

// scene opens a relay in memory, and a run of so many new releases for every reader.
func (f *underFire) scene(releases int, options faulty.Options) {
	f.t.Helper()
	f.meet(options)
	now := time.Now()
	for range releases {
		f.news++
		publish(f.t, f.db, f.news, now)
	}
	if runs := must(planner(f.t, f.db).Force(f.t.Context(), now, tidings.Weekly))(f.t); len(runs) != 1 {
		f.t.Fatalf("%d runs", len(runs))
	}
}

// meet opens a relay in memory in the place of the one before.
func (f *underFire) meet(options faulty.Options) {
	f.t.Helper()
	f.part()
	f.server = must(faulty.Serve(options))(f.t)
	f.relay = &Relay{Host: "localhost", Port: 25, Security: Plain, Dial: f.server.Dial}
	if options.StartTLS {
		f.relay.Security, f.relay.RootCAs = STARTTLS, f.server.RootCAs()
	}
	for user, password := range options.Users {
		f.relay.User, f.relay.Password = user, password
	}
}

// part closes the relay, if there is one.
func (f *underFire) part() {
	f.t.Helper()
	if f.server == nil {
		return
	}
	if err := f.server.Close(); err != nil {
		f.t.Error(err)
	}
}

// short is a delivery's state and how many attempts count, as the tables write it: "d1".
func (f *underFire) short(reader int) string {
	f.t.Helper()
	d := f.delivery(int64(reader))
	return fmt.Sprintf("%c%d", d.State[0], d.Attempts)
}
