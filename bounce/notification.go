package bounce

import (
	"net/textproto"
	"regexp"
	"strings"

	"github.com/tidings/tidings"
)

// notification reads a delivery status (RFC 3464 §2). Kind is "" when it names no recipient.
func (p *parts) notification() Report {
	r := Report{MessageID: p.messageID(), Paths: p.paths()}
	for _, g := range p.status {
		if one, ok := recipientOf(g); ok {
			r.Kind = tidings.Bounced
			r.Recipients = append(r.Recipients, one)
		}
	}
	return r
}

// recipientOf reads the fields of one recipient; false: they are of none.
func recipientOf(g textproto.MIMEHeader) (Recipient, bool) {
	r := Recipient{
		Address: typed(g.Get("Final-Recipient")), Original: typed(g.Get("Original-Recipient")),
		Action: firstWord(g.Get("Action")), Diagnostic: typed(g.Get("Diagnostic-Code")),
	}
	if r.Address == "" && r.Action == "" {
		return r, false
	}
	r.Status = statusShape.FindString(g.Get("Status"))
	if said := enhancedIn(r.Diagnostic); said != "" && (r.Status == "" || strings.HasSuffix(r.Status, ".0.0") && said[0] == r.Status[0]) {
		r.Status = said // some servers say "5.0.0" whatever it was, and quote who knew better
	}
	if r.Status == "" && r.Action == "failed" {
		r.Status = "5.0.0"
	}
	return r, true
}

// complaint reads an abuse report (RFC 5965 §3).
func (p *parts) complaint() Report {
	r := Report{
		Kind: tidings.Complained, Feedback: firstWord(p.feedback.Get("Feedback-Type")), MessageID: p.messageID(),
		Paths: append([]string{p.feedback.Get("Original-Mail-From")}, p.paths()...),
	}
	for _, to := range p.feedback["Original-Rcpt-To"] {
		r.Recipients = append(r.Recipients, Recipient{Address: strings.Trim(typed(to), "<>")})
	}
	return r
}

// messageID is that of the original mail (RFC 5322 §3.6.4).
func (p *parts) messageID() string {
	return strings.Trim(strings.TrimSpace(p.original.Get("Message-Id")), "<>")
}

// paths are the values that say who sent the original's envelope.
func (p *parts) paths() (all []string) {
	for _, name := range []string{"Return-Path", "X-Envelope-From", "X-Original-Return-Path", "Envelope-From", "X-Sender"} {
		all = append(all, p.original[textproto.CanonicalMIMEHeaderKey(name)]...)
	}
	return all
}

// typed is the value of a field such as "rfc822; ana@example.org" (RFC 3464 §2.1.2), with or without its type.
func typed(value string) string {
	if kind, rest, ok := strings.Cut(value, ";"); ok && !strings.ContainsAny(strings.TrimSpace(kind), " @") {
		value = rest
	}
	return strings.TrimSpace(value)
}

func firstWord(value string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(value), " ")
	word, _, _ = strings.Cut(word, ";")
	word, _, _ = strings.Cut(word, "(")
	return strings.ToLower(strings.TrimSpace(word))
}

var (
	// statusShape is RFC 3463 §2.
	statusShape = regexp.MustCompile(`\b[245]\.[0-9]{1,3}\.[0-9]{1,3}\b`)
	// replyShape is a reply with an enhanced status (RFC 2034 §3). "550 10.5.1.1" has none.
	replyShape = regexp.MustCompile(`(?:^|[^0-9.])([45])[0-9]{2}[ -]+#?([45]\.[0-9]{1,3}\.[0-9]{1,3})(?:[^0-9.]|\.?\s|\.?$)`)
	// markedShape is how qmail and Courier write it: "(#5.1.1)".
	markedShape = regexp.MustCompile(`\(#([45]\.[0-9]{1,3}\.[0-9]{1,3})\)`)
	// bareReply is a reply that says no more than its class, where servers quote another's.
	bareReply = regexp.MustCompile(`(?mi)(?:^\s*|said: |response: |error: |status: )([45])[0-9]{2}[ -]`)
)

// enhancedIn is the enhanced status that a quoted reply has, "" where there is none or where it contradicts the reply code.
func enhancedIn(text string) string {
	for _, m := range replyShape.FindAllStringSubmatch(text, 4) {
		if m[1] == m[2][:1] {
			return m[2]
		}
	}
	if m := markedShape.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}
