package mailer

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"slices"
	"strings"

	"github.com/tidings/tidings"
)

const (
	// leaveTextMost is how much of a mail's text is searched, in octets as decoded.
	leaveTextMost = 64 << 10
	// leaveTokensMost is how many tokens of one mail are worth a look: one of ours has two.
	leaveTokensMost = 32
	// leaveDepth is how deep parts within parts are followed.
	leaveDepth = 5
)

// LeaveTokens finds what may be leave tokens in a mail that came to the address of List-Unsubscribe (RFC 2369 §3.2), the most
// likely first: what stands in the subject, where our mailto: puts it, then what stands in the text. Any octets may be given.
func LeaveTokens(message []byte) []string {
	message, _ = unpiped(message)
	s := tokenSearch{left: leaveTextMost}
	m, err := mail.ReadMessage(bytes.NewReader(message))
	if err != nil { // no mail, or a broken one: what is readable counts
		s.text(bytes.NewReader(message))
		return s.found
	}
	s.in(subjectOf(m.Header))
	s.part(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body, leaveDepth)
	return s.found
}

// unpiped is a mail without the mbox line that mail servers put above it in a pipe, and the sender whom that line names.
func unpiped(message []byte) (rest []byte, sender string) {
	if !bytes.HasPrefix(message, []byte("From ")) {
		return message, ""
	}
	line, rest, _ := bytes.Cut(message, []byte("\n"))
	if words := bytes.Fields(line); len(words) > 1 {
		sender = string(words[1])
	}
	return rest, sender
}

// subjectOf is decoded, whatever its charset: all that is looked for in it is ASCII, which is the same in those that mail programs use.
func subjectOf(h mail.Header) string {
	subject := h.Get("Subject")
	words := mime.WordDecoder{CharsetReader: func(_ string, octets io.Reader) (io.Reader, error) { return octets, nil }}
	if plain, err := words.DecodeHeader(subject); err == nil {
		return plain
	}
	return subject
}

// tokenSearch is how far a search has come.
type tokenSearch struct {
	found []string
	left  int64 // octets of text that may still be read
}

// part searches a MIME entity (RFC 2045 §2.4), and those within it.
func (s *tokenSearch) part(contentType, encoding string, body io.Reader, depth int) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind = "text/plain" // RFC 2045 §5.2
	}
	switch {
	case depth == 0 || s.left <= 0:
	case strings.HasPrefix(kind, "multipart/"):
		parts := multipart.NewReader(body, params["boundary"])
		for s.left > 0 {
			p, err := parts.NextRawPart()
			if err != nil { // the last one, or a broken one
				return
			}
			s.part(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p, depth-1)
		}
	case strings.HasPrefix(kind, "text/"):
		switch strings.ToLower(strings.TrimSpace(encoding)) {
		case "base64":
			body = base64.NewDecoder(base64.StdEncoding, body)
		case "quoted-printable":
			body = quotedprintable.NewReader(body)
		}
		s.text(body)
	}
}

// text searches a text as far as it can be read.
func (s *tokenSearch) text(body io.Reader) {
	text, err := io.ReadAll(io.LimitReader(body, s.left))
	if s.left -= int64(len(text)); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		s.left-- // a broken part costs something too, so that many of them come to an end
	}
	s.in(string(text))
}

// tokens are written in these letters (RFC 4648 §5).
var tokenLetters = regexp.MustCompile(`[A-Za-z0-9_-]+`)

func (s *tokenSearch) in(text string) {
	for _, word := range tokenLetters.FindAllString(text, -1) {
		if len(s.found) < leaveTokensMost && len(word) == tidings.TokenLength && !slices.Contains(s.found, word) {
			s.found = append(s.found, word)
		}
	}
}
