package bounce

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// Hook is a relay that may tell us, and how it proves itself.
type Hook struct {
	Kind   string // "generic", "mailgun", "postmark", "ses"
	Secret string
	Topic  string // of SES: the ARN of the one topic that is heard
}

// Hooks takes what relays tell by HTTP. It is safe for concurrent use.
type Hooks struct {
	Service *Service
	Hooks   []Hook
	Get     Getter // fetches certificates; needed with SES
	Log     *slog.Logger

	certificates certificates
	tokens       tokens // of Mailgun
}

// How old a request may be. A relay tries again for hours, with what it signed at first; that it is heard twice does no harm.
const (
	replayGeneric = 5 * time.Minute
	replayRelay   = 12 * time.Hour
	replayAhead   = 5 * time.Minute // clocks differ
)

// Call is one request of a relay.
type Call struct {
	Kind   string
	Header http.Header
	Query  url.Values
	Body   []byte
}

// Take hears a request. ErrNotFound: that kind is not configured; ErrBadToken: it does not prove itself, or is old; an
// InvalidError: it is not understood; all else is a fault of ours, and the relay should try again.
func (h *Hooks) Take(ctx context.Context, c Call, now time.Time) error {
	for _, hook := range h.Hooks {
		if hook.Kind != c.Kind {
			continue
		}
		events, err := h.read(ctx, hook, &c, now)
		if err != nil {
			return err
		}
		return h.Service.Events(ctx, events, c.Kind, now)
	}
	return tidings.ErrNotFound
}

func (h *Hooks) read(ctx context.Context, hook Hook, c *Call, now time.Time) ([]Event, error) {
	switch hook.Kind {
	case "generic":
		return generic(hook.Secret, c, now)
	case "mailgun":
		return h.mailgun(hook.Secret, c.Body, now)
	case "postmark":
		return postmark(hook.Secret, c)
	case "ses":
		return h.ses(ctx, hook.Topic, c.Body, now)
	}
	return nil, tidings.ErrNotFound
}

// fresh reports whether an instant in whole seconds is one of late.
func fresh(unix string, most time.Duration, now time.Time) bool {
	n, err := strconv.ParseInt(unix, 10, 64)
	if err != nil {
		return false
	}
	return recent(time.Unix(n, 0), most, now)
}

func recent(at time.Time, most time.Duration, now time.Time) bool {
	return !at.Before(now.Add(-most)) && !at.After(now.Add(replayAhead))
}

// signedWith reports whether a signature in hexadecimal digits is the HMAC-SHA256 of a text.
func signedWith(secret, signature, text string) bool {
	given, err := hex.DecodeString(signature)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return err == nil && secret != "" && hmac.Equal(given, mac.Sum(nil))
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func decode(body []byte, into any) error {
	if err := json.Unmarshal(body, into); err != nil {
		return tidings.Invalidf("body", "is not the JSON that was expected")
	}
	return nil
}

// genericEvent is one event of the generic webhook; its fields are documented in docs/bounces.md.
type genericEvent struct {
	Kind       tidings.BounceKind `json:"kind"`
	Recipient  string             `json:"recipient"`
	ReturnPath string             `json:"return_path"`
	MessageID  string             `json:"message_id"`
	Status     string             `json:"status"`
	Diagnostic string             `json:"diagnostic"`
}

// generic reads one event or a list of them, signed over instant and body.
func generic(secret string, c *Call, now time.Time) ([]Event, error) {
	at := c.Header.Get("Tidings-Timestamp")
	if !fresh(at, replayGeneric, now) || !signedWith(secret, c.Header.Get("Tidings-Signature"), at+"."+string(c.Body)) {
		return nil, tidings.ErrBadToken
	}
	var all []genericEvent
	body := strings.TrimSpace(string(c.Body))
	if !strings.HasPrefix(body, "[") {
		body = "[" + body + "]"
	}
	if err := decode([]byte(body), &all); err != nil {
		return nil, err
	}
	events := make([]Event, len(all))
	for i, e := range all {
		status := statusShape.FindString(e.Status)
		switch {
		case e.Kind != tidings.Bounced && e.Kind != tidings.Complained:
			return nil, tidings.Invalidf("kind", `must be "bounce" or "complaint"`)
		case e.Kind == tidings.Bounced && status == "":
			return nil, tidings.Invalidf("status", `must be one of RFC 3463, such as "5.1.1"`)
		case e.Recipient == "" && e.ReturnPath == "":
			return nil, tidings.Invalidf("recipient", "is missing, and there is no return_path")
		}
		events[i] = Event{
			Kind: e.Kind, Address: e.Recipient, ReturnPath: bare(e.ReturnPath), MessageID: bare(e.MessageID), Status: status, Diagnostic: e.Diagnostic,
		}
	}
	return events, nil
}

// bare is an address or a Message-ID without its angle brackets.
func bare(s string) string { return strings.Trim(strings.TrimSpace(s), "<>") }
