package mailbox

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"
)

// View is a mail as its reader sees it.
type View struct {
	Subject   string
	From      string // "Ministry of Trade <news@example.org>", decoded
	To        string
	Date      time.Time
	MessageID string // without angle brackets
	Headers   []Header
	Text      string // the text/plain part, decoded; lines end with LF
	HTML      string // the text/html part, likewise
}

// Header is one header field, unfolded and decoded, in the mail's own order.
type Header struct{ Name, Value string }

// Read takes a mail apart. It reads what Tidings sends: multipart/alternative in UTF-8, or a single part.
func Read(data []byte) (View, error) {
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return View{}, fmt.Errorf("mailbox: %w", err)
	}
	v := View{Headers: headers(data), MessageID: strings.Trim(m.Header.Get("Message-ID"), "<> ")}
	v.Subject, v.From, v.To = decode(m.Header.Get("Subject")), decode(m.Header.Get("From")), decode(m.Header.Get("To"))
	if v.Date, err = m.Header.Date(); err != nil {
		return View{}, fmt.Errorf("mailbox: Date: %w", err)
	}
	if err := v.part(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body); err != nil {
		return View{}, fmt.Errorf("mailbox: %w", err)
	}
	return v, nil
}

// part reads one MIME entity (RFC 2045 §2.4), and those within it.
func (v *View) part(contentType, encoding string, body io.Reader) error {
	if contentType == "" {
		contentType = "text/plain" // RFC 2045 §5.2
	}
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return fmt.Errorf("Content-Type: %w", err) //nolint:revive // the name of a header
	}
	if strings.HasPrefix(kind, "multipart/") {
		return v.parts(multipart.NewReader(body, params["boundary"]))
	}
	switch strings.ToLower(encoding) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	octets, err := io.ReadAll(body)
	if err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	text := strings.ReplaceAll(string(octets), "\r\n", "\n")
	switch kind {
	case "text/plain":
		v.Text = text
	case "text/html":
		v.HTML = text
	}
	return nil
}

func (v *View) parts(r *multipart.Reader) error {
	for {
		p, err := r.NextRawPart() // NextPart would undo quoted-printable behind our back
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		err = v.part(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p)
		if err != nil {
			return err
		}
	}
}

// headers are the fields before the first empty line, unfolded (RFC 5322 §2.2.3). Lines that are no field are left out.
func headers(data []byte) []Header {
	head, _, _ := strings.Cut(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n\n")
	var fields []Header
	for line := range strings.SplitSeq(head, "\n") {
		if strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") {
			if n := len(fields); n > 0 {
				fields[n-1].Value += line
			}
			continue
		}
		if name, value, ok := strings.Cut(line, ":"); ok {
			fields = append(fields, Header{name, strings.TrimSpace(value)})
		}
	}
	for i := range fields {
		fields[i].Value = decode(fields[i].Value)
	}
	return fields
}

// decode undoes RFC 2047; what cannot be decoded stays as it stands.
func decode(s string) string {
	var words mime.WordDecoder
	if plain, err := words.DecodeHeader(s); err == nil {
		return plain
	}
	return s
}
