package bounce

import (
	"time"

	"github.com/tidings/tidings"
)

// mailgunCall is what of Mailgun's webhooks is of interest.
type mailgunCall struct {
	Signature struct {
		Timestamp string `json:"timestamp"`
		Token     string `json:"token"`
		Signature string `json:"signature"`
	} `json:"signature"`
	Event struct {
		Event     string `json:"event"`
		Severity  string `json:"severity"`
		Reason    string `json:"reason"`
		Recipient string `json:"recipient"`
		Status    struct {
			Code        int    `json:"code"`
			Message     string `json:"message"`
			Description string `json:"description"`
			Enhanced    string `json:"enhanced-code"`
		} `json:"delivery-status"`
		Envelope struct {
			Sender string `json:"sender"`
		} `json:"envelope"`
		Message struct {
			Headers struct {
				MessageID string `json:"message-id"`
			} `json:"headers"`
		} `json:"message"`
	} `json:"event-data"`
}

// mailgun reads Mailgun's webhooks, signed with the key of the account's webhooks.
// https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
//
// What is said is not signed: a token that said something else before is refused.
func (h *Hooks) mailgun(secret string, body []byte, now time.Time) ([]Event, error) {
	var c mailgunCall
	if err := decode(body, &c); err != nil {
		return nil, err
	}
	s := &c.Signature
	if !fresh(s.Timestamp, replayRelay, now) || !signedWith(secret, s.Signature, s.Timestamp+s.Token) {
		return nil, tidings.ErrBadToken
	}
	if !h.tokens.fits(s.Timestamp+s.Token, body, now) {
		return nil, tidings.ErrBadToken
	}
	d := &c.Event
	e := Event{
		Kind: tidings.Bounced, Address: d.Recipient, ReturnPath: bare(d.Envelope.Sender), MessageID: bare(d.Message.Headers.MessageID),
		Diagnostic: d.Status.Message,
	}
	switch {
	case d.Recipient == "":
		return nil, tidings.Invalidf("recipient", "is missing")
	case d.Event == "complained" || d.Event == "failed" && d.Reason == "suppress-complaint":
		e.Kind, e.Diagnostic = tidings.Complained, ""
		return []Event{e}, nil
	case d.Event != "failed" || d.Severity != "permanent" || d.Reason == "suppress-unsubscribe":
		return nil, nil // it arrived, or it goes on trying
	}
	if e.Diagnostic == "" {
		e.Diagnostic = d.Status.Description
	}
	e.Status = mailgunStatus(d.Reason, d.Status.Code, statusShape.FindString(d.Status.Enhanced), e.Diagnostic)
	return []Event{e}, nil
}

func mailgunStatus(reason string, code int, enhanced, words string) string {
	said := enhancedIn(words)
	if m := leadingStatus.FindStringSubmatch(words); said == "" && m != nil {
		said = m[1]
	}
	switch {
	case reason == "suppress-bounce": // it bounced before, and Mailgun does not try
		return "5.1.1"
	case reason == "espblock":
		return "5.7.1"
	case enhanced != "":
		return enhanced
	case said != "":
		return said
	case code >= 400 && code < 500:
		return "4.0.0"
	}
	return "5.0.0"
}
