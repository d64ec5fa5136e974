package mailer

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/mailbox"
)

// deniable is an office with so many readers in each zone, whose relay denies everybody at the phase while it is told to.
func deniable(t *testing.T, readers int, zones []string, phase mailbox.Phase, no error) (o *office, denies *atomic.Bool) {
	t.Helper()
	denies = &atomic.Bool{}
	o = newOffice(t, 1, mailbox.Options{Reply: func(p mailbox.Phase, _, _ string) error {
		if p == phase && denies.Load() {
			return no
		}
		return nil
	}})
	if err := o.db.RemoveSubscriber(t.Context(), "reader0000@example.com", time.Now(), "test"); err != nil {
		t.Fatal(err)
	}
	for z, zone := range zones {
		for n := range readers {
			s := tidings.Subscriber{
				Address: fmt.Sprintf("reader%d@zone%d.example", n, z), Language: "en", State: tidings.Active,
				Consent:       tidings.Consent{Basis: "asked", By: "test", At: time.Now()},
				Subscriptions: []tidings.Subscription{{Cadence: tidings.Weekly, Zone: zone, Hour: tidings.AnyHour}},
			}
			if err := o.db.AddSubscriber(t.Context(), &s, time.Now(), "test"); err != nil {
				t.Fatal(err)
			}
		}
	}
	return o, denies
}

// release makes the n-th release public, and opens its runs.
func (o *office) release(n int) []tidings.Run {
	o.t.Helper()
	<-time.After(time.Minute)
	publish(o.t, o.db, n, time.Now())
	return must(planner(o.t, o.db).Force(o.t.Context(), time.Now(), tidings.Weekly))(o.t)
}

func TestRelayThatDeniesEverybodyLosesNothingHoweverSmallTheRuns(t *testing.T) {
	t.Parallel()
	five := []string{"UTC", "Asia/Seoul", "Europe/Paris", "America/Lima", "Africa/Cairo"}
	var many []string
	for n := range 12 {
		many = append(many, fmt.Sprintf("Etc/GMT+%d", n+1), fmt.Sprintf("Etc/GMT-%d", n+1))
	}
	for name, c := range map[string]struct {
		readers int
		zones   []string
		phase   mailbox.Phase
		no      error
	}{
		"five zones at RCPT":            {9, five, mailbox.To, mailbox.Refusal(554, "5.7.1", "Relay access denied")},
		"five zones at the dot":         {9, five, mailbox.Dot, mailbox.Refusal(554, "5.7.1", "Relay access denied")},
		"one zone, without a status":    {8, five[:1], mailbox.To, mailbox.Refusal(550, "", "Relay access denied")},
		"a reader in each of two zones": {1, five[:2], mailbox.Dot, mailbox.Refusal(554, "5.7.1", "Relay access denied")},
		"a reader in each of 24 zones":  {1, many, mailbox.To, mailbox.Refusal(554, "5.7.1", "Relay access denied")},
		"one reader":                    {1, five[:1], mailbox.To, mailbox.Refusal(554, "5.7.1", "Relay access denied")},
		"our sender's domain":           {8, five[:1], mailbox.To, mailbox.Refusal(550, "5.1.8", "Sender address rejected: Domain not found")},
		"our sender's address":          {8, five[:1], mailbox.To, mailbox.Refusal(550, "5.1.7", "Sender address rejected: bad syntax")},
		"our sender, at Postfix":        {8, five[:1], mailbox.To, mailbox.Refusal(550, "5.1.0", "Sender address rejected: User unknown")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				o, denies := deniable(t, c.readers, c.zones, c.phase, c.no)
				denies.Store(true)
				runs, all := o.release(3), c.readers*len(c.zones)
				if len(runs) != len(c.zones) {
					t.Fatalf("%d runs", len(runs))
				}
				sum := must(o.mailer(2).Drain(t.Context()))(t)
				if sum != (Summary{Held: all}) {
					t.Errorf("%+v", sum)
				}
				_, words, _ := strings.Cut(c.no.Error(), ": ")
				if said := o.log.with("level=ERROR"); len(said) != 1 || !strings.Contains(said[0], words) {
					t.Errorf("the log says %q", said)
				}
				denies.Store(false)
				for i := range runs {
					held := must(o.db.HeldMails(t.Context(), runs[i].ID))(t)
					if held.Mails != c.readers || !strings.Contains(held.Reply, " of this run: 55") {
						t.Errorf("run %d: %+v", runs[i].ID, held)
					}
					if n := must(o.db.Retry(t.Context(), runs[i].ID, time.Now(), "test"))(t); n != int64(c.readers) {
						t.Errorf("%d of run %d are back", n, runs[i].ID)
					}
				}
				if sum := must(o.mailer(2).Drain(t.Context()))(t); sum != (Summary{Sent: all}) || len(o.box.Mails()) != all {
					t.Errorf("mended: %+v, %d mails", sum, len(o.box.Mails()))
				}
			})
		})
	}
}

func TestRelayThatBeginsToDenyEverybodyLosesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o, denies := deniable(t, 4, []string{"UTC"}, mailbox.To, mailbox.Refusal(550, "5.7.1", "Relay access denied"))
		m := o.mailer(1)
		stop := running(t, m)
		o.release(3)
		m.Post()
		<-time.After(time.Minute)
		denies.Store(true)
		run := o.release(4)[0]
		m.Post()
		<-time.After(time.Minute)
		stop()
		if held := must(o.db.HeldMails(t.Context(), run.ID))(t); held.Mails != 4 || len(o.box.Mails()) != 4 {
			t.Errorf("%+v, %d mails", held, len(o.box.Mails()))
		}
	})
}

// TestARefusalOfOneReaderIsTheirsWhereTheRelayTookOthers: and what meets one reader after the other, in runs of their own, is the relay's.
func TestARefusalOfOneReaderIsTheirsWhereTheRelayTookOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		zones := []string{"UTC", "Asia/Seoul", "Europe/Paris"}
		o, denies := deniable(t, 1, zones, mailbox.To, mailbox.Refusal(550, "5.7.1", "we do not want it"))
		m := o.mailer(1)
		drain := func(want Summary) {
			t.Helper()
			if sum := must(m.Drain(t.Context()))(t); sum != want {
				t.Errorf("%+v, not %+v", sum, want)
			}
		}
		o.release(3)
		drain(Summary{Sent: 3})
		denies.Store(true)
		runs := o.release(4)
		for i := range runs[1:] { // one at a time
			hold := tidings.Hold{Run: runs[i+1].ID, By: tidings.HeldByDesk}
			if err := o.db.Hold(t.Context(), hold, time.Now(), "test"); err != nil {
				t.Fatal(err)
			}
		}
		drain(Summary{Failed: 1})
		for _, want := range []Summary{{Held: 2}, {Held: 1}} {
			if _, err := o.db.Lift(t.Context(), runs[1].ID, "", time.Now(), "test"); err != nil {
				t.Fatal(err)
			}
			runs = runs[1:]
			drain(want)
		}
	})
}

func TestWhatARelayThatHasTakenNothingSaysOfAnAddressIsBelieved(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]Summary{"5.1.1": {Failed: 1}, "5.2.1": {Failed: 1}, "5.0.0": {Held: 1}} {
		synctest.Test(t, func(t *testing.T) {
			o := newOffice(t, 1, mailbox.Options{Reply: always(mailbox.To, mailbox.Refusal(550, status, "no"))})
			if sum := o.drain(); sum != want {
				t.Errorf("%s: %+v, not %+v", status, sum, want)
			}
		})
	}
}
