package store_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

func day(n int) time.Time { return at(3).AddDate(0, 0, n) }

// mailOn sends everybody the day's digest, and gives the first subscriber's.
func mailOn(t *testing.T, db *store.DB, n int) tidings.ReturnPath {
	t.Helper()
	storetest.Save(t, db, day(n), tidings.Release{Slug: fmt.Sprintf("day-%d", n)})
	openRun(t, db, tidings.Daily, day(n))
	first := tidings.ReturnPath{}
	for _, d := range claim(t, db, day(n), 99) {
		settle(t, db, tidings.Outcome{Delivery: d.ID, State: tidings.DeliverySent, Attempts: 1, Reply: "250 OK", At: day(n)})
		if d.Address == "s1@example.org" {
			first = tidings.PathOf(&d)
		}
	}
	if first.ID == 0 {
		t.Fatal("the first subscriber got nothing")
	}
	return first
}

func take(t *testing.T, db *store.DB, p tidings.ReturnPath, status string, now time.Time) tidings.BounceRecord {
	t.Helper()
	b := tidings.Bounce{Mail: p, Kind: tidings.Bounced, Status: status, Diagnostic: "550 <s1@example.org>: no S1 here", Via: "lmtp"}
	if status == "" {
		b.Kind = tidings.Complained
	}
	r, err := db.TakeBounce(t.Context(), b, now)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func firstState(t *testing.T, db *store.DB) tidings.SubscriberState {
	t.Helper()
	s, err := db.Subscriber(t.Context(), "s1@example.org")
	if err != nil {
		t.Fatal(err)
	}
	return s.State
}

func TestABounceSuppressesItsAddressAndNoOther(t *testing.T) {
	t.Parallel()
	db := outbox(t, 2)
	p := mailOn(t, db, 0)
	r := take(t, db, p, "5.1.1", day(1))
	if !r.Suppressed || r.Repeated || r.Verdict != tidings.BounceHard || firstState(t, db) != tidings.Suppressed {
		t.Errorf("%+v, and the subscriber is %s", r, firstState(t, db))
	}
	if again := take(t, db, p, "5.1.1", day(2)); !again.Repeated || again.Suppressed {
		t.Errorf("a second time: %+v", again)
	}
	if s, err := db.Subscriber(t.Context(), "s2@example.org"); err != nil || s.State != tidings.Active {
		t.Errorf("the other is %s, %v", s.State, err)
	}
	kept, err := db.Bounces(t.Context(), 0, 0)
	if err != nil || len(kept) != 1 || kept[0].Diagnostic != "550 <(address)>: no (name) here" || !kept[0].Suppressed || kept[0].Via != "lmtp" {
		t.Errorf("kept: %+v, %v", kept, err)
	}
	all, err := db.Suppressions(t.Context(), at(0))
	if err != nil || len(all) != 1 || all[0].Reason != "bounced: 5.1.1" {
		t.Errorf("%+v, %v", all, err)
	}
	if records, err := db.Audit(t.Context(), 1); err != nil || records[0].Action != "subscriber.suppress" || records[0].Actor != "bounce" {
		t.Errorf("audit: %+v, %v", records, err)
	}
	if _, err := db.TakeBounce(t.Context(), tidings.Bounce{Mail: tidings.ReturnPath{Kind: tidings.DeliveryMail, ID: 999}}, day(1)); !errors.Is(err, tidings.ErrNotFound) {
		t.Errorf("of no mail: %v", err)
	}
}

func TestSoftBouncesSuppressAfterFiveInTwoWeeksWithoutASuccessBetween(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		days string // one letter a day: s bounces softly, . arrives, blank: no mail
		want tidings.SubscriberState
	}{
		"five over two weeks":             {"s   s   s   s  s", tidings.Suppressed},
		"five over less":                  {"s   s   s   ss", tidings.Active},
		"four over long":                  {"s      s      s                s", tidings.Active},
		"many in a few days, then one":    {"sssss         s", tidings.Suppressed},
		"a success between":               {"s   s   s .  s s", tidings.Active},
		"a success before":                {". s   s   s   s  s", tidings.Suppressed},
		"five after the success, too few": {"s . s s s s s", tidings.Active},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := outbox(t, 1)
			mailOn(t, db, 0)
			for i, what := range tc.days {
				if what == ' ' {
					continue
				}
				if p := mailOn(t, db, i+1); what == 's' {
					take(t, db, p, "4.2.2", day(i+1).Add(5*time.Hour))
				}
			}
			if got := firstState(t, db); got != tc.want {
				t.Errorf("%q: the subscriber is %s", tc.days, got)
			}
		})
	}
}

func TestReportsThatComeLateCountTheMailsThatTheySpeakOf(t *testing.T) {
	t.Parallel()
	db := outbox(t, 1)
	mails := make([]tidings.ReturnPath, 0, 20)
	mailOn(t, db, 0)
	for i := range 20 { // each report comes five days after its mail, when newer ones have left already
		mails = append(mails, mailOn(t, db, i+1))
		if i >= 5 {
			if r := take(t, db, mails[i-5], "4.4.7", day(i+1).Add(time.Hour)); r.Suppressed != (i == 19) {
				t.Fatalf("day %d: %+v", i, r)
			}
		}
	}
}

func TestAlarmsAndWhatIsNoFaultLeaveTheAddressAlone(t *testing.T) {
	t.Parallel()
	db := outbox(t, 1)
	for i, status := range []string{"5.7.1", "5.3.4", "5.7.26", "5.7.1", "5.7.1", "5.7.1", "5.7.1"} {
		r := take(t, db, mailOn(t, db, 7*i), status, day(7*i+1))
		if r.Verdict != tidings.BounceAlarm || firstState(t, db) != tidings.Active {
			t.Fatalf("%s: %+v, %s", status, r, firstState(t, db))
		}
		if records, err := db.Audit(t.Context(), 1); err != nil || records[0].Action != "bounce.alarm" || !strings.Contains(string(records[0].Detail), status) {
			t.Errorf("audit: %+v, %v", records, err)
		}
	}
	for i, again := range []bool{false, true} {
		if r := take(t, db, mailOn(t, db, 60+i), "5.7.1", day(70).Add(time.Duration(i)*time.Minute)); r.Again != again {
			t.Errorf("%+v", r)
		}
	}
	if records, err := db.Audit(t.Context(), 1); err != nil || records[0].Action == "bounce.alarm" {
		t.Errorf("two alarms of the same within the hour: %+v, %v", records, err)
	}
	p := mailOn(t, db, 100)
	if r := take(t, db, p, "4.2.2", day(101)); r.Repeated || r.Verdict != tidings.BounceSoft {
		t.Errorf("%+v", r)
	}
	if r := take(t, db, p, "5.1.1", day(101)); r.Repeated || !r.Suppressed { // more follows now
		t.Errorf("%+v", r)
	}
}

func TestSteadyTroubleRaisesItsAlarmEachHour(t *testing.T) {
	t.Parallel()
	db := outbox(t, 40)
	mails := claim(t, db, day(0), 99)
	var raised []int
	for i := range 40 { // one every ten minutes
		settle(t, db, tidings.Outcome{Delivery: mails[i].ID, State: tidings.DeliverySent, Attempts: 1, Reply: "250 OK", At: day(0)})
		if r := take(t, db, tidings.PathOf(&mails[i]), "5.7.1", day(1).Add(time.Duration(i)*10*time.Minute)); !r.Again {
			raised = append(raised, i)
		}
	}
	if fmt.Sprint(raised) != "[0 6 12 18 24 30 36]" {
		t.Errorf("raised by %v", raised)
	}
	records, err := db.Audit(t.Context(), 0)
	n := 0
	for _, r := range records {
		if r.Action == "bounce.alarm" {
			n++
		}
	}
	if err != nil || n != len(raised) {
		t.Errorf("%d in the audit log, %v", n, err)
	}
}

func TestWhatTheRelaySaysAtOnceRaisesTheSameAlarm(t *testing.T) {
	t.Parallel()
	var raised []string
	db := storetest.Open(t, filepath.Join(t.TempDir(), "t.db"), store.OnAlarm(func(r tidings.BounceRecord) {
		raised = append(raised, fmt.Sprintf("%s %s by %s: %s", r.Mail.Kind, r.Status, r.Via, r.Diagnostic))
	}))
	for i := range 4 {
		storetest.Subscribe(t, db, at(0), fmt.Sprintf("s%d@example.org", i+1), storetest.To(t, tidings.Daily, ""))
	}
	storetest.Save(t, db, at(1), tidings.Release{Slug: "a"})
	openRun(t, db, tidings.Daily, at(2))
	for i, d := range claim(t, db, at(3), 9) {
		status := []string{"5.7.1", "5.7.1", "5.2.2", "5.7.1"}[i]
		settle(t, db, tidings.Outcome{
			Delivery: d.ID, State: tidings.DeliveryFailed, Attempts: 1, Reply: "550 " + status + " <" + d.Address + ">", Bounced: status,
			Address: d.Address, At: at(5).Add(time.Duration(i) * 25 * time.Minute),
		})
	}
	if want := []string{"delivery 5.7.1 by relay: 550 5.7.1 <(address)>", "delivery 5.7.1 by relay: 550 5.7.1 <(address)>"}; !slices.Equal(raised, want) {
		t.Errorf("raised %q", raised)
	}
}

// TestWhatCameBackCountsAfterTheRelayHadRefusedIt: the mail was tried again, and taken.
func TestWhatCameBackCountsAfterTheRelayHadRefusedIt(t *testing.T) {
	t.Parallel()
	db := outbox(t, 1)
	d := claim(t, db, at(3), 9)[0]
	refused := tidings.Outcome{
		Delivery: d.ID, State: tidings.DeliveryFailed, Attempts: 1, Reply: "554 5.7.1 no", Bounced: "5.7.1", Address: d.Address, At: at(4),
	}
	recalled := refused
	recalled.State, recalled.Recalled, recalled.Reply = tidings.DeliveryHeld, true, "the relay refused too many messages of this run"
	settle(t, db, refused)
	settle(t, db, recalled)
	if n, err := db.Retry(t.Context(), d.RunID, at(5), "test"); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	claim(t, db, at(6), 9)
	settle(t, db, tidings.Outcome{Delivery: d.ID, State: tidings.DeliverySent, Attempts: 2, Reply: "250 OK", At: at(7)})
	if r := take(t, db, tidings.PathOf(&d), "5.7.1", at(8).Add(2*time.Hour)); r.Repeated || r.Again || r.Verdict != tidings.BounceAlarm {
		t.Errorf("%+v", r)
	}
	if r := take(t, db, tidings.PathOf(&d), "5.7.1", at(9).Add(4*time.Hour)); !r.Repeated {
		t.Errorf("a second report of it: %+v", r)
	}
}

func TestAComplaintLeavesAllAndOnlyAnAdministratorLiftsIt(t *testing.T) {
	t.Parallel()
	db := outbox(t, 1)
	p := mailOn(t, db, 0)
	if r := take(t, db, p, "", day(1)); !r.Suppressed || firstState(t, db) != tidings.Suppressed {
		t.Fatalf("%+v, %s", r, firstState(t, db))
	}
	entries, err := db.Consents(t.Context(), 1)
	if err != nil || len(entries) == 0 || entries[len(entries)-1].Kind != tidings.ConsentLeft ||
		!strings.Contains(entries[len(entries)-1].Detail, "complained") {
		t.Errorf("%+v, %v", entries, err)
	}
	err = db.AddSubscriber(t.Context(), &tidings.Subscriber{Address: "s1@example.org", State: tidings.Active}, day(2), "test")
	if !errors.Is(err, tidings.ErrSuppressed) || !strings.Contains(err.Error(), "complained") {
		t.Errorf("added: %v", err)
	}
	if err := db.LiftSuppression(t.Context(), "s1@example.org", "she called", day(3), "desk"); err != nil || firstState(t, db) != tidings.Left {
		t.Errorf("%v, %s", err, firstState(t, db))
	}
}

func TestABounceOfAMailToAFormerAddressTouchesTheNewOneNot(t *testing.T) {
	t.Parallel()
	db := outbox(t, 1)
	p := mailOn(t, db, 0)
	err := db.UpdateSubscriber(t.Context(), "1", day(1), "test", func(s *tidings.Subscriber) error {
		s.Address = "new@example.org"
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if r := take(t, db, p, "5.1.1", day(2)); r.Suppressed || r.Verdict != tidings.BounceNothing {
		t.Errorf("%+v", r)
	}
	if s, err := db.Subscriber(t.Context(), "new@example.org"); err != nil || s.State != tidings.Active {
		t.Errorf("%s, %v", s.State, err)
	}
}

func TestLiftingASuppressionBeginsTheCountAnew(t *testing.T) {
	t.Parallel()
	db := outbox(t, 1)
	mailOn(t, db, 0)
	for _, n := range []int{1, 5, 9, 13, 15} {
		take(t, db, mailOn(t, db, n), "4.2.2", day(n).Add(time.Hour))
	}
	if firstState(t, db) != tidings.Suppressed {
		t.Fatal(firstState(t, db))
	}
	if err := db.LiftSuppression(t.Context(), "s1@example.org", "she called", day(16), "desk"); err != nil {
		t.Fatal(err)
	}
	setState(t, db, "1", day(17), tidings.Active)
	if r := take(t, db, mailOn(t, db, 18), "4.2.2", day(19)); r.Suppressed {
		t.Errorf("the first one after it: %+v", r)
	}
}

func TestBouncesGoWithTheirSubscriberAndTheirWordsWithTime(t *testing.T) {
	t.Parallel()
	db := outbox(t, 2)
	p := mailOn(t, db, 0)
	take(t, db, p, "4.2.2", day(1))
	if f, err := db.Forget(t.Context(), tidings.Retention{Details: 48 * time.Hour}, day(4)); err != nil || f.Diagnostics != 1 || f.Bounces != 0 {
		t.Errorf("%+v, %v", f, err)
	}
	if r, err := db.BounceOf(t.Context(), p); err != nil || r.Diagnostic != "" || r.Status != "4.2.2" {
		t.Errorf("%+v, %v", r, err)
	}
	if err := db.RemoveSubscriber(t.Context(), "1", day(5), "test"); err != nil {
		t.Fatal(err)
	}
	if all, err := db.Bounces(t.Context(), 0, 0); err != nil || len(all) != 0 {
		t.Errorf("erased, and there is %+v, %v", all, err)
	}
	if r := take(t, db, p, "5.1.1", day(6)); r.Suppressed {
		t.Errorf("of an erased one: %+v", r)
	}
	if all, err := db.Bounces(t.Context(), 0, 0); err != nil || len(all) != 0 {
		t.Errorf("after that there is %+v, %v", all, err)
	}
}

func TestAMailIsFoundByItsMessageIDOrElseTheNewestToTheAddress(t *testing.T) {
	t.Parallel()
	db := outbox(t, 2)
	first, second := mailOn(t, db, 0), mailOn(t, db, 1)
	d, err := db.Deliveries(t.Context(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]tidings.ReturnPath{d[1].MessageID: first, strings.ToUpper(d[0].MessageID): second, "": second, "other@relay": second} {
		if got, err := db.FindMail(t.Context(), "S1@example.org", id); err != nil || got != want {
			t.Errorf("%q: %v, %v, want %v", id, got, err, want)
		}
	}
	if _, err := db.FindMail(t.Context(), "nobody@example.org", d[1].MessageID); !errors.Is(err, tidings.ErrNotFound) {
		t.Errorf("another's: %v", err)
	}
}

func TestARefusalOfTheAddressOfBeforeSuppressesNobody(t *testing.T) {
	t.Parallel()
	db := outbox(t, 1)
	got := claim(t, db, at(3), 9)
	if err := db.UpdateSubscriber(t.Context(), got[0].Address, at(4), "self", func(s *tidings.Subscriber) error {
		s.Address = "new@example.org"
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	settle(t, db, tidings.Outcome{
		Delivery: got[0].ID, State: tidings.DeliveryFailed, Attempts: 1, At: at(5), Reply: "550 5.1.1 no such user", Address: got[0].Address, Bounced: "5.1.1",
	})
	if s, err := db.Subscriber(t.Context(), "new@example.org"); err != nil || s.State != tidings.Active {
		t.Errorf("%v is %s, %v", s.Address, s.State, err)
	}
}
