package templates

import (
	"io"
	"slices"
	"time"

	"github.com/tidings/tidings"
)

// PersonalPage is a subscriber's own page.
type PersonalPage struct {
	Page
	URL          string  // of the page; its forms POST below it
	Keep         string  // the query that keeps its language, with its "?"; empty: none
	Expired      bool    // the link has: of the fields below only Done is shown
	Done         string  // what was just done (see its words); empty: nothing
	Faults       []Fault // why it was not done; of choices, each has its own
	Test         bool    // by the link of a test mail: there is nobody
	Own          bool    // the link was sent for just this; else it came in a digest, which may have been forwarded
	Standing     tidings.SubscriberState
	PausedUntil  time.Time       // zero: until they say so
	Address      string          // in full if Own; else as much as tells no stranger anything
	Topics       []tidings.Topic // they name those that were chosen
	Choices      []PersonalChoice
	Another      *ChoiceForm    // what they would like besides; nil: its fields are not shown
	AnotherURL   string         // shows them; empty: there is nothing more to be had
	Clock        *time.Location // their zone, in which a pause ends
	Zone         string         // as typed
	Now          time.Time      // for which the zones' clocks are told
	Tongue       string         // of mails and pages: BCP 47
	Tongues      []string       // those to choose from
	Until        string         // day of the end of a pause, as typed
	Soonest      string         // the first such day
	NewAddress   string         // as typed
	Mails        []tidings.PastMail
	Newer, Older string     // URL of the page with newer and older Mails; empty: there are none
	PersonalFeed []FeedLink // in all formats, the first to be copied
}

// PersonalChoice is what a subscriber gets at one cadence.
type PersonalChoice struct {
	Has       tidings.Subscription
	ChangeURL string      // shows its fields
	Form      *ChoiceForm // nil: they are not shown
}

// Action is where a form of the page POSTs to.
func (p *PersonalPage) Action(name string) string { return p.URL + "/" + name + p.Keep }

// Gone reports whether no mail is sent to them, and none will be.
func (p *PersonalPage) Gone() bool {
	return p.Standing == tidings.Left || p.Standing == tidings.Suppressed
}

// Editing reports whether a choice is being changed or added: then there is nothing else on the page.
func (p *PersonalPage) Editing() bool {
	return p.Another != nil || slices.ContainsFunc(p.Choices, func(c PersonalChoice) bool { return c.Form != nil })
}

// Fault is what is wrong with a field, or nil. Beside those of other forms there are "until", "link": one is in the mailbox
// already, "suppressed": nothing may be sent there, "often": too many letters were asked for, or changes made, "choice": of the page as a whole,
// and "last": of the one choice that is left, which cannot be dropped.
func (p *PersonalPage) Fault(field string) *Fault { return faultAmong(p.Faults, field) }

func faultAmong(faults []Fault, field string) *Fault {
	if i := slices.IndexFunc(faults, func(f Fault) bool { return f.Field == field }); i >= 0 {
		return &faults[i]
	}
	return nil
}

// Personal renders a subscriber's own page.
func (s *Set) Personal(w io.Writer, p *PersonalPage) error {
	return s.page(w, "personal", p.Language, p)
}

// What may have been done on a personal page.
const (
	DoneSaved   = "saved"
	DonePaused  = "paused"
	DoneResumed = "resumed"
	DoneLink    = "link"  // their own link was sent, unless too many were
	DoneMove    = "move"  // a letter to the new address was
	DoneAgain   = "again" // a mail is sent once more
	DoneFeed    = "feed"  // the personal feed has another address
	DoneErase   = "erase" // a letter asks whether they mean it
	DoneLeft    = "left"
)

// done says what was done; of anything else, nothing.
func (w *words) done(what string) (string, error) {
	switch what {
	case DoneSaved:
		return w.text("done-saved")
	case DonePaused:
		return w.text("done-paused")
	case DoneResumed:
		return w.text("done-resumed")
	case DoneLink:
		return w.text("done-link")
	case DoneMove:
		return w.text("done-move")
	case DoneAgain:
		return w.text("done-again")
	case DoneFeed:
		return w.text("done-feed")
	case DoneErase:
		return w.text("done-erase")
	case DoneLeft:
		return w.text("done-left")
	}
	return "", nil
}

// at says at what time mails of a subscription come; empty: there is no telling.
func (w *words) at(has tidings.Subscription) (string, error) {
	if has.Cadence == tidings.Immediate {
		return "", nil
	}
	zone, err := w.zoneName(has.Zone)
	switch {
	case err != nil:
		return "", err
	case has.Hour == tidings.AnyHour:
		return w.text("wish-usual-hour", "Zone", zone)
	}
	return w.text("wish-hour", "Hour", hourName(has.Hour), "Zone", zone)
}

// dayIn is the day of an instant in a zone.
func (w *words) dayIn(zone *time.Location, t time.Time) (string, error) {
	return w.date(&tidings.Site{Zone: zone}, t)
}

// momentIn is an instant in a zone, to the minute.
func (w *words) momentIn(zone *time.Location, t time.Time) (string, error) {
	return w.dateTime(&tidings.Site{Zone: zone}, t)
}

// deliveryState says how far a mail has come, to the one who is to get it.
func (w *words) deliveryState(state tidings.DeliveryState) (string, error) {
	switch state {
	case tidings.DeliverySent:
		return w.text("state-sent")
	case tidings.DeliveryPending, tidings.DeliverySending:
		return w.text("state-pending")
	case tidings.DeliveryDeferred:
		return w.text("state-deferred")
	case tidings.DeliveryFailed:
		return w.text("state-failed")
	case tidings.DeliveryUncertain:
		return w.text("state-uncertain")
	case tidings.DeliveryHeld:
		return w.text("state-held")
	case tidings.DeliverySuppressed:
	}
	return w.text("state-suppressed")
}

// settled: whether a mail is not on its way, so that it can be had again.
func settled(state tidings.DeliveryState) bool {
	switch state { //nolint:exhaustive // the rest is
	case tidings.DeliveryPending, tidings.DeliverySending, tidings.DeliveryDeferred:
		return false
	}
	return true
}

// pastTitle is what a mail was about: its first release, and how many more.
func (w *words) pastTitle(m tidings.PastMail) (string, error) {
	switch len(m.Titles) {
	case 0:
		return w.text("personal-mails-withdrawn")
	case 1:
		return line(m.Titles[0]), nil
	}
	return w.plural("mail-subject", len(m.Titles)-1, "Title", line(m.Titles[0]))
}
