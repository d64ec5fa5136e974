package templates

import (
	"io"
	"time"

	"github.com/tidings/tidings"
)

// tryJoining is the part of tryAll that has to do with joining.
func (s *Set) tryJoining(lang string) []error {
	var faults []error
	page := specimenPage(lang)
	subscribes, links := specimenForms(&page)
	for _, p := range subscribes {
		faults = append(faults, s.Subscribe(io.Discard, p))
	}
	for _, p := range links {
		faults = append(faults, s.Link(io.Discard, p))
	}
	for _, p := range specimenConfirms(&page) {
		faults = append(faults, s.Confirm(io.Discard, p))
	}
	for _, script := range []string{"", "Specimen"} {
		faults = append(faults, s.Embed(io.Discard, &EmbedPage{Page: page, Code: "Specimen", Script: script}))
	}
	for _, n := range []Notice{"", PressAgain, NetworkBusy, SiteBusy, UnprovenBusy} {
		_, _, err := s.Answer(lang, n)
		faults = append(faults, err)
	}
	return faults
}

func specimenForms(page *Page) ([]*SubscribePage, []*LinkPage) {
	topics := []tidings.Topic{{Slug: "energy", Names: map[string]string{"en": "Energy"}}}
	guard := Guard{Action: page.Site.URL("subscribe"), Stamp: "Specimen", Work: 1}
	blank := SubscribePage{
		Page: *page, Guard: guard, Topics: topics, Cadences: tidings.Cadences{{Name: tidings.Immediate}, {Name: tidings.Weekly}},
		Languages: []string{"en", "ko"}, Guess: true, Now: time.Unix(0, 0), FormURL: guard.Action, LinkURL: page.Site.URL("link"),
		Entries: Entries{Topics: []string{"energy"}, Cadence: tidings.Weekly, Hour: tidings.AnyHour, Zone: "Asia/Seoul"},
	}
	r := specimenRelease(page.Site)
	shown, empty, faulty, filtered, sent := blank, blank, blank, blank, blank
	shown.Preview = &Preview{Days: 90, Mails: 4, Date: r.Published, Releases: []tidings.Release{r}, More: 2}
	empty.Preview = &Preview{Days: 90, Earlier: []tidings.Release{r}}
	for _, field := range []string{"address", "topics", "words", "languages", "cadence", "hour", "zone", "language"} {
		faulty.Faults = append(faulty.Faults, Fault{Field: field, Reason: "Specimen"})
	}
	faulty.Faults = append(faulty.Faults,
		Fault{Field: "topics", Kind: TooMuch}, Fault{Field: "words", Kind: TooMuch}, Fault{Field: "address", Kind: Malformed}, Fault{Field: "address", Kind: Unchanged})
	filtered.Entries.Filter, filtered.Faults = "-a", []Fault{{Field: "filter"}}
	filtered.Preview, faulty.Preview = &Preview{Days: 90}, &Preview{Days: 90, Earlier: []tidings.Release{r}, Coming: true}
	sent.Sent = true
	link := LinkPage{Page: *page, Guard: guard, Address: "a@example.org"}
	wrong, gone := link, link
	wrong.Notice, wrong.Faults = SiteBusy, faulty.Faults[:1]
	gone.Sent = true
	return []*SubscribePage{&blank, &shown, &empty, &faulty, &filtered, &sent}, []*LinkPage{&link, &wrong, &gone}
}

func specimenConfirms(page *Page) []*ConfirmPage {
	asked := tidings.SignUp{Subscriptions: []tidings.Subscription{
		{Cadence: tidings.Immediate, Zone: "UTC", Hour: tidings.AnyHour},
		{Cadence: tidings.Weekly, Zone: "Asia/Seoul", Hour: 9},
		{Cadence: tidings.Daily, Zone: "UTC", Hour: tidings.AnyHour},
	}}
	var pages []*ConfirmPage
	for _, purpose := range []tidings.Purpose{tidings.PurposeConfirm, tidings.PurposeMove, tidings.PurposeErase} {
		for _, state := range []ConfirmState{ConfirmAsk, ConfirmDone, ConfirmAgain, ConfirmExpired, ConfirmUnknown, ConfirmTaken, ConfirmStopped, ConfirmTooMuch} {
			for _, known := range []bool{false, true} {
				pages = append(pages, &ConfirmPage{
					Page: *page, State: state, Action: page.Site.URL("confirm", "token"), LinkURL: page.Site.URL("link"),
					Confirm: tidings.Confirmation{Purpose: purpose, Known: known, NewAddress: "a@example.org", SignUp: asked},
				})
			}
		}
	}
	return pages
}
