package bounce

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/textproto"
	"strings"
)

const (
	partDepth = 5       // how deep parts within parts are followed
	partsMost = 50      // how many parts of a mail are looked at
	partMost  = 1 << 20 // how much of a part is read, in octets
	textMost  = 16 << 10
)

// parts are those of a report that say something.
type parts struct {
	seen     int
	status   []textproto.MIMEHeader // the groups of a delivery status
	feedback textproto.MIMEHeader
	original textproto.MIMEHeader // the header of the mail that it speaks of
	text     strings.Builder      // the beginning of what it says in words
}

// walk looks at a MIME entity and those within it. A broken one ends where it breaks.
func (p *parts) walk(contentType, encoding string, body io.Reader, depth int) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind = "text/plain" // RFC 2045 §5.2
	}
	if p.seen++; p.seen > partsMost || depth == 0 {
		return
	}
	if strings.HasPrefix(kind, "multipart/") {
		within := multipart.NewReader(body, params["boundary"])
		for p.seen <= partsMost {
			part, err := within.NextRawPart()
			if err != nil {
				return
			}
			p.walk(part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part, depth-1)
		}
		return
	}
	body = io.LimitReader(decoded(encoding, body), partMost)
	switch kind {
	case "message/delivery-status", "message/global-delivery-status": // RFC 3464; RFC 6533
		if p.status == nil {
			p.status = groups(body)
		}
	case "message/feedback-report": // RFC 5965
		if p.feedback == nil {
			p.feedback = group(bufio.NewReader(body))
		}
	case "message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers":
		if p.original == nil {
			p.original = group(bufio.NewReader(body))
		}
	case "text/plain", "text/html":
		if left := textMost - p.text.Len(); left > 0 {
			text, _ := io.ReadAll(io.LimitReader(body, int64(left))) // as far as it can be read
			p.text.Write(text)
			p.text.WriteByte('\n')
		}
	}
}

func decoded(encoding string, body io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		return quotedprintable.NewReader(body)
	}
	return body
}

// groupsMost is how many recipients of one report are read.
const groupsMost = 100

// groups are the fields of a delivery status, in groups between empty lines.
func groups(body io.Reader) (all []textproto.MIMEHeader) {
	text, _ := io.ReadAll(body) // as far as it can be read
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	for len(text) > 0 && len(all) < groupsMost {
		var one []byte
		one, text, _ = bytes.Cut(text, []byte("\n\n"))
		all = append(all, group(bufio.NewReader(bytes.NewReader(bytes.Trim(one, "\n")))))
	}
	return append(all, textproto.MIMEHeader{}) // never nil: there was a part
}

// fieldsMost is how many fields of a group are read.
const fieldsMost = 1000

// group reads fields until an empty line. What is none is passed over, and those behind it are read.
func group(r *bufio.Reader) textproto.MIMEHeader {
	h := textproto.MIMEHeader{}
	var last string // the field that goes on in lines with a space before them; "": none does
	for n := 0; n < fieldsMost; {
		line, err := r.ReadString('\n')
		text := strings.TrimRight(line, "\r\n")
		name, value, is := strings.Cut(text, ":")
		switch {
		case text == "":
			return h
		case text[0] == ' ' || text[0] == '\t':
			if values := h[last]; len(values) > 0 {
				values[len(values)-1] = strings.TrimSpace(values[len(values)-1] + " " + strings.TrimSpace(text))
			}
		default:
			if last = textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name)); !is || last == "" {
				last = ""
				break
			}
			h[last] = append(h[last], strings.TrimSpace(value))
			n++
		}
		if err != nil {
			return h
		}
	}
	return h
}
