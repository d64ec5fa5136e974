package mailer

import (
	"errors"
	"net/textproto"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// phase is how far a transaction came.
type phase string

const (
	connecting phase = "connecting" // dial, greeting, EHLO, TLS, AUTH
	atMail     phase = "MAIL"
	atRcpt     phase = "RCPT"
	atData     phase = "DATA"
	inBody     phase = "body" // cut off before the dot: certainly not taken
	atDot      phase = "dot"
	accepted   phase = "accepted"
	unmade     phase = "unmade" // we had no message to send after all; nothing of it reached the relay
)

// result is what became of one message: the phase that ended it and why.
type result struct {
	phase phase
	err   error // nil when accepted
	reply string
	own   bool      // refused at MAIL or DATA, or hung up on, while the relay takes other messages
	began time.Time // when the body went out: what was public then is in it. Zero: it did not
}

// recipientTaken reports whether the relay said yes to RCPT.
func (r *result) recipientTaken() bool {
	return r.phase == atData || r.phase == inBody || r.phase == atDot || r.phase == accepted
}

// final reports whether it said no for good. 5.4.5 is congestion, which passes (RFC 3463 §3.5): Google says so when a day's quota is used up.
func (r *result) final() bool { return r.code() >= 500 && r.status() != "5.4.5" }

// refusedRecipient reports whether it said no to the recipient for good.
func (r *result) refusedRecipient() bool { return r.phase == atRcpt && r.final() }

// refusedEarly reports whether it refused the transaction at MAIL or at DATA, in words.
func (r *result) refusedEarly() bool {
	code := r.code()
	return (r.phase == atMail || r.phase == atData) && code != 0 && code != serviceClosing
}

// unclear reports whether the relay said neither yes nor no: nothing, what is no reply, or a yes to something else.
func (r *result) unclear() bool { return r.code() < 400 }

// code is the relay's reply code, or 0 where there was no reply: a timeout, a reset, our own refusal.
func (r *result) code() int { return codeOf(r.err) }

func codeOf(err error) int {
	if e := (*textproto.Error)(nil); errors.As(err, &e) {
		return e.Code
	}
	return 0
}

// status is the reply's enhanced status code, "5.1.1", or "".
func (r *result) status() string {
	e := (*textproto.Error)(nil)
	if !errors.As(r.err, &e) {
		return ""
	}
	return enhanced(e.Code, e.Msg)
}

// tooMuch reports whether the relay refuses for now by a rule of its own (RFC 3463 §3.8), as those do that are sent more than they like.
func (r *result) tooMuch() bool { return strings.HasPrefix(r.status(), "4.7.") }

// words are the relay's, or ours about it: one line without control characters, at most 400 octets.
func (r *result) words() string {
	text := r.reply
	if e := (*textproto.Error)(nil); errors.As(r.err, &e) {
		text = strconv.Itoa(e.Code) + " " + e.Msg
	} else if r.err != nil {
		text = r.err.Error()
	}
	return oneLine(text)
}

// withoutAddresses makes a reply fit for the log, where nobody's address belongs.
func withoutAddresses(reply string) string { return tidings.WithoutAddresses(reply) }

// replyMost is how much of a reply is kept, in octets.
const replyMost = 400

func oneLine(text string) string { return tidings.OneLine(text, replyMost) }

// RFC 3463 §2; RFC 2034 §3: it stands right after the reply code, and nowhere else: "10.5.1.1" in the text is an address.
var enhancedStatus = regexp.MustCompile(`^([245]\.\d{1,3}\.\d{1,3})(?:\s|$)`)

// enhanced gives the enhanced status code of a reply, or "" where there is none or where it contradicts the reply code.
func enhanced(code int, text string) string {
	m := enhancedStatus.FindStringSubmatch(text)
	if m == nil || m[1][0] != byte('0'+code/100) {
		return ""
	}
	return m[1]
}
