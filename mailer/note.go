package mailer

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Note is a plain word to the people who run the site. It is neither digest nor letter, and in no outbox.
type Note struct {
	To        string // an address without a name
	Subject   string
	Text      string
	MessageID string // without angle brackets; the same when it is sent once more
	Date      time.Time
}

// Note makes the message of a note. The same note always gives the same octets.
func (c *Composer) Note(n *Note) ([]byte, error) {
	from, fault := address("from", c.sender.From)
	to, err := address("to", n.To)
	name := cmp.Or(c.sender.Name, c.site.Name(c.site.Language))
	if err := errors.Join(fault, err, refuseControls("subject", n.Subject), refuseControls("site.name", name)); err != nil {
		return nil, err
	}
	folded := strings.NewReplacer("?= =?", "?=\r\n =?", "?= <", "?=\r\n <") // RFC 2047 §2: no line with an encoded word is longer than 76
	head := fmt.Appendf(nil, "From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: <%s>\r\n",
		folded.Replace(phrase(name, len("From: "))+" "+from), to, folded.Replace(words(n.Subject, len("Subject: "))),
		n.Date.UTC().Format(time.RFC1123Z), n.MessageID)
	head = append(head, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"+ // RFC 3834 §5: nobody's absence answers it
		"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"...)
	body := appendQuotedPrintable(nil, []byte(canonical(n.Text)))
	var fields []byte
	if c.sender.Signer != nil {
		if fields, err = c.sender.Signer.Prepare(nil)(head, body, n.Date); err != nil {
			return nil, fmt.Errorf("signing a note: %w", err)
		}
	}
	return append(append(append(fields, head...), "\r\n"...), body...), nil
}
