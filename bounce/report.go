package bounce

import (
	"bytes"
	"net/mail"
	"regexp"
	"slices"
	"strings"

	"github.com/tidings/tidings"
)

// Report is what a mail says of one that was sent before.
type Report struct {
	Kind       tidings.BounceKind
	Recipients []Recipient // of a bounce: one at least
	Feedback   string      // of a complaint: "abuse", "not-spam" (RFC 5965 §3.1, §7.3)
	MessageID  string      // of the other mail, without angle brackets; "": it is not said
	Paths      []string    // what may be return paths of ours, the likeliest first: nothing is proven of them
}

// Recipient is what became of the mail to one recipient (RFC 3464 §2.3).
type Recipient struct {
	Address    string // the final one
	Original   string // to which the sender wrote; "": it is not said
	Action     string // failed, delayed, delivered, relayed, expanded
	Status     string // "5.1.1"
	Diagnostic string
}

// verdict is what follows for this recipient.
func (r *Recipient) verdict() tidings.BounceVerdict {
	if r.Action != "failed" {
		return tidings.BounceNothing
	}
	return tidings.VerdictOf(r.Status)
}

// Of is what the report says of the mail to an address: of several recipients, as when a list or an alias passed the mail on, the one
// with that address, or else the mildest of those to whom it came from there, or else the mildest of all.
func (r *Report) Of(address string) Recipient {
	var found *Recipient
	near := 0
	for i := range r.Recipients {
		one := &r.Recipients[i]
		if n := one.near(address); found == nil || n > near || n == near && found.verdict().Worse(one.verdict()) {
			found, near = one, n
		}
	}
	if found == nil {
		return Recipient{}
	}
	return *found
}

// near is how surely the recipient is one with an address: 2 with itself, 1 with one to which a mail to it was passed on, 0 with neither.
func (r *Recipient) near(address string) int {
	switch {
	case address == "":
		return 0
	case strings.EqualFold(r.Address, address):
		return 2
	case strings.EqualFold(r.Original, address):
		return 1
	}
	return 0
}

// Complaint reports whether the report says that the reader does not want the mail.
func (r *Report) Complaint() bool {
	switch r.Feedback {
	case "abuse", "fraud", "opt-out", "opt-out-list":
		return r.Kind == tidings.Complained
	}
	return false
}

// Parse reads a mail; false: it is no report. Any octets may be given.
func Parse(message []byte) (Report, bool) {
	if bytes.HasPrefix(message, []byte("From ")) { // an mbox line, which mail servers put above it in a pipe
		_, message, _ = bytes.Cut(message, []byte("\n"))
	}
	m, err := mail.ReadMessage(bytes.NewReader(message))
	if err != nil {
		return Report{}, false
	}
	p := &parts{}
	p.walk(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body, partDepth)
	var r Report
	switch {
	case p.feedback != nil:
		r = p.complaint()
	case p.status != nil:
		r = p.notification()
	default:
		r = plain(m.Header, p.text.String())
	}
	if r.Kind == "" {
		return Report{}, false
	}
	r.Paths = pathsIn(slices.Concat(headerValues(m.Header, "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To"), r.Paths)...)
	return r, true
}

func headerValues(h mail.Header, names ...string) (all []string) {
	for _, n := range names {
		all = append(all, h[n]...)
	}
	return all
}

// pathShape is a return path of ours, in any case.
var pathShape = regexp.MustCompile(`(?i)\bb-[lp]?[0-9]{1,19}-[a-z2-7]{16}@[a-z0-9.-]{1,253}`)

// pathsMost is how many return paths of one report are worth a look.
const pathsMost = 8

func pathsIn(texts ...string) (found []string) {
	for _, text := range texts {
		for _, path := range pathShape.FindAllString(text, -1) {
			if path = strings.ToLower(path); len(found) < pathsMost && !slices.Contains(found, path) {
				found = append(found, path)
			}
		}
	}
	return found
}
