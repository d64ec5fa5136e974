package bounce

import (
	"net/http"

	"github.com/tidings/tidings"
)

// postmark reads Postmark's bounce and spam-complaint webhooks, which are not signed: the secret is the password of the URL's basic
// authentication, or its parameter "key".
// https://postmarkapp.com/developer/webhooks/bounce-webhook
func postmark(secret string, c *Call) ([]Event, error) {
	r := http.Request{Header: c.Header}
	_, password, _ := r.BasicAuth()
	if secret == "" || !same(password, secret) && !same(c.Query.Get("key"), secret) {
		return nil, tidings.ErrBadToken
	}
	var told struct {
		RecordType, Type, Description, Details, Email string
	}
	if err := decode(c.Body, &told); err != nil {
		return nil, err
	}
	if told.RecordType != "Bounce" && told.RecordType != "SpamComplaint" {
		return nil, nil // opens, clicks, deliveries: of no interest
	}
	if told.Email == "" {
		return nil, tidings.Invalidf("Email", "is missing")
	}
	e := Event{Kind: tidings.Bounced, Address: told.Email, Status: enhancedIn(told.Details), Diagnostic: told.Details}
	if e.Diagnostic == "" {
		e.Diagnostic = told.Description
	}
	var usual string
	switch told.Type {
	case "SpamComplaint":
		return []Event{{Kind: tidings.Complained, Address: told.Email}}, nil
	case "HardBounce":
		usual = "5.1.1"
	case "BadEmailAddress":
		usual = "5.1.3"
	case "SoftBounce", "Undeliverable":
		usual = "4.2.0"
	case "DnsError":
		usual = "4.4.3"
	case "Blocked", "SpamNotification", "VirusNotification", "DMARCPolicy":
		usual = "5.7.1"
	default:
		return nil, nil // it goes on trying, or somebody is away
	}
	if e.Status == "" || tidings.VerdictOf(usual) == tidings.BounceAlarm {
		e.Status = usual
	}
	return []Event{e}, nil
}
