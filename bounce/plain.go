package bounce

import (
	"net/mail"
	"regexp"
	"strings"

	"github.com/tidings/tidings"
)

var (
	// robots are who writes bounces that are no RFC 3464.
	robots = regexp.MustCompile(`(?i)\b(?:mailer-daemon|mail-daemon|maildaemon|postmaster|mdaemon|mailsystem)@|<mailer-daemon>`)
	// waiting is what is said while a server still tries.
	waiting = regexp.MustCompile(`(?i)\bdelayed\b|no action is required|will (?:continue|keep|be retried)|still trying|not been delivered yet`)
	// quoted is where a bounce begins to quote what it speaks of.
	quoted = regexp.MustCompile(`(?mi)^-+ ?(?:this is a copy|below this line|original message|returned message|the header of the original|` +
		`message header follows|original headers)[^\n]*$`)
	// nobody is how servers say in words that there is no such mailbox.
	nobody = regexp.MustCompile(`(?i)\b(?:user unknown|unknown user|no such (?:user|mailbox|recipient)|mailbox (?:not found|does not exist)|` +
		`no mailbox here by that name)\b`)
)

// plain reads a bounce as servers wrote them before there was a form, and some still do: Exim's, qmail's. Kind is "" when it is none,
// or says nothing final. It speaks of no certain recipient, and is worth something only where the return path names the mail.
func plain(h mail.Header, text string) Report {
	from := h.Get("From")
	exim, qmail := h.Get("X-Failed-Recipients"), strings.HasPrefix(strings.TrimSpace(text), "Hi. This is the qmail-send program")
	robot := robots.MatchString(from) || strings.EqualFold(strings.Trim(strings.TrimSpace(from), "<>"), "MAILER-DAEMON")
	if !robot && exim == "" && !qmail || answered(h) {
		return Report{}
	}
	said := text
	if at := quoted.FindStringIndex(said); at != nil {
		said = said[:at[0]]
	}
	if strings.HasPrefix(strings.ToLower(h.Get("Subject")), "warning") || waiting.MatchString(said) {
		return Report{}
	}
	one := Recipient{Address: strings.TrimSpace(exim), Action: "failed", Status: enhancedIn(said)}
	for _, line := range strings.Split(said, "\n") {
		if one.Diagnostic == "" && (enhancedIn(line) != "" || bareReply.MatchString(line) || nobody.MatchString(line)) {
			one.Diagnostic = strings.TrimSpace(line)
		}
	}
	if m := bareReply.FindStringSubmatch(said); one.Status == "" && m != nil {
		one.Status = m[1] + ".0.0"
	}
	if nobody.MatchString(said) && (one.Status == "" || one.Status == "5.0.0") {
		one.Status = "5.1.1"
	}
	if one.Status == "" {
		return Report{}
	}
	return Report{Kind: tidings.Bounced, Recipients: []Recipient{one}}
}

// answered: somebody who is away, or a program for them, answers (RFC 3834 §5).
func answered(h mail.Header) bool {
	return firstWord(h.Get("Auto-Submitted")) == "auto-replied" && h.Get("X-Failed-Recipients") == "" ||
		h.Get("X-Autoreply") != "" || h.Get("X-Autorespond") != "" || firstWord(h.Get("Precedence")) == "auto_reply"
}
