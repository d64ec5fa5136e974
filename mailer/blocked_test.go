package mailer

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/mailbox"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// weekly adds a reader.
func weekly(t *testing.T, db *store.DB, address string) {
	t.Helper()
	weeklyIn(t, db, "UTC", address)
}

func weeklyIn(t *testing.T, db *store.DB, zone, address string) {
	t.Helper()
	s := storetest.To(t, tidings.Weekly, "")
	s.Zone = zone
	storetest.Subscribe(t, db, time.Now(), address, s)
}

// refusing opens an office without readers, whose relay wants nothing for some domains.
func refusing(t *testing.T, domains ...string) *office {
	t.Helper()
	o := overTCP(t, 1, mailbox.Options{Reply: func(p mailbox.Phase, _, to string) error {
		for _, domain := range domains {
			if p == mailbox.To && strings.HasSuffix(to, "@"+domain) {
				return mailbox.Refusal(550, "5.7.1", "not authorized to send to this group")
			}
		}
		return nil
	}})
	if err := o.db.RemoveSubscriber(t.Context(), "reader0000@example.com", time.Now(), "test"); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestADomainThatRefusesUsHoldsNobodyElse(t *testing.T) {
	t.Parallel()
	const good, blocked = 60, 14
	for _, first := range []bool{false, true} { // before all others, or among them
		o := refusing(t, "blocked.example")
		for n := range good {
			for i := range blocked {
				if first && n == 0 || !first && n == 2*i {
					weekly(t, o.db, fmt.Sprintf("reader%d@blocked.example", i))
				}
			}
			weekly(t, o.db, fmt.Sprintf("reader%d@domain%d.example", n, n%5))
		}
		publish(t, o.db, 3, time.Now())
		run := must(planner(t, o.db).Force(t.Context(), time.Now(), tidings.Weekly))(t)[0].ID
		if sum := o.drain(); sum != (Summary{Sent: good, Held: blocked}) {
			t.Errorf("first %v: %+v", first, sum)
		}
		held := must(o.db.HeldMails(t.Context(), run))(t)
		said := o.log.with("level=ERROR")
		if len(said) != 1 || !strings.Contains(said[0], "blocked.example") || !strings.Contains(held.Reply, "blocked.example") {
			t.Errorf("first %v: it is said %q, %+v", first, said, held)
		}
		if n := must(o.db.Retry(t.Context(), run, time.Now(), "test"))(t); n != blocked {
			t.Errorf("first %v: %d are back", first, n)
		}
		if sum := o.drain(); sum != (Summary{Held: blocked}) {
			t.Errorf("first %v: once more: %+v", first, sum)
		}
	}
}

func TestThreeDomainsThatRefuseUsHoldTheRun(t *testing.T) {
	t.Parallel()
	o := refusing(t, "domain0.example", "domain1.example", "domain2.example")
	for n := range 60 {
		weekly(t, o.db, fmt.Sprintf("reader%d@domain%d.example", n, n%5))
	}
	publish(t, o.db, 3, time.Now())
	must(planner(t, o.db).Force(t.Context(), time.Now(), tidings.Weekly))(t)
	if sum := o.drain(); sum.Failed != 0 || sum.Sent > 10 || sum.Sent+sum.Held != 60 {
		t.Errorf("%+v", sum)
	}
}

func TestAFewStrayRefusalsBesideADomainsHoldNobody(t *testing.T) {
	t.Parallel()
	o := refusing(t, "blocked.example", "stray1.example", "stray2.example")
	for n := range 60 {
		weekly(t, o.db, fmt.Sprintf("reader%d@domain%d.example", n, n%5))
		if n < 12 {
			weekly(t, o.db, fmt.Sprintf("reader%d@blocked.example", n))
		}
		if n == 1 || n == 2 {
			weekly(t, o.db, fmt.Sprintf("reader@stray%d.example", n))
		}
	}
	publish(t, o.db, 3, time.Now())
	must(planner(t, o.db).Force(t.Context(), time.Now(), tidings.Weekly))(t)
	if sum := o.drain(); sum != (Summary{Sent: 60, Held: 12, Failed: 2}) {
		t.Errorf("%+v", sum)
	}
}

func TestADomainThatRefusesUsInSmallRunsHoldsNobodyElse(t *testing.T) {
	t.Parallel()
	const good, blocked = 10, 6
	o := refusing(t, "blocked.example")
	for n := range 2 * blocked {
		weeklyIn(t, o.db, []string{"Asia/Seoul", "UTC"}[n/blocked], fmt.Sprintf("reader%d@blocked.example", n))
	}
	for n := range good {
		weeklyIn(t, o.db, "UTC", fmt.Sprintf("reader%d@example.com", n))
	}
	publish(t, o.db, 3, time.Now())
	if runs := must(planner(t, o.db).Force(t.Context(), time.Now(), tidings.Weekly))(t); len(runs) != 2 {
		t.Fatalf("%d runs", len(runs))
	}
	if sum := o.drain(); sum != (Summary{Sent: good, Failed: 2 * blocked}) {
		t.Errorf("%+v", sum)
	}
}
