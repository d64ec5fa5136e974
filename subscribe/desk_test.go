package subscribe_test

import (
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
	"github.com/tidings/tidings/subscribe"
)

// desk is a service over a real database with two topics in use and one that has ended.
type desk struct {
	*subscribe.Service
	db   *store.DB
	path string // of its file
	now  time.Time
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tidings.db")
	d := &desk{db: storetest.Open(t, path), path: path, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	for i, slug := range []string{"energy", "trade", "fisheries"} {
		topic := tidings.Topic{Slug: slug, Names: map[string]string{"en": slug}, Order: i}
		if _, err := d.db.SaveTopic(t.Context(), &topic, d.now, "test"); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.db.EndTopic(t.Context(), "fisheries", d.now, "test"); err != nil {
		t.Fatal(err)
	}
	seoul, err := time.LoadLocation("Asia/Seoul")
	if err != nil {
		t.Fatal(err)
	}
	d.Service = &subscribe.Service{
		Register: d.db, Personal: d.db, Topics: d.db, Suppressions: d.db, Requests: d.db, Tickets: d.db,
		Keyring: storetest.Keys(t), Languages: []string{"en", "ko"},
		Site: &tidings.Site{
			Base: &url.URL{Scheme: "https", Host: "news.example.org"}, Language: "ko", Languages: []string{"ko", "en"},
			Zone: seoul, TagEntity: "news.example.org,2026", MailDomain: "news.example.org",
		},
	}
	for _, c := range [][2]string{{tidings.Immediate, "* * * * *"}, {tidings.Daily, "0 8 * * *"}, {tidings.Weekly, "0 8 * * 1"}} {
		schedule, err := tidings.ParseSchedule(c[1])
		if err != nil {
			t.Fatal(err)
		}
		d.Cadences = append(d.Cadences, tidings.Cadence{Name: c[0], Schedule: schedule})
	}
	return d
}

func join() subscribe.Join {
	return subscribe.Join{
		Address: "Min@Example.org", Language: "ko-KR", Consent: tidings.Consent{Basis: "signed form"},
		Choices: []tidings.Choice{{Cadence: tidings.Daily, Filter: "topic:energy", Hour: tidings.AnyHour}},
	}
}

func (d *desk) add(t *testing.T) tidings.Subscriber {
	t.Helper()
	sub, err := d.Add(t.Context(), join(), d.now, subscribe.CommandLine)
	if err != nil {
		t.Fatal(err)
	}
	return sub
}

func (d *desk) stored(t *testing.T) tidings.Subscriber {
	t.Helper()
	sub, err := d.db.Subscriber(t.Context(), "Min@example.org")
	if err != nil {
		t.Fatal(err)
	}
	return sub
}

// publish makes one public release about energy.
func (d *desk) publish(t *testing.T, title string) {
	t.Helper()
	r := tidings.Release{
		Source: title, Slug: title, Language: "en", Title: title, Topics: []string{"energy"},
		Status: tidings.Published, Published: d.now,
	}
	if _, err := d.db.Save(t.Context(), d.Site, &r, d.now, "test"); err != nil {
		t.Fatal(err)
	}
}

// token runs the digest by hand and gives the leave token of the one mail it makes.
func (d *desk) token(t *testing.T) string {
	t.Helper()
	d.publish(t, "solar")
	run := tidings.Run{
		Slot: tidings.Slot{Cadence: tidings.Daily, Zone: "Asia/Seoul", Hour: tidings.AnyHour},
		Kind: tidings.ScheduledRun, Due: d.now, Created: d.now, Domain: "news.example.org",
	}
	_, err := d.db.OpenRun(t.Context(), &run, func(cs []tidings.Cohort, found []tidings.Candidate) ([]tidings.Decision, error) {
		all := make([]tidings.Decision, len(cs))
		for i := range all {
			all[i].Position = found[len(found)-1].Seq
			for _, c := range found {
				all[i].Entries = append(all[i].Entries, tidings.Entry{Release: c.Release.ID, Revision: c.Release.Revision})
			}
		}
		return all, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	claimed, err := d.db.Claim(t.Context(), d.now, 10)
	if err != nil || len(claimed) != 1 {
		t.Fatalf("the run made %d mails, %v; want one", len(claimed), err)
	}
	d.settle(t, claimed[0])
	return d.Keyring.Mint(tidings.PurposeLeave, claimed[0].ID, claimed[0].Subscriber, claimed[0].Since)
}

// settle has the mail sent.
func (d *desk) settle(t *testing.T, mail tidings.Delivery) {
	t.Helper()
	sent := tidings.Outcome{Delivery: mail.ID, State: tidings.DeliverySent, Attempts: 1, Reply: "250 ok", At: d.now}
	if err := d.db.Settle(t.Context(), []tidings.Outcome{sent}); err != nil {
		t.Fatal(err)
	}
}
