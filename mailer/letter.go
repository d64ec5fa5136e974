package mailer

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

// Letter makes the message of a letter that is no copy. The topics give what was chosen its names. The same letter always
// gives the same octets, for as long as its nonce is kept, whichever key made its ticket.
func (c *Composer) Letter(d *tidings.Delivery, topics []tidings.Topic) ([]byte, error) {
	view, token, err := c.letterView(d.Letter, topics)
	if err != nil {
		return nil, err
	}
	parts, err := c.templates.Letter(view)
	if err != nil {
		return nil, err
	}
	parts.HTML, parts.Text = canonical(parts.HTML), canonical(parts.Text)
	for name, part := range map[string]string{"text": parts.Text, "HTML": parts.HTML} {
		if !strings.Contains(part, token) {
			return nil, fmt.Errorf("the template of the %s part has no link", name)
		}
	}
	fields, err := c.fields(d.Letter.Language, parts.Subject)
	if err != nil {
		return nil, err
	}
	form, err := c.frame(fields, boundary(d.MessageID, parts.Subject), parts.Subject, body{text: parts.Text}, body{text: parts.HTML})
	if err != nil {
		return nil, err
	}
	return form.Fill(d)
}

// letterView is what the templates see of a letter, and the token in it; "" when it has none.
func (c *Composer) letterView(l *tidings.Letter, topics []tidings.Topic) (*templates.LetterMail, string, error) {
	v := &templates.LetterMail{Site: c.site, Language: l.Language, Kind: l.Kind, Known: l.Known}
	for i := range l.SignUp.Subscriptions {
		v.Choices = append(v.Choices, c.choice(&l.SignUp.Subscriptions[i], topics, l.Language))
	}
	if l.Kind == tidings.ChangedLetter {
		c.became(v, &l.Became, topics, l.Language)
	}
	if l.Purpose == "" {
		return v, "", nil
	}
	token, err := c.keys.TicketOf(l.Purpose, l.Nonce, l.TicketHash)
	if err != nil {
		return nil, "", fmt.Errorf("making a letter's ticket again: %w", err)
	}
	v.URL, v.Until = c.site.ConfirmURL(token), l.Expires
	if l.Purpose == tidings.PurposeManage {
		v.URL = c.site.ManageURL(token)
	}
	return v, token, nil
}

// became puts into a letter what a subscriber gets now. A pause ends on a day of their own.
func (c *Composer) became(v *templates.LetterMail, b *tidings.Became, topics []tidings.Topic, language string) {
	v.Standing, v.PausedUntil = b.State, b.PausedUntil
	for i := range b.Subscriptions {
		if zone, err := time.LoadLocation(b.Subscriptions[i].Zone); err == nil && i == 0 && !v.PausedUntil.IsZero() {
			v.PausedUntil = v.PausedUntil.In(zone)
		}
		v.Choices = append(v.Choices, c.choice(&b.Subscriptions[i], topics, language))
	}
}

// choice is what was chosen, in names that are ours alone: a filter may be an advertisement, even in what it calls a topic or
// a language.
func (c *Composer) choice(s *tidings.Subscription, topics []tidings.Topic, language string) templates.LetterChoice {
	gist := s.Filter.Gist()
	shown := templates.LetterChoice{Cadence: s.Cadence, More: gist.More}
	for _, slug := range gist.Topics {
		i := slices.IndexFunc(topics, func(t tidings.Topic) bool { return t.Slug == slug })
		if i < 0 {
			shown.More = true
			continue
		}
		shown.Topics = append(shown.Topics, topics[i].Name(language))
	}
	for _, code := range gist.Languages {
		i := slices.IndexFunc(c.site.Languages, func(tag string) bool {
			rest, ok := strings.CutPrefix(strings.ToLower(tag), code)
			return ok && (rest == "" || rest[0] == '-') // as a filter takes it
		})
		if i < 0 {
			shown.More = true
			continue
		}
		shown.Languages = append(shown.Languages, c.site.Languages[i])
	}
	return shown
}
