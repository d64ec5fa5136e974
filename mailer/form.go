package mailer

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"net/url"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

// Form is an edition composed once, with blanks for what is personal. Filling it is cheap, and the same delivery always
// gives the same octets. It may be filled from several goroutines.
type Form struct {
	composer   *Composer
	subject    string
	head       stencil   // the headers, and the first part's
	frame      [2][]byte // what stands between the parts; the end
	text, html encodedPart
	left       int // releases that it has no room for

	sign   func(head, rest []byte, at time.Time) ([]byte, error) // nil: the relay signs
	shared int                                                   // how much of the body sign knows already, in octets
}

// frame lets go-mail make headers and MIME structure around marks, and cuts it where the bodies go: it takes no part that
// is encoded already.
func (c *Composer) frame(fields map[mail.Header]string, boundary, subject string, text, html body) (*Form, error) {
	f, m := &Form{composer: c, subject: subject}, &c.marks
	f.text, f.html = divide(text, &m.blanks), divide(html, &m.blanks)
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent(), mail.WithBoundary(boundary))
	for field, value := range fields {
		msg.SetGenHeader(field, value)
	}
	msg.SetBodyString(mail.TypeTextPlain, m.text, mail.WithPartEncoding(mail.Encoding(f.text.encoding)))
	msg.AddAlternativeString(mail.TypeTextHTML, m.html, mail.WithPartEncoding(mail.Encoding(f.html.encoding)))
	var whole bytes.Buffer
	if _, err := msg.WriteTo(&whole); err != nil {
		return nil, fmt.Errorf("making the frame: %w", err)
	}
	head, rest, err := cutAround(whole.Bytes(), f.text.encoding.encode(m.text))
	if err != nil {
		return nil, err
	}
	if f.frame[0], f.frame[1], err = cutAround(rest, f.html.encoding.encode(m.html)); err != nil {
		return nil, err
	}
	for _, mark := range []string{m.blanks[blankTo], m.blanks[blankMessageID], m.blanks[blankDate], fields[mail.HeaderListUnsubscribe]} {
		if mark != "" && bytes.Count(head, []byte(mark)) != 1 {
			return nil, errors.New("making the frame: an encoder broke a mark")
		}
	}
	f.head = cutAtMarks(string(head), &m.blanks)
	return f, f.prepare(head)
}

// fields are those that every message of ours has, with marks where its own go. go-mail writes them sorted by name; only
// what goes through its address parser or stands in its second map would come in another way, so nothing does.
func (c *Composer) fields(language, subject string) (map[mail.Header]string, error) {
	name := strings.Join(strings.Fields(cmp.Or(c.sender.Name, c.site.Name(language))), " ")
	for field, value := range map[string]string{"Subject": subject, "From": name, "Reply-To": c.sender.ReplyTo} {
		if err := refuseControls(field, value); err != nil {
			return nil, err
		}
	}
	m := &c.marks
	return map[mail.Header]string{
		mail.HeaderSubject:               words(subject, len("Subject: ")),
		"From":                           phrase(name, len("From: ")) + " <" + c.sender.From + ">",
		"Reply-To":                       "<" + c.sender.ReplyTo + ">",
		"Auto-Submitted":                 "auto-generated", // RFC 3834 §5
		mail.HeaderXAutoResponseSuppress: "OOF, AutoReply", // never All: that silences Exchange's bounces too
		"To":                             m.blanks[blankTo],
		mail.HeaderMessageID:             m.blanks[blankMessageID],
		mail.HeaderDate:                  m.blanks[blankDate],
	}, nil
}

// digestFields are those of a digest: of a list, which can be left.
func (c *Composer) digestFields(e *tidings.Edition, subject string) (map[mail.Header]string, error) {
	fields, err := c.fields(e.Language, subject)
	if err != nil {
		return nil, err
	}
	listID := c.site.ListID(e.Run.Slot.Cadence)
	if err := refuseControls("List-Id", listID); err != nil {
		return nil, err
	}
	if !isASCII(listID) || strings.ContainsAny(listID, "<> ") {
		return nil, tidings.Invalidf("list id", "%q is not made of a cadence and a domain", listID)
	}
	fields["List-Id"] = "<" + listID + ">" // RFC 2919 §3: without a phrase
	fields[mail.HeaderListUnsubscribe] = c.marks.blanks[blankUnsubscribe]
	fields[mail.HeaderListUnsubscribePost] = "List-Unsubscribe=One-Click"
	fields[mail.HeaderPrecedence] = "bulk"
	return fields, nil
}

// boundary is drawn from the content, which therefore cannot hold it.
func boundary(content ...string) string {
	sum := sha256.New()
	for _, s := range content {
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

// Left is how many of the edition's entries, the last ones, it has no room for: it says how many more there are.
func (f *Form) Left() int { return f.left }

// htmlLength is the length of the HTML part as encoded, with the longest blanks.
func (f *Form) htmlLength() int {
	longest := blanks{blankAddress: strings.Repeat("&#39;", 64) + "@" + strings.Repeat("d", 255)}
	longest[blankLeave], longest[blankManage] = strings.Repeat("t", tidings.TokenLength), strings.Repeat("t", tidings.TokenLength)
	return f.html.length(&longest)
}

// Parts are the two bodies as this delivery's reader will see them; lines end with LF.
func (f *Form) Parts(d *tidings.Delivery) templates.MailParts {
	lines := strings.NewReplacer("\r\n", "\n")
	with := f.composer.personal(d)
	text := f.text.full.append(nil, &with)
	with[blankAddress] = html.EscapeString(d.Address)
	return templates.MailParts{
		Subject: f.subject, Text: lines.Replace(string(text)), HTML: lines.Replace(string(f.html.full.append(nil, &with))),
	}
}

// personal fills the blanks of the text; in HTML, the address is escaped.
func (c *Composer) personal(d *tidings.Delivery) (with blanks) {
	with[blankLeave], with[blankManage] = c.token(tidings.PurposeLeave, d), c.token(tidings.PurposeManage, d)
	with[blankAddress] = d.Address
	return with
}

// Fill makes the message of a delivery.
func (f *Form) Fill(d *tidings.Delivery) ([]byte, error) { return f.Append(nil, d) }

// Append adds the message of a delivery to out.
func (f *Form) Append(out []byte, d *tidings.Delivery) ([]byte, error) {
	to, err := address(addressField, d.Address)
	if err != nil {
		return nil, err
	}
	if err := refuseControls("message id", d.MessageID); err != nil {
		return nil, err
	}
	c, start := f.composer, len(out)
	with := c.personal(d)
	with[blankTo], with[blankMessageID] = to, "<"+d.MessageID+">"
	with[blankDate] = d.Date.In(c.site.Zone).Format("Mon, 02 Jan 2006 15:04:05 -0700") // RFC 5322 §3.3
	with[blankUnsubscribe] = c.unsubscribe(with[blankLeave])
	out = f.head.append(out, &with)
	for line := range bytes.SplitSeq(out[start:], []byte("\r\n")) {
		if len(line) > lineHardMost {
			return nil, tidings.Invalidf("header", "a line of %d octets: %.40s…", len(line), line)
		}
	}
	out = append(f.text.fill(out, &with), f.frame[0]...)
	with[blankAddress] = html.EscapeString(d.Address)
	return f.signed(append(f.html.fill(out, &with), f.frame[1]...), start, d.Date)
}

// unsubscribe is the value of List-Unsubscribe, on one line: folded, it fails DKIM at some relays. The https URL takes
// the one-click POST (RFC 8058 §3.1), the mailto is for readers without it (RFC 2369 §3.2).
func (c *Composer) unsubscribe(token string) string {
	value := "<" + c.site.LeaveURL(token) + ">"
	if c.sender.Leave != "" {
		value += ", <mailto:" + mailtoEscape(c.sender.Leave) + "?subject=" + token + ">"
	}
	return value
}

func (c *Composer) token(p tidings.Purpose, d *tidings.Delivery) string {
	return c.keys.Mint(p, d.ID, d.Subscriber, d.Since)
}

// mailtoEscape is an address as RFC 6068 §2 writes it.
func mailtoEscape(addr string) string {
	return strings.ReplaceAll(url.PathEscape(addr), "%40", "@")
}
