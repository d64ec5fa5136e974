package mailer

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/faulty"
	"github.com/tidings/tidings/mailer/mailbox"
)

func TestARelayThatComplainsGetsHalfAndMoreAgainStepByStep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFire(t, 130)
		f.scene(1, faulty.Options{Script: func(at faulty.At) faulty.Fault {
			switch {
			case at.Phase == faulty.Rcpt && at.Message == 9:
				return faulty.Temporary // 451 4.7.0
			case at.Phase == faulty.Dot:
				<-time.After(20 * time.Second)
			}
			return faulty.None
		}})
		m := f.mailer(8)
		stop := running(t, m)
		for _, at := range []struct {
			after       time.Duration
			connections int
		}{{10 * time.Second, 8}, {50 * time.Second, 4}, {4 * time.Minute, 4}, {70 * time.Second, 5}} {
			<-time.After(at.after)
			if n := m.Relays()[0].Connections; n != at.connections || f.server.Open() != at.connections {
				t.Errorf("it has %d connections, and may have %d, want %d", f.server.Open(), n, at.connections)
			}
		}
		<-time.After(30 * time.Minute)
		stop()
		if n := m.Relays()[0].Connections; n != 8 {
			t.Errorf("in the end it may have %d", n)
		}
		if n := len(f.log.with("a relay complains of us")); n != 1 {
			t.Errorf("said %d times", n)
		}
		for reader := range f.readers {
			if got := f.short(reader + 1); got != "s1" && got != "s2" {
				t.Errorf("reader %d has %s", reader, got)
			}
		}
		f.part()
	})
}

func TestTheLevelHalvesOncePerComplaintAndHasAnEnd(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 30, 7, 0, 0, 0, time.UTC)
	r := &route{Relay: &Relay{Connections: 4}}
	for _, step := range []struct {
		after       time.Duration
		complains   bool
		connections int
		level       float64
	}{
		{0, true, 2, .5},
		{time.Second, true, 2, .5},
		{halveApart, true, 1, .25},
		{halveApart, true, 1, .125},
		{halveApart, true, 1, levelLeast},
		{halveApart, true, 1, levelLeast},
		{easeAfter - 1, false, 1, levelLeast},
		{1, false, 1, levelLeast + .25},
		{3 * easeAfter, false, 4, 1},
		{easeAfter, true, 2, .5},
	} {
		now = now.Add(step.after)
		if step.complains {
			r.throttle.complain(4, now)
		}
		if n, level := r.room(now), r.throttle.at(4, now); n != step.connections || level != step.level {
			t.Errorf("%+v: %d connections at %g", step, n, level)
		}
	}
}

func TestOneMailThatIsRefusedAgainAndAgainIsNoComplaint(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1, mailbox.Options{Reply: always(mailbox.Dot, mailbox.Refusal(451, "4.3.0", "not this one"))})
		o.idle = true
		stop := running(t, o.mailer(2))
		<-time.After(24 * time.Hour)
		stop()
		o.want(tidings.DeliveryDeferred, 9, 0)
		if said := o.log.with("a relay complains"); len(said) > 0 {
			t.Errorf("it is said %q", said)
		}
	})
}
