package templates

import (
	"io"
	"testing"

	"github.com/tidings/tidings"
)

// personal renders the pages of leaving, and a subscriber's own, in each of their states.
func personal(t testing.TB, s *Set, page Page, add func(string, func(io.Writer) error)) {
	t.Helper()
	page.Subscribe = "https://news.example.org/subscribe"
	topics := subjects()
	for _, state := range []LeaveState{LeaveAsk, LeaveGone, LeaveDone, LeaveTopic, LeaveSlower, LeaveThanks, LeaveTest, LeaveUnknown} {
		p := &LeavePage{Page: page, State: state, Action: page.Site.LeaveURL("token"), Topic: &topics[1], Why: true}
		if state == LeaveAsk {
			p.Topics, p.Offer, p.Keep = topics[1:3], true, "?lang=en"
		}
		add("leave-"+string(state), func(w io.Writer) error { return s.Leave(w, p) })
	}
	closed := page
	closed.Subscribe = ""
	add("leave-plain", func(w io.Writer) error {
		return s.Leave(w, &LeavePage{Page: closed, State: LeaveAsk, Action: page.Site.LeaveURL("token")})
	})
	for name, p := range visits(t, page) {
		add("personal-"+name, func(w io.Writer) error { return s.Personal(w, p) })
	}
}

// visits are a subscriber's own page in each of its states.
func visits(t testing.TB, page Page) map[string]*PersonalPage {
	t.Helper()
	topics := subjects()
	filter, err := tidings.Interest{Topics: []string{"energy", "ict"}, Words: []string{"supply chain"}, Languages: []string{"en"}}.Filter()
	if err != nil {
		t.Fatal(err)
	}
	fields := ChoiceForm{
		Entries: Entries{
			Topics: []string{"energy", "ict"}, Words: "supply chain\nhydrogen", Languages: []string{"en"}, Cadence: tidings.Weekly, Hour: 7,
		},
		Was: tidings.Weekly, Offered: topics, Spoken: []string{"en", "ko"}, Cadences: []string{tidings.Weekly, tidings.Monthly},
	}
	weekly := tidings.Subscription{Cadence: tidings.Weekly, Filter: filter, Zone: "Asia/Seoul", Hour: 7}
	urgent := tidings.Subscription{Cadence: tidings.Immediate, Zone: "Asia/Seoul", Hour: tidings.AnyHour}
	raw := ChoiceForm{
		Entries: Entries{Filter: "energy -nuclear", Cadence: tidings.Immediate, Hour: tidings.AnyHour}, Was: tidings.Immediate,
		Cadences: []string{tidings.Immediate},
	}
	own := PersonalPage{
		Page: page, URL: page.Site.ManageURL("token"), Own: true, Standing: tidings.Active, Address: "jiwoo@example.net", Topics: topics,
		Choices: []PersonalChoice{{Has: weekly, ChangeURL: "/change"}, {Has: urgent, ChangeURL: "/change"}}, AnotherURL: "/another",
		Clock: seoul(t), Zone: "Asia/Seoul", Now: march(t, 17, 8), Tongue: "ko", Tongues: []string{"en", "ko"}, Soonest: "2025-03-18",
		PersonalFeed: feedsOf(page.Site, tidings.Selection{}), Newer: "/newer", Older: "/older",
	}
	for i, state := range []tidings.DeliveryState{
		tidings.DeliveryPending, tidings.DeliveryDeferred, tidings.DeliverySent, tidings.DeliveryFailed, tidings.DeliveryUncertain,
		tidings.DeliveryHeld, tidings.DeliverySuppressed,
	} {
		own.Mails = append(own.Mails, tidings.PastMail{
			Delivery: tidings.Delivery{ID: int64(i + 1), Cadence: tidings.Weekly, Date: march(t, 17-i, 8), State: state},
			Titles:   []string{"Korea’s ICT exports rebound in February", "제12차 한-EU 자유무역협정(FTA) 무역위원회 개최"}[:i%3%2+1],
		})
	}
	own.Mails[6].Titles = nil
	saved, changing, adding, faulty, unread := own, own, own, own, own
	paused, endless, left, suppressed, other, expired, sent, already, barred, test := own, own, own, own, own, own, own, own, own, own
	saved.Done, saved.Mails, saved.PersonalFeed, saved.Newer, saved.Older = DoneSaved, nil, nil, "", ""
	changing.Choices = []PersonalChoice{{Has: weekly, Form: &fields}, own.Choices[1]}
	blank := ChoiceForm{Entries: Entries{Hour: tidings.AnyHour}, Spoken: []string{"en"}, Cadences: []string{tidings.Daily}}
	adding.Another, adding.AnotherURL = &blank, ""
	wrong, wrongToo := fields, raw
	for _, field := range []string{"topics", "words", "languages", "cadence", "hour"} {
		wrong.Faults = append(wrong.Faults, Fault{Field: field})
	}
	wrongToo.Faults = []Fault{{Field: "filter", Reason: `character 8: this "(" is never closed`}}
	faulty.Choices = []PersonalChoice{{Has: weekly, Form: &wrong}, own.Choices[1]}
	unread.Choices = []PersonalChoice{own.Choices[0], {Has: urgent, Form: &wrongToo}}
	refused := own
	for _, field := range []string{"choice", "until", "zone", "language", "address"} {
		refused.Faults = append(refused.Faults, Fault{Field: field})
	}
	unread.Faults = []Fault{{Field: "last"}, {Field: "often"}}
	paused.Standing, paused.PausedUntil, endless.Standing, endless.Newer = tidings.Paused, march(t, 30, 0), tidings.Paused, ""
	left.Standing, suppressed.Standing, suppressed.Older = tidings.Left, tidings.Suppressed, ""
	other.Own, other.AnotherURL, other.Address, other.Keep = false, "", "j•••@e•••.net", "?lang=en"
	expired.Expired, sent.Expired, sent.Done, test.Test = true, true, DoneLink, true
	already.Expired, already.Faults = true, []Fault{{Field: "link"}}
	barred.Expired, barred.Faults = true, []Fault{{Field: "suppressed"}}
	return map[string]*PersonalPage{
		"own": &own, "saved": &saved, "changing": &changing, "adding": &adding, "faulty": &faulty, "refused": &refused, "unread": &unread, "paused": &paused, "endless": &endless, "left": &left, "suppressed": &suppressed,
		"other": &other, "veiled": veiled(t, &other, fields, false), "sealed": veiled(t, &other, raw, true), "expired": &expired, "sent": &sent, "already": &already, "barred": &barred, "test": &test,
	}
}

// veiled is the page by the link of a digest, with the fields of a choice: of its words, or of all that it selects, nothing is shown.
func veiled(t testing.TB, other *PersonalPage, fields ChoiceForm, sealed bool) *PersonalPage {
	t.Helper()
	page, shown, hidden := *other, other.Choices[0], other.Choices[1]
	fields.Words, fields.Filter, fields.Sealed = "", "", sealed
	if !sealed {
		fields.Kept, fields.Faults, shown.Form = 2, []Fault{{Field: "words"}}, &fields
		page.Choices = []PersonalChoice{shown, hidden}
		return &page
	}
	var err error
	if hidden.Has.Filter, err = tidings.ParseFilter("energy -nuclear"); err != nil {
		t.Fatal(err)
	}
	hidden.Form = &fields
	page.Choices = []PersonalChoice{shown, hidden}
	return &page
}
