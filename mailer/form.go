package mailer

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

// Form is an edition composed once, with blanks for what is personal. Filling it is cheap, and the same delivery always
// gives the same octets. It may be filled from several goroutines.
type Form struct {
	composer   *Composer
	marks      marks
	subject    string
	frame      [3][]byte // headers and the first part's; what stands between the parts; the end
	text, html encodedPart
}

// frame lets go-mail make headers and MIME structure around marks, and cuts it where the bodies go: it takes no part that
// is encoded already.
func (c *Composer) frame(e *tidings.Edition, parts templates.MailParts, m marks) (*Form, error) {
	f := &Form{composer: c, marks: m, subject: parts.Subject}
	f.text, f.html = divide(parts.Text, m.token, m.address), divide(parts.HTML, m.token, m.address)
	msg, err := c.headers(e, parts, m)
	if err != nil {
		return nil, err
	}
	msg.SetBodyString(mail.TypeTextPlain, m.text, mail.WithPartEncoding(mail.Encoding(f.text.encoding)))
	msg.AddAlternativeString(mail.TypeTextHTML, m.html, mail.WithPartEncoding(mail.Encoding(f.html.encoding)))
	var whole bytes.Buffer
	if _, err := msg.WriteTo(&whole); err != nil {
		return nil, fmt.Errorf("making the frame: %w", err)
	}
	var rest []byte
	if f.frame[0], rest, err = cutAround(whole.Bytes(), f.text.encoding.encode(m.text)); err != nil {
		return nil, err
	}
	if f.frame[1], f.frame[2], err = cutAround(rest, f.html.encoding.encode(m.html)); err != nil {
		return nil, err
	}
	for _, mark := range []string{m.to, m.messageID, m.date, m.unsubscribe} {
		if bytes.Count(f.frame[0], []byte(mark)) != 1 {
			return nil, errors.New("making the frame: an encoder broke a mark")
		}
	}
	return f, nil
}

// headers are those of the edition, with marks where a delivery's own go. go-mail writes them sorted by name; only
// what goes through its address parser or stands in its second map would come in another way, so nothing does.
func (c *Composer) headers(e *tidings.Edition, parts templates.MailParts, m marks) (*mail.Msg, error) {
	name := strings.Join(strings.Fields(c.site.Name(e.Language)), " ")
	listID := "<" + c.site.ListID(e.Run.Slot.Cadence) + ">"
	fields := map[mail.Header]string{
		mail.HeaderSubject:               parts.Subject,
		"From":                           name,
		"List-Id":                        listID, // RFC 2919 §3: without a phrase
		mail.HeaderListUnsubscribePost:   "List-Unsubscribe=One-Click",
		"Auto-Submitted":                 "auto-generated", // RFC 3834 §5
		mail.HeaderPrecedence:            "bulk",
		mail.HeaderXAutoResponseSuppress: "OOF, AutoReply", // never All: that silences Exchange's bounces too
		"Reply-To":                       c.sender.ReplyTo,
		"To":                             m.to,
		mail.HeaderMessageID:             m.messageID,
		mail.HeaderDate:                  m.date,
		mail.HeaderListUnsubscribe:       m.unsubscribe,
	}
	for field, value := range fields {
		if err := refuseControls(string(field), value); err != nil {
			return nil, err
		}
	}
	if !isASCII(listID) || strings.ContainsAny(listID[1:len(listID)-1], "<> ") {
		return nil, tidings.Invalidf("list id", "%q is not made of a cadence and a domain", listID)
	}
	fields[mail.HeaderSubject] = words(parts.Subject, len("Subject: "))
	fields["From"] = phrase(name, len("From: ")) + " <" + c.sender.From + ">"
	fields["Reply-To"] = "<" + c.sender.ReplyTo + ">"
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent(), mail.WithBoundary(boundary(e, parts)))
	for field, value := range fields {
		msg.SetGenHeader(field, value)
	}
	return msg, nil
}

// boundary is drawn from the content, which therefore cannot hold it.
func boundary(e *tidings.Edition, parts templates.MailParts) string {
	sum := sha256.New()
	for _, s := range []string{strconv.FormatInt(e.ID, 10), e.Run.MessageID(0), parts.Subject} {
		sum.Write([]byte(s + "\x00"))
	}
	return "tidings-" + hex.EncodeToString(sum.Sum(nil)[:16])
}

// cutAround gives what stands before and after the only place where the mark is.
func cutAround(text, mark []byte) (before, after []byte, err error) {
	if bytes.Count(text, mark) != 1 {
		return nil, nil, errors.New("making the frame: an encoder broke a mark")
	}
	before, after, _ = bytes.Cut(text, mark)
	return before, after, nil
}

// Subject is the mail's subject, decoded.
func (f *Form) Subject() string { return f.subject }

// htmlLength is the length of the HTML part as encoded, with the longest blanks.
func (f *Form) htmlLength() int {
	longest := strings.Repeat("&#39;", 64) + "@" + strings.Repeat("d", 255)
	return len(f.html.fill(nil, strings.NewReplacer(f.marks.address, longest)))
}

// Parts are the two bodies as this delivery's reader will see them; lines end with LF.
func (f *Form) Parts(d *tidings.Delivery) templates.MailParts {
	forText, forHTML := f.blanks(d)
	lines := strings.NewReplacer("\r\n", "\n")
	return templates.MailParts{
		Subject: f.subject,
		Text:    lines.Replace(forText.Replace(f.text.full)),
		HTML:    lines.Replace(forHTML.Replace(f.html.full)),
	}
}

func (f *Form) blanks(d *tidings.Delivery) (forText, forHTML *strings.Replacer) {
	token := f.composer.token(d)
	return strings.NewReplacer(f.marks.token, token, f.marks.address, d.Address),
		strings.NewReplacer(f.marks.token, token, f.marks.address, html.EscapeString(d.Address))
}

// Fill makes the message of a delivery.
func (f *Form) Fill(d *tidings.Delivery) ([]byte, error) {
	to, err := address(addressField, d.Address)
	if err != nil {
		return nil, err
	}
	if err := refuseControls("message id", d.MessageID); err != nil {
		return nil, err
	}
	head := strings.NewReplacer(
		f.marks.to, to,
		f.marks.messageID, "<"+d.MessageID+">",
		f.marks.date, d.Date.In(f.composer.site.Zone).Format("Mon, 02 Jan 2006 15:04:05 -0700"), // RFC 5322 §3.3
		f.marks.unsubscribe, f.composer.unsubscribe(d),
	).Replace(string(f.frame[0]))
	for line := range strings.SplitSeq(head, "\r\n") {
		if len(line) > lineHardMost {
			return nil, tidings.Invalidf("header", "a line of %d octets: %.40s…", len(line), line)
		}
	}
	forText, forHTML := f.blanks(d)
	size := len(head) + len(f.text.head) + len(f.html.head) + 2*(len(f.text.tail)+len(f.html.tail)) + 512
	out := append(make([]byte, 0, size), head...)
	out = append(f.text.fill(out, forText), f.frame[1]...)
	return append(f.html.fill(out, forHTML), f.frame[2]...), nil
}

// unsubscribe is the value of List-Unsubscribe, on one line: folded, it fails DKIM at some relays. The https URL takes
// the one-click POST (RFC 8058 §3.1), the mailto is for readers without it (RFC 2369 §3.2).
func (c *Composer) unsubscribe(d *tidings.Delivery) string {
	token := c.token(d)
	value := "<" + c.site.LeaveURL(token) + ">"
	if c.sender.Leave != "" {
		value += ", <mailto:" + mailtoEscape(c.sender.Leave) + "?subject=" + token + ">"
	}
	return value
}

func (c *Composer) token(d *tidings.Delivery) string {
	return c.keys.Mint(tidings.PurposeLeave, d.ID, d.Subscriber, d.Since)
}

// mailtoEscape is an address as RFC 6068 §2 writes it.
func mailtoEscape(addr string) string {
	return strings.ReplaceAll(url.PathEscape(addr), "%40", "@")
}
