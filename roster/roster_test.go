package roster_test

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/roster"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
	"github.com/tidings/tidings/subscribe"
)

func day() time.Time { return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC) }

// options are those of a site in Seoul with the topics energy (에너지), trade and ships, of which the last has ended.
func options(t testing.TB) roster.Options {
	t.Helper()
	return roster.Options{
		Basis: "double opt-in elsewhere", Cadence: tidings.Weekly, Cadences: cadences(t), Hour: tidings.AnyHour,
		Topics: []tidings.Topic{
			{Slug: "energy", Names: map[string]string{"en": "Energy and Climate", "ko": "에너지"}},
			{Slug: "trade", Names: map[string]string{"en": "Trade"}},
			{Slug: "ships", Names: map[string]string{"en": "Ships"}, Ended: day()},
		},
		Languages: []string{"en", "ko"}, Zone: storetest.Site(t).Zone, Address: subscribe.NormalizeAddress, Now: day(), Actor: "test",
	}
}

func cadences(t testing.TB) tidings.Cadences {
	t.Helper()
	var all tidings.Cadences
	for _, c := range [][2]string{{tidings.Immediate, "* * * * *"}, {tidings.Daily, "0 8 * * *"}, {tidings.Weekly, "0 8 * * 1"}, {tidings.Monthly, "0 8 1 * *"}} {
		s, err := tidings.ParseSchedule(c[1])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, tidings.Cadence{Name: c[0], Schedule: s})
	}
	return all
}

func opener(text string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
}

// taken imports a list and gives what became of each row.
func taken(t testing.TB, db roster.Register, name, text string, opts roster.Options) (roster.Report, []roster.Line) {
	t.Helper()
	var lines []roster.Line
	opts.Each = func(l roster.Line) { lines = append(lines, l) }
	report, err := roster.Import(t.Context(), opener(text), name, db, opts)
	if err != nil {
		t.Fatal(err)
	}
	return report, lines
}

// fates are the lines in short: "2 added a@example.org".
func fates(lines []roster.Line) []string {
	var out []string
	for _, l := range lines {
		out = append(out, strings.TrimSpace(cmp.Or(string(l.Fate), "?")+" "+l.Address))
	}
	return out
}

func subscriberOf(t testing.TB, db *store.DB, address string) tidings.Subscriber {
	t.Helper()
	s, err := db.Subscriber(t.Context(), address)
	if err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	return s
}

func TestListsOfOtherNewslettersAreRecognisedAndTheirStatusesKept(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		format, file, text string
		fates              []string
		given              string // when a@example.org consented
		filter             string // what they get
	}{
		{roster.Listmonk, "subscribers.csv", `uuid,email,name,attributes,status,created_at,updated_at
u1,a@example.org,Ann,"{""city"": ""Seoul""}",enabled,2023-04-05 06:07:08.123456 +0000 UTC,2023-04-05 06:07:08 +0000 UTC
u2,b@example.org,Bob,{},disabled,2023-04-05 06:07:08 +0000 UTC,2023-04-05 06:07:08 +0000 UTC
u3,c@example.org,Cy,{},blocklisted,2023-04-05 06:07:08 +0000 UTC,2023-04-05 06:07:08 +0000 UTC
`, []string{"added a@example.org", "left b@example.org", "suppressed c@example.org"}, "2023-04-05T06:07:08Z", ""},
		{roster.Mailchimp, "subscribed_members_export_1a2b.csv", `"Email Address","First Name","Last Name",MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS
a@example.org,Ann,A,2,"2023-04-05 06:00:00",198.51.100.7,"2023-04-05 06:07:08",203.0.113.9,,,,,America/New_York,US,NY,"2024-01-01 00:00:00",1,x1,,"""Energy and Climate"",""VIP"""
`, []string{"added a@example.org"}, "2023-04-05T06:07:08Z", "topic:energy"},
		{roster.Mailchimp, "unsubscribed_members_export_1a2b.csv", `"Email Address",MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,LEID,EUID
a@example.org,2,,,,,"2024-02-03 04:05:06",June,c1,"NORMAL",1,x1
`, []string{"left a@example.org"}, "", ""},
		{roster.Mailchimp, "cleaned_members_export_1a2b.csv", `"Email Address",MEMBER_RATING,CLEAN_TIME,LEID,EUID
a@example.org,2,"2024-02-03 04:05:06",1,x1
`, []string{"suppressed a@example.org"}, "", ""},
		{roster.Mailchimp, "nonsubscribed_members_export_1a2b.csv", `"Email Address",MEMBER_RATING,LEID,EUID
a@example.org,2,1,x1
`, []string{"skipped a@example.org"}, "", ""},
		{roster.Ghost, "members.csv", `id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers
1,a@example.org,Ann,,true,false,,2023-04-05T06:07:08.000Z,,"Trade,에너지",
2,b@example.org,Bob,,false,,,2023-04-05T06:07:08.000Z,,,
`, []string{"added a@example.org", "left b@example.org"}, "2023-04-05T06:07:08Z", "topic:energy,trade"},
		{roster.Substack, "email_list.csv", `email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at
a@example.org,false,,other,false,2023-04-05T06:07:08.000Z,
b@example.org,true,2027-01-01T00:00:00.000Z,yearly,true,2023-04-05T06:07:08.000Z,2023-04-06T00:00:00.000Z
`, []string{"added a@example.org", "left b@example.org"}, "2023-04-05T06:07:08Z", ""},
		{roster.Buttondown, "subscribers.csv", `id,email_address,creation_date,type,tags,ip_address,unsubscription_date,undeliverability_reason,notes
1,a@example.org,2023-04-05T06:07:08Z,regular,"trade, ships",2001:db8:1:2::3,2022-01-01T00:00:00Z,,
2,b@example.org,2023-04-05T06:07:08Z,unactivated,,,,,
3,c@example.org,2023-04-05T06:07:08Z,unsubscribed,,,2024-01-01T00:00:00Z,,
4,d@example.org,2023-04-05T06:07:08Z,undeliverable,,,,hard bounce,
5,e@example.org,2023-04-05T06:07:08Z,complained,,,,,
6,f@example.org,2023-04-05T06:07:08Z,paused,,,,,
`, []string{
			"added a@example.org", "skipped b@example.org", "left c@example.org", "suppressed d@example.org", "suppressed e@example.org",
			"added f@example.org",
		}, "2023-04-05T06:07:08Z", "topic:trade"},
		{roster.Plain, "list.csv", "이메일;주제;언어\na@example.org;에너지|ENERGY;ko-KR\n", []string{"added a@example.org"}, "0001-01-01T00:00:00Z", "topic:energy"},
	} {
		t.Run(tc.file, func(t *testing.T) {
			t.Parallel()
			db := storetest.New(t)
			report, lines := taken(t, db, tc.file, tc.text, options(t))
			if diff := gocmp.Diff(tc.fates, fates(lines)); diff != "" || report.Format != tc.format || report.Rows() != len(tc.fates) {
				t.Fatalf("%s as %s: %s\n%+v", tc.file, report.Format, diff, lines)
			}
			if tc.given == "" {
				return
			}
			s := subscriberOf(t, db, "a@example.org")
			if s.State != tidings.Active || s.Consent.Basis != "double opt-in elsewhere" || s.Consent.At.Format(time.RFC3339) != tc.given ||
				len(s.Subscriptions) != 1 || s.Subscriptions[0].Cadence != tidings.Weekly || s.Subscriptions[0].Filter.String() != tc.filter {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestTheRecordOfConsentSaysWhenAndFromWhichNetwork(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	text := "email,consented,ip,basis,status\n" +
		"a@example.org,2023-04-05 06:07:08,203.0.113.9,signed form,subscribed\n" +
		"b@example.org,2023-04-05 06:07:08,2001:db8:1:2::3,,unsubscribed\n"
	taken(t, db, "l.csv", text, options(t))
	var got []string
	for e, err := range db.EachConsent(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e.Address+" "+string(e.Kind)+" "+e.Evidence.Form+" "+e.Evidence.Network+" "+e.Detail)
	}
	want := []string{
		`a@example.org recorded import 203.0.113.0/24 {"basis":"signed form","by":"test","given":"2023-04-05T06:07:08Z","language":"en",` +
			`"choices":[{"cadence":"weekly","filter":"","zone":"Asia/Seoul","hour":-1}]}`,
		`b@example.org left import 2001:db8:1::/48 {"basis":"double opt-in elsewhere","by":"test","given":"2023-04-05T06:07:08Z","language":"en",` +
			`"reason":"left where the list comes from"}`,
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDatesAreReadAsTheyAreUsuallyWritten(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2024-12-31": "2024-12-31T00:00:00Z", "2024-12-31 10:00:00": "2024-12-31T10:00:00Z", "2024-12-31T10:00:00+09:00": "2024-12-31T01:00:00Z",
		"2024-12-31 10:00:00 +0900": "2024-12-31T01:00:00Z", "2024-12-31 10:00:00+09": "2024-12-31T01:00:00Z", "2024-12-31 10:00:00 UTC": "2024-12-31T10:00:00Z",
		"2024-12-31 10:00:00.5 +0900 KST": "2024-12-31T01:00:00Z", "2024-12-31T10:00:00.000Z": "2024-12-31T10:00:00Z",
		"31.12.2024": "2024-12-31T00:00:00Z", "1.2.2024": "2024-02-01T00:00:00Z", "31.12.2024, 10:00": "2024-12-31T10:00:00Z",
		"2024.12.31": "2024-12-31T00:00:00Z", "2024. 2. 1.": "2024-02-01T00:00:00Z", "2024/2/1 10:00": "2024-02-01T10:00:00Z",
		"31/12/2024": "2024-12-31T00:00:00Z", "12/31/2024 3:04 PM": "2024-12-31T15:04:00Z", "5/5/2024": "2024-05-05T00:00:00Z",
		"Dec 31, 2024": "2024-12-31T00:00:00Z", "Tue, 31 Dec 2024 10:00:00 +0900": "2024-12-31T01:00:00Z",
	} {
		db := storetest.New(t)
		_, lines := taken(t, db, "l.csv", "email;consented\na@example.org;"+text+"\n", options(t))
		if got := subscriberOf(t, db, "a@example.org").Consent.At.Truncate(time.Second).Format(time.RFC3339); got != want || len(lines[0].Notes) != 0 {
			t.Errorf("%s: %s, want %s; %v", text, got, want, lines[0].Notes)
		}
	}
}

func TestADateThatIsNotKnownIsNotMadeUp(t *testing.T) {
	t.Parallel()
	for text, note := range map[string]string{
		"": "", "last summer": roster.NoteDate, "03/04/2024": roster.NoteDate, "31/12/24": roster.NoteDate, "0001-01-01": roster.NoteDate,
		"2024-12-31 10:00:00 EST": roster.NoteDate, "2024-02-30": roster.NoteDate, "13/13/2024": roster.NoteDate, "2999-01-01": roster.NoteFuture,
	} {
		db := storetest.New(t)
		report, lines := taken(t, db, "l.csv", "email,consented\nb@example.org,2020-01-01\na@example.org,"+text+"\n", options(t))
		if lines[1].Fate != tidings.FateAdded || strings.Join(lines[1].Notes, "") != note || note != "" && !slices.Equal(report.Noted[note], []int{3}) {
			t.Errorf("%q: %+v, %v", text, lines[1], report.Noted)
		}
		s := subscriberOf(t, db, "a@example.org")
		for e, err := range db.EachConsent(t.Context(), s.ID) {
			if err != nil || strings.Contains(e.Detail, "given") || !e.At.Equal(day()) || !s.Consent.At.IsZero() {
				t.Errorf("%q: %s at %s, %v", text, e.Detail, e.At, err)
			}
		}
	}
}

func TestEveryRowIsAccountedForByItsLine(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Subscribe(t, db, day(), "here@example.org", storetest.To(t, tidings.Daily, ""))
	if _, err := db.Suppress(t.Context(), "bounced@example.org", "550", time.Time{}, day(), "test"); err != nil {
		t.Fatal(err)
	}
	text := "email,status,tags\n" +
		"new@example.org,subscribed,energy\n" +
		"HERE@example.org,subscribed,\n" +
		"bounced@example.org,subscribed,\n" +
		"no address,subscribed,\n" +
		"\n" +
		"NEW@example.org,subscribed,trade\n" +
		"odd@example.org,wobbly,\n" +
		"short@example.org\n" +
		"a\"b@example.org,subscribed,\n" +
		"\"two\nlines\",subscribed,\n" +
		",subscribed,trade\n" +
		"last@example.org,subscribed,\"sports, cooking\"\n"
	report, lines := taken(t, db, "l.csv", text, options(t))
	var got []string
	for _, l := range lines {
		got = append(got, strings.Join([]string{itoa(l.Number), string(l.Fate), l.Reason}, " "))
	}
	want := []string{
		"2 added ", "3 known is here already: active", "4 barred suppressed: 550", `5 broken address: "no address" has no @`,
		"7 duplicate stands on line 2 already",
		`8 broken status: "wobbly" is none that is known, such as subscribed, unconfirmed, unsubscribed or bounced`,
		"9 broken l.csv:9: has 1 cells, the heading has 3: is a quote or a separator missing?",
		`10 broken l.csv:10: column 2: bare " in non-quoted-field`, `11 broken address: "two\nlines" has no @`,
		"13 broken address: is missing", "14 added ",
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if report.Rows() != 11 || report.Unknown["sports"] != 1 || report.Notes[roster.NoteTopics] != 1 {
		t.Errorf("%+v", report)
	}
	if s := subscriberOf(t, db, "here@example.org"); len(s.Subscriptions) != 1 || s.Subscriptions[0].Cadence != tidings.Daily {
		t.Errorf("who was here was changed: %+v", s)
	}
	again, _ := taken(t, db, "l.csv", text, options(t))
	if again.Counts[tidings.FateAdded] != 0 || again.Counts[tidings.FateKnown] != 3 || again.Rows() != 11 {
		t.Errorf("the same list again: %+v", again.Counts)
	}
}

func TestWhatIsSaidMostStrictlyOfAnAddressCounts(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	_, lines := taken(t, db, "l.csv", "email,status\na@example.org,subscribed\nb@example.org,subscribed\nA@example.org,unsubscribed\nb@example.org,bounced\n", options(t))
	if got := fates(lines); !slices.Equal(got, []string{"left a@example.org", "suppressed b@example.org", "duplicate A@example.org", "duplicate b@example.org"}) {
		t.Error(got)
	}
	if s := subscriberOf(t, db, "a@example.org"); s.State != tidings.Left || len(s.Subscriptions) != 0 {
		t.Errorf("%+v", s)
	}
}

func TestOneMayKnowBetterThanTheFileWhatAllInItAre(t *testing.T) {
	t.Parallel()
	opts := options(t)
	opts.Status = "Unsubscribed"
	_, lines := taken(t, storetest.New(t), "l.csv", "uuid,email,attributes,status\n1,a@example.org,,enabled\n2,b@example.org,,blocklisted\n", opts)
	if got := fates(lines); !slices.Equal(got, []string{"left a@example.org", "suppressed b@example.org"}) {
		t.Error(got)
	}
	opts.Status = "gone"
	if _, err := roster.Import(t.Context(), opener("email\na@b.org"), "l.csv", storetest.New(t), opts); err == nil || !strings.Contains(err.Error(), `--status: "gone" is none`) {
		t.Error(err)
	}
}

func TestWhoLeftOrBouncedElsewhereIsNotBroughtBackByALaterList(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	taken(t, db, "l.csv", "email,status\na@example.org,unsubscribed\nb@example.org,bounced\n", options(t))
	_, lines := taken(t, db, "l.csv", "email,status\na@example.org,subscribed\nb@example.org,subscribed\n", options(t))
	if lines[0].Fate != tidings.FateKnown || lines[0].Reason != "is here already: left" || lines[1].Fate != tidings.FateBarred {
		t.Errorf("%+v", lines)
	}
	all, err := db.Suppressions(t.Context(), day())
	if err != nil || len(all) != 1 || all[0].Address != "" || all[0].Reason != "bounced (imported: plain)" {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestWhoIsSaidToHaveLeftAndIsASubscriberHereIsPointedOut(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	for _, address := range []string{"a@example.org", "b@example.org", "c@example.org"} {
		storetest.Subscribe(t, db, day(), address, storetest.To(t, tidings.Daily, ""))
	}
	taken(t, db, "l.csv", "email,status\nd@example.org,unsubscribed\n", options(t))
	text := "email,status\na@example.org,unsubscribed\nb@example.org,complained\nc@example.org,subscribed\nd@example.org,bounced\n"
	report, lines := taken(t, db, "l.csv", text, options(t))
	if report.Notes[roster.NoteStays] != 2 || !slices.Equal(report.Noted[roster.NoteStays], []int{2, 3}) {
		t.Errorf("%+v, %+v", report, lines)
	}
	if got := fates(lines); !slices.Equal(got, []string{"known a@example.org", "known b@example.org", "known c@example.org", "known d@example.org"}) {
		t.Error(got)
	}
}

func TestNoAddressIsKeptInAReasonOrAConsent(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	taken(t, db, "l.csv", "email,status,reason,basis,by\na@example.org,bounced,550 5.1.1 <a@example.org> user unknown,,\n"+
		"b@example.org,subscribed,,mail from b@example.org,kim@example.org\n", options(t))
	all, err := db.Suppressions(t.Context(), day())
	if err != nil || len(all) != 1 || all[0].Reason != "550 5.1.1 <(address)> user unknown (imported: plain)" {
		t.Errorf("%+v, %v", all, err)
	}
	s := subscriberOf(t, db, "b@example.org")
	if s.Consent.Basis != "mail from (address)" || strings.Contains(s.Consent.By, "@") {
		t.Errorf("%+v", s.Consent)
	}
	for e, err := range db.EachConsent(t.Context(), s.ID) {
		if err != nil || strings.Contains(e.Detail, "@") {
			t.Error(e.Detail, err)
		}
	}
}

func TestNobodyGetsWhatWasPublishedBefore(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	storetest.Save(t, db, day(), tidings.Release{Slug: "old", Published: day()})
	taken(t, db, "l.csv", "email,cadence,hour,zone\na@example.org,Daily,7,Europe/Paris\nb@example.org,hourly,25,Mars/Olympus\n", options(t))
	s := subscriberOf(t, db, "a@example.org").Subscriptions[0]
	if s.Position != 1 || s.Cadence != tidings.Daily || s.Hour != 7 || s.Zone != "Europe/Paris" {
		t.Errorf("%+v", s)
	}
	if s := subscriberOf(t, db, "b@example.org").Subscriptions[0]; s.Cadence != tidings.Weekly || s.Hour != tidings.AnyHour || s.Zone != "Asia/Seoul" {
		t.Errorf("%+v", s)
	}
}

func TestAnEmptyStatusIsNobodysYes(t *testing.T) {
	t.Parallel()
	const empty = "status: is empty, which is nobody's yes: write it there, or say with --status what such rows are"
	for name, text := range map[string]string{
		"plain":      "email,status\na@example.org,\nb@example.org,active\n",
		"blanks":     "email,status\na@example.org,\" \u00a0\t\"\nb@example.org,active\n",
		"listmonk":   "uuid,email,attributes,status\n1,a@example.org,{},\n2,b@example.org,{},enabled\n",
		"ghost":      "email,subscribed_to_emails,created_at\na@example.org,,\nb@example.org,true,\n",
		"substack":   "email,active_subscription,email_disabled\na@example.org,true,\nb@example.org,true,false\n",
		"buttondown": "email_address,creation_date,type\na@example.org,,\nb@example.org,,regular\n",
		"own": "address,state,consent_basis,consent_by,weekly\na@example.org,,form,me,all\n" +
			"b@example.org,active,form,me,all\n",
	} {
		_, lines := taken(t, storetest.New(t), name+".csv", text, options(t))
		if got := fates(lines); !slices.Equal(got, []string{"broken a@example.org", "added b@example.org"}) || lines[0].Reason != empty {
			t.Errorf("%s: %v: %s", name, got, lines[0].Reason)
		}
	}
	_, lines := taken(t, storetest.New(t), "l.csv", "email,active_subscription,email_disabled\na@example.org,true,maybe\n", options(t))
	if lines[0].Fate != roster.FateBroken || !strings.Contains(lines[0].Reason, "neither true nor false") {
		t.Errorf("%+v", lines)
	}
	opts := options(t)
	opts.Status = "subscribed"
	_, lines = taken(t, storetest.New(t), "l.csv", "email,status,left_at\na@example.org,,\nb@example.org,,2024-01-01\n", opts)
	if got := fates(lines); !slices.Equal(got, []string{"added a@example.org", "left b@example.org"}) {
		t.Error(got)
	}
}

func TestAConsentRestsOnSomething(t *testing.T) {
	t.Parallel()
	opts := options(t)
	opts.Basis = " \t\u3000"
	if _, err := roster.Import(t.Context(), opener("email\na@example.org\n"), "l.csv", storetest.New(t), opts); err == nil || !strings.Contains(err.Error(), "--basis: say what") {
		t.Error(err)
	}
	_, lines := taken(t, storetest.New(t), "l.csv", "email,basis\na@example.org,a form\nb@example.org,\n", opts)
	if lines[0].Fate != tidings.FateAdded || lines[1].Reason != "basis: the row has no consent basis, and there is no --basis" {
		t.Errorf("%+v", lines)
	}
}

func TestColumnsMayBeNamed(t *testing.T) {
	t.Parallel()
	opts := options(t)
	opts.Columns = map[string]string{"address": "Kontakt", "topics": "Themen"}
	db := storetest.New(t)
	report, _ := taken(t, db, "l.csv", "Kontakt\tName\tThemen\na@example.org\tAnn\ttrade\n", opts)
	if s := subscriberOf(t, db, "a@example.org").Subscriptions[0]; s.Filter.String() != "topic:trade" || !slices.Equal(report.NotTaken, []string{"Name"}) {
		t.Errorf("%+v, %v", s, report.NotTaken)
	}
	for text, want := range map[string]string{
		"":                 "l.csv: is empty",
		"mail at\na@b.org": "there is no column \"Kontakt\"; there are mail at",
	} {
		if _, err := roster.Import(t.Context(), opener(text), "l.csv", db, opts); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	opts.Format, opts.Columns = roster.Ghost, nil
	if _, err := roster.Import(t.Context(), opener("email\na@b.org"), "l.csv", db, opts); err == nil || !strings.Contains(err.Error(), "no column subscribedtoemails") {
		t.Error(err)
	}
	if err := roster.CheckColumns(map[string]string{"adr": "x"}); err == nil || !strings.Contains(err.Error(), "adr is no key of a subscriber") {
		t.Error(err)
	}
}

func TestAFaultOfTheDatabaseEndsTheImportAndASecondOneGoesOn(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	var list strings.Builder
	list.WriteString("email\n")
	for i := range 1700 {
		list.WriteString("reader" + itoa(i) + "@example.org\n")
	}
	failing := &stopped{Register: db, after: 2}
	report, err := roster.Import(t.Context(), opener(list.String()), "l.csv", failing, options(t))
	if err == nil || report.Counts[tidings.FateAdded] != 1000 {
		t.Errorf("%v, %+v", err, report.Counts)
	}
	report, _ = taken(t, db, "l.csv", list.String(), options(t))
	if report.Counts[tidings.FateAdded] != 700 || report.Counts[tidings.FateKnown] != 1000 {
		t.Errorf("%+v", report.Counts)
	}
}

// stopped is interrupted after some parts.
type stopped struct {
	roster.Register
	after int
}

func (s *stopped) Enrol(ctx context.Context, part []tidings.Enrolment, now time.Time, actor string) ([]tidings.Enrolled, error) {
	if s.after--; s.after < 0 {
		return nil, context.Canceled
	}
	return s.Register.Enrol(ctx, part, now, actor)
}
