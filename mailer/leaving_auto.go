package mailer

import (
	"bytes"
	"mime"
	"net/mail"
	"strings"

	"github.com/tidings/tidings"
)

// Automatic says by what it is told that nobody wrote a mail to the address of List-Unsubscribe: a bounce, or the answer of somebody
// who is away, may quote a digest of ours with its link, and is no wish to leave. "": somebody wrote it. Whatever has a token alone
// for its subject was made by our mailto: link, and is a wish, whichever program sent it. Any octets may be given.
func Automatic(message []byte) (why string) {
	message, sender := unpiped(message)
	m, err := mail.ReadMessage(bytes.NewReader(message))
	if err != nil {
		if strings.EqualFold(sender, "MAILER-DAEMON") {
			return "From MAILER-DAEMON"
		}
		return ""
	}
	if subject := strings.TrimSpace(subjectOf(m.Header)); len(subject) == tidings.TokenLength && tokenLetters.FindString(subject) == subject {
		return ""
	}
	if said := automaticHeader(m.Header); said != "" {
		return said
	}
	if strings.EqualFold(sender, "MAILER-DAEMON") {
		return "From MAILER-DAEMON"
	}
	return ""
}

// automaticHeader is the field of a header that says so, with what it says.
func automaticHeader(h mail.Header) string {
	// RFC 3834 §5: "no", with or without parameters, is a person.
	if word := fieldWord(h.Get("Auto-Submitted")); word != "" && word != "no" {
		return "Auto-Submitted: " + shownWord(word)
	}
	if fieldWord(h.Get("Content-Type")) == "multipart/report" { // RFC 6522
		return "Content-Type: multipart/report"
	}
	for _, name := range []string{"Return-Path", "X-Envelope-From", "X-Envelope-Sender", "Envelope-Sender", "Envelope-From", "X-Original-Return-Path"} {
		for _, value := range h[name] {
			if value = strings.Join(strings.Fields(value), ""); value == "<>" || value == "" { // RFC 5321 §4.5.5
				return name + ": <>"
			}
		}
	}
	if fieldWord(h.Get("Precedence")) == "auto_reply" {
		return "Precedence: auto_reply"
	}
	for _, name := range []string{"X-Autoreply", "X-Autorespond", "X-Auto-Reply"} {
		if word := fieldWord(h.Get(name)); word != "" && word != "no" {
			return name
		}
	}
	return ""
}

// fieldWord is a field's first word, without parameters and comments, as it is compared.
func fieldWord(s string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(s), ";")
	word, _, _ = strings.Cut(word, "(")
	return strings.ToLower(strings.TrimSpace(word))
}

// shownWord is a word of a mail's as a log may have it.
func shownWord(s string) string {
	const most = 20
	if len(s) > most {
		s = s[:most]
	}
	return mime.QEncoding.Encode("utf-8", s)
}
