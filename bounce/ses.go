package bounce

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// ses reads what Amazon SES tells by way of SNS.
// https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
func (h *Hooks) ses(ctx context.Context, topic string, body []byte, now time.Time) ([]Event, error) {
	var n notice
	if err := decode(body, &n); err != nil {
		return nil, err
	}
	at, err := time.Parse(time.RFC3339, n.Timestamp)
	if topic == "" || n.TopicArn != topic || err != nil || !recent(at, replayRelay, now) {
		return nil, tidings.ErrBadToken
	}
	if err := h.verify(ctx, &n, now); err != nil {
		return nil, err
	}
	switch n.Type {
	case "SubscriptionConfirmation":
		if !snsAddress(n.SubscribeURL) {
			return nil, tidings.ErrBadToken
		}
		// Not asked for from here: a person who set this up knows whether it is meant.
		h.Log.WarnContext(ctx, "SNS asks whether this site is to hear of a topic: open the address to say yes", "topic", n.TopicArn, "address", n.SubscribeURL)
		return nil, nil
	case "Notification":
		return sesEvents(n.Message)
	}
	return nil, nil
}

// sesNotice is what of SES's notifications and events is of interest.
type sesNotice struct {
	Notification string `json:"notificationType"`
	Event        string `json:"eventType"`
	Bounce       struct {
		Type       string `json:"bounceType"`
		SubType    string `json:"bounceSubType"`
		Recipients []struct {
			Address    string `json:"emailAddress"`
			Action     string `json:"action"`
			Status     string `json:"status"`
			Diagnostic string `json:"diagnosticCode"`
		} `json:"bouncedRecipients"`
	} `json:"bounce"`
	Complaint struct {
		Feedback   string `json:"complaintFeedbackType"`
		Recipients []struct {
			Address string `json:"emailAddress"`
		} `json:"complainedRecipients"`
	} `json:"complaint"`
	Mail struct {
		Source  string `json:"source"`
		Headers []struct {
			Name  string `json:"name"`
			Value string `json:"value"`
		} `json:"headers"`
	} `json:"mail"`
}

func sesEvents(message string) ([]Event, error) {
	var n sesNotice
	if !json.Valid([]byte(message)) {
		return nil, nil // the words that SES sends when a topic is set up
	}
	if err := decode([]byte(message), &n); err != nil {
		return nil, err
	}
	messageID := ""
	for _, h := range n.Mail.Headers {
		if strings.EqualFold(h.Name, "Message-ID") {
			messageID = bare(h.Value)
		}
	}
	var events []Event
	switch n.Notification + n.Event {
	case "Bounce":
		for _, r := range n.Bounce.Recipients {
			if r.Action != "" && r.Action != "failed" {
				continue
			}
			said := typed(r.Diagnostic)
			status := statusShape.FindString(r.Status)
			if better := enhancedIn(said); better != "" && (status == "" || strings.HasSuffix(status, ".0.0")) {
				status = better
			}
			if status == "" {
				status = sesStatus(n.Bounce.Type, n.Bounce.SubType)
			}
			if status == "" {
				if r.Action+r.Status+said == "" {
					continue
				}
				status = "4.0.0"
			}
			events = append(events, Event{
				Kind: tidings.Bounced, Address: r.Address, ReturnPath: bare(n.Mail.Source), MessageID: messageID, Status: status, Diagnostic: said,
			})
		}
	case "Complaint":
		if n.Complaint.Feedback == "not-spam" {
			return nil, nil
		}
		for _, r := range n.Complaint.Recipients {
			events = append(events, Event{Kind: tidings.Complained, Address: r.Address, ReturnPath: bare(n.Mail.Source), MessageID: messageID})
		}
	}
	return events, nil
}

// sesStatus is for bounces that SES found out by itself. "": those in which no server said anything at all may be the answers of people
// who are away, which SES tells of as Transient and General.
func sesStatus(kind, sub string) string {
	switch sub {
	case "MailboxFull":
		return "5.2.2"
	case "MessageTooLarge":
		return "5.3.4"
	case "ContentRejected", "AttachmentRejected":
		return "5.6.0"
	}
	switch {
	case kind == "Permanent":
		return "5.1.1"
	case kind == "Undetermined", sub == "General":
		return ""
	}
	return "4.0.0"
}
