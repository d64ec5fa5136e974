package templates

import (
	"io"
	"time"

	"github.com/tidings/tidings"
)

// tryPersonal is the part of tryAll that has to do with leaving, and with subscribers' own pages.
func (s *Set) tryPersonal(lang string) []error {
	var faults []error
	page := specimenPage(lang)
	topic := tidings.Topic{Slug: "energy", Names: map[string]string{"en": "Energy"}}
	for _, state := range []LeaveState{LeaveAsk, LeaveGone, LeaveDone, LeaveTopic, LeaveSlower, LeaveThanks, LeaveTest, LeaveUnknown} {
		faults = append(faults, s.Leave(io.Discard, &LeavePage{
			Page: page, State: state, Action: page.Site.LeaveURL("token"), Topics: []tidings.Topic{topic}, Offer: true, Why: true, Topic: &topic,
		}))
	}
	for _, p := range specimenVisits(&page, topic) {
		faults = append(faults, s.Personal(io.Discard, p))
	}
	for _, done := range []string{DoneSaved, DonePaused, DoneResumed, DoneLink, DoneMove, DoneAgain, DoneFeed, DoneErase, DoneLeft} {
		faults = append(faults, s.Personal(io.Discard, &PersonalPage{Page: page, Expired: true, Done: done}))
	}
	return faults
}

// specimenVisits are a subscriber's own page in each of its states.
func specimenVisits(page *Page, topic tidings.Topic) []*PersonalPage {
	day := time.Unix(0, 0)
	has := tidings.Subscription{Cadence: tidings.Weekly, Zone: "UTC", Hour: 7}
	fields := ChoiceForm{
		Entries: Entries{Topics: []string{"energy"}, Words: "Specimen", Languages: []string{"en"}, Cadence: tidings.Weekly, Hour: 7},
		Was:     tidings.Weekly, Offered: []tidings.Topic{topic}, Spoken: []string{"en", "ko"}, Cadences: []string{tidings.Weekly},
	}
	wrong, raw, blank, kept, sealed := fields, fields, fields, fields, fields
	kept.Kept, sealed.Sealed, kept.Faults = 1, true, []Fault{{Field: "words"}}
	words, filter := has, has
	words.Filter, _ = tidings.Interest{Topics: []string{"energy"}, Words: []string{"specimen"}}.Filter() // which has no fault
	filter.Filter, _ = tidings.ParseFilter("-specimen")
	for _, field := range []string{"topics", "words", "languages", "cadence", "hour"} {
		wrong.Faults = append(wrong.Faults, Fault{Field: field, Reason: "Specimen"})
	}
	raw.Filter, raw.Faults, blank.Was = "-a", []Fault{{Field: "filter"}}, ""
	own := PersonalPage{
		Page: *page, URL: page.Site.ManageURL("token"), Own: true, Standing: tidings.Active, Address: "a@example.org",
		Topics: []tidings.Topic{topic}, Choices: []PersonalChoice{{Has: has, ChangeURL: "c"}}, AnotherURL: "a",
		Clock: time.UTC, Zone: "UTC", Now: day, Tongue: "en", Tongues: []string{"en", "ko"}, Soonest: "2026-03-01",
		PersonalFeed: []FeedLink{{Title: "Specimen", URL: page.Site.URL("f"), MediaType: "text/xml"}}, Newer: "n", Older: "o",
	}
	for _, state := range []tidings.DeliveryState{
		tidings.DeliverySent, tidings.DeliveryPending, tidings.DeliverySending, tidings.DeliveryDeferred, tidings.DeliveryFailed,
		tidings.DeliveryUncertain, tidings.DeliveryHeld, tidings.DeliverySuppressed,
	} {
		own.Mails = append(own.Mails, tidings.PastMail{
			Delivery: tidings.Delivery{Cadence: tidings.Weekly, Date: day, State: state}, Titles: []string{"Specimen", "Specimen"},
		})
	}
	own.Mails[0].Titles, own.Mails[1].Titles = nil, own.Mails[1].Titles[:1]
	faulty, paused, endless, left, suppressed, other := own, own, own, own, own, own
	faulty.Choices = []PersonalChoice{{Has: has, Form: &wrong}, {Has: has, Form: &raw}}
	faulty.Another, faulty.Faults = &blank, []Fault{{Field: "last"}, {Field: "often"}}
	refused := own
	for _, field := range []string{"choice", "until", "zone", "language", "address"} {
		refused.Faults = append(refused.Faults, Fault{Field: field, Reason: "Specimen"})
	}
	paused.Standing, paused.PausedUntil, endless.Standing = tidings.Paused, day, tidings.Paused
	left.Standing, left.Mails, suppressed.Standing = tidings.Left, nil, tidings.Suppressed
	other.Own, other.AnotherURL = false, ""
	other.Choices = []PersonalChoice{{Has: has}, {Has: words, Form: &kept}, {Has: filter, Form: &sealed}}
	return []*PersonalPage{
		&own, &faulty, &refused, &paused, &endless, &left, &suppressed, &other,
		{Page: *page, Expired: true},
		{Page: *page, Expired: true, Faults: []Fault{{Field: "link"}}},
		{Page: *page, Expired: true, Faults: []Fault{{Field: "suppressed"}}},
		{Page: *page, Test: true},
	}
}
