package subscribe

import (
	"context"
	"encoding/json"
	"time"

	"github.com/tidings/tidings"
)

// Export is everything that is held about the visitor, as JSON: see exported. It is indented, for people to read.
func (s *Service) Export(ctx context.Context, token string, now time.Time) ([]byte, error) {
	v, err := s.openOwn(ctx, token, now)
	if err != nil {
		return nil, err
	}
	d, err := s.Personal.Dossier(ctx, v.ID)
	if err != nil {
		return nil, badUnlessFound(err)
	}
	text, err := json.MarshalIndent(s.export(&d, now), "", "  ")
	return append(text, '\n'), err
}

// exported is the form in which a subscriber takes along what is held about them. Fields are only ever added to it.
type exported struct {
	Site          string               `json:"site"`
	Exported      time.Time            `json:"exported"`
	Number        int64                `json:"number"`
	Address       string               `json:"address"`
	Language      string               `json:"language"`
	State         string               `json:"state"`
	Since         time.Time            `json:"since"`
	PausedUntil   *time.Time           `json:"paused_until,omitempty"`
	Left          *time.Time           `json:"left,omitempty"`
	Moved         *time.Time           `json:"moved_here,omitempty"`
	Offered       *time.Time           `json:"slower_offered,omitempty"`
	Consent       exportedConsent      `json:"consent"`
	Record        []exportedEntry      `json:"record_of_consent"`
	Subscriptions []exportedChoice     `json:"subscriptions"`
	SignUps       []exportedSignUp     `json:"unconfirmed_sign_ups"`
	Feed          string               `json:"personal_feed,omitempty"`
	Mails         []exportedMail       `json:"mails"`
	Letters       []exportedLetter     `json:"letters"`
	Suppression   *exportedSuppression `json:"suppression"` // null: mail may be sent
}

type exportedConsent struct {
	Basis string     `json:"basis"`
	By    string     `json:"recorded_by"`
	At    *time.Time `json:"at,omitempty"`
}

type exportedEntry struct {
	Kind    string          `json:"kind"`
	At      time.Time       `json:"at"`
	Actor   string          `json:"by"`
	Form    string          `json:"form,omitempty"`
	Wording string          `json:"wording,omitempty"`
	Network string          `json:"network,omitempty"`
	Detail  json.RawMessage `json:"detail"`
}

type exportedChoice struct {
	Cadence string     `json:"cadence"`
	Filter  string     `json:"filter"` // empty: every release
	Zone    string     `json:"zone"`
	Hour    *int       `json:"hour,omitempty"` // left out: that of the cadence
	Since   *time.Time `json:"since,omitempty"`
}

type exportedSignUp struct {
	At       time.Time        `json:"at"`
	Language string           `json:"language"`
	Choices  []exportedChoice `json:"choices"`
	Form     string           `json:"form"`
	Wording  string           `json:"wording"`
	Network  string           `json:"network"`
}

type exportedMail struct {
	Number    int64      `json:"number"`
	Cadence   string     `json:"cadence"`
	Date      time.Time  `json:"date"`
	State     string     `json:"state"`
	Settled   *time.Time `json:"settled,omitempty"`
	MessageID string     `json:"message_id"`
	Reply     string     `json:"last_reply,omitempty"`
	Titles    []string   `json:"releases"`
}

type exportedLetter struct {
	Kind    string     `json:"kind"`
	At      time.Time  `json:"at"`
	State   string     `json:"state"`
	Settled *time.Time `json:"settled,omitempty"`
	Reply   string     `json:"last_reply,omitempty"`
}

type exportedSuppression struct {
	Reason string     `json:"reason"`
	At     time.Time  `json:"at"`
	Until  *time.Time `json:"until,omitempty"` // when it ends
}

func (s *Service) export(d *tidings.Dossier, now time.Time) exported {
	sub := &d.Subscriber
	e := exported{
		Site: s.Site.URL(), Exported: now.UTC().Truncate(time.Second), Number: sub.ID, Address: sub.Address, Language: sub.Language,
		State: string(sub.State), Since: sub.Created, PausedUntil: unlessZero(sub.PausedUntil), Left: unlessZero(sub.Left),
		Moved:         unlessZero(sub.Moved),
		Offered:       unlessZero(sub.Offered),
		Consent:       exportedConsent{sub.Consent.Basis, sub.Consent.By, unlessZero(sub.Consent.At)},
		Record:        make([]exportedEntry, 0, len(d.Consents)),
		Subscriptions: exportChoices(sub.Subscriptions),
		SignUps:       make([]exportedSignUp, 0, len(d.SignUps)),
		Mails:         make([]exportedMail, 0, len(d.Mails)),
		Letters:       make([]exportedLetter, 0, len(d.Letters)),
	}
	if sub.State != tidings.Left {
		e.Feed = s.Site.URL("feeds", "mine", s.feedToken(sub)+"."+string(tidings.Atom))
	}
	for _, c := range d.Consents {
		e.Record = append(e.Record, exportedEntry{
			string(c.Kind), c.At, c.Actor, c.Evidence.Form, c.Evidence.Wording, c.Evidence.Network, json.RawMessage(c.Detail),
		})
	}
	for i := range d.SignUps {
		u := &d.SignUps[i]
		e.SignUps = append(e.SignUps, exportedSignUp{
			u.Created, u.Language, exportChoices(u.Subscriptions), u.Evidence.Form, u.Evidence.Wording, u.Evidence.Network,
		})
	}
	for i := range d.Mails {
		m := &d.Mails[i].Delivery
		e.Mails = append(e.Mails, exportedMail{
			m.ID, m.Cadence, m.Date, string(m.State), unlessZero(m.Settled), m.MessageID, m.LastReply, d.Mails[i].Titles,
		})
	}
	for i := range d.Letters {
		l := &d.Letters[i]
		e.Letters = append(e.Letters, exportedLetter{
			string(l.Letter.Kind), l.Letter.Created, string(l.State), unlessZero(l.Settled), l.LastReply,
		})
	}
	if d.Suppression != (tidings.Suppression{}) && !d.Suppression.Over(now) {
		e.Suppression = &exportedSuppression{d.Suppression.Reason, d.Suppression.At, unlessZero(d.Suppression.Until)}
	}
	return e
}

func exportChoices(subs []tidings.Subscription) []exportedChoice {
	choices := make([]exportedChoice, len(subs))
	for i, one := range subs {
		choices[i] = exportedChoice{Cadence: one.Cadence, Filter: one.Filter.String(), Zone: one.Zone, Since: unlessZero(one.Created)}
		if one.Hour != tidings.AnyHour {
			choices[i].Hour = &subs[i].Hour
		}
	}
	return choices
}

// unlessZero is an instant that is left out when there is none.
func unlessZero(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}
