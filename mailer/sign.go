package mailer

import (
	"bytes"
	"errors"
	"slices"
	"time"
)

// Signer vouches for messages.
type Signer interface {
	// Prepare takes what the bodies of many messages begin with. The function that it gives takes the header of one of them, the
	// rest of its body, and its Date, and gives the fields to put above the header: the same ones whenever it is asked.
	Prepare(shared []byte) func(head, rest []byte, at time.Time) (fields []byte, err error)
}

// blankLine ends a header (RFC 5322 §2.1); before it stands the end of the last field.
const blankLine = "\r\n\r\n"

// prepare readies the form for signing; head is what stands before the text. What no blank touches, from the end of the header
// to the end of the text's head, is the same in all messages. The HTML, although most of it is the same too, stands behind the
// text's blanks.
func (f *Form) prepare(head []byte) error {
	if f.composer.sender.Signer == nil {
		return nil
	}
	_, body, found := bytes.Cut(head, []byte(blankLine))
	if !found {
		return errors.New("making the frame: the header has no end")
	}
	shared := append(bytes.Clone(body), f.text.head...)
	f.sign, f.shared = f.composer.sender.Signer.Prepare(shared), len(shared)
	return nil
}

// signed puts the signatures above the message that begins at start, or none when the relay signs.
func (f *Form) signed(out []byte, start int, at time.Time) ([]byte, error) {
	if f.sign == nil {
		return out, nil
	}
	message := out[start:]
	end := bytes.Index(message, []byte(blankLine))
	fields, err := f.sign(message[:end+2], message[end+len(blankLine)+f.shared:], at)
	if err != nil {
		return nil, err
	}
	return slices.Insert(out, start, fields...), nil
}
