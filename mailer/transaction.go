package mailer

import (
	"bytes"
	"errors"
	"slices"
	"time"
)

// A transaction is MAIL, RCPT, DATA and a body with its dot. Where the relay has PIPELINING (RFC 2920), the three commands go out
// together, and behind the body of the transaction before: one round trip for each message. Replies come in the order of the
// commands, and no body is sent before its own 354 has come.

// envelope is whom a message is from and to, in angle brackets.
type envelope struct {
	from, to string
	utf8     bool // the address needs SMTPUTF8 (RFC 6531 §3.4)
}

// errNoUTF8 is final for a delivery: the relay will not grow the extension by waiting.
var errNoUTF8 = errors.New("the relay has no SMTPUTF8 (RFC 6531), without which this address cannot be written to")

// announce puts MAIL, RCPT and DATA behind what is written next.
func (s *session) announce(e *envelope) {
	s.begun++
	s.mail(e)
	s.out = append(append(append(s.out, "RCPT TO:"...), e.to...), "\r\n"...)
	s.out = append(s.out, "DATA\r\n"...)
}

func (s *session) mail(e *envelope) {
	s.out = append(append(s.out, "MAIL FROM:"...), e.from...)
	if e.utf8 {
		s.out = append(s.out, " SMTPUTF8"...)
	}
	s.out = append(s.out, "\r\n"...)
}

// begin opens a transaction that was not announced. It gives a result with an error unless the body may follow.
func (s *session) begin(e *envelope) result {
	if e.utf8 && !s.utf8 {
		return result{phase: unmade, err: errNoUTF8}
	}
	if s.pipelining {
		s.announce(e)
		if _, err := s.write(commandTimeout); err != nil {
			s.hangUp()
			return result{phase: atMail, err: err}
		}
		return s.admitted()
	}
	s.begun++
	s.mail(e)
	if err := s.ask(commandTimeout, yes); err != nil {
		s.hangUp()
		return result{phase: atMail, err: err}
	}
	s.out = append(append(append(s.out, "RCPT TO:"...), e.to...), "\r\n"...)
	if err := s.ask(commandTimeout, yes); err != nil {
		res := result{phase: atRcpt, err: err}
		s.settleDown(&res)
		return res
	}
	s.out = append(s.out, "DATA\r\n"...)
	if err := s.ask(dataTimeout, goOn); err != nil {
		s.hangUp()
		return result{phase: atData, err: err}
	}
	return result{}
}

// admitted hears the answers to an announcement. It gives a result with an error unless the body may follow.
func (s *session) admitted() result {
	res := result{}
	if _, err := s.answer(commandTimeout, yes); err != nil {
		// What comes after is of no interest, but for the connection, which is given up.
		s.hangUp()
		return result{phase: atMail, err: err}
	}
	if _, err := s.answer(commandTimeout, yes); err != nil {
		res = result{phase: atRcpt, err: err}
	}
	if res.err != nil && over(res.code()) {
		s.hangUp()
		return res
	}
	_, err := s.answer(dataTimeout, goOn)
	switch {
	case res.err == nil && err != nil:
		s.hangUp()
		return result{phase: atData, err: err}
	case res.err != nil && err == nil:
		// RFC 2920 §3.1: it waits for a body that nobody is to get. The dot alone ends it.
		s.out = append(s.out, ".\r\n"...)
		if err := s.ask(dotTimeout, yes); err != nil && over(codeOf(err)) {
			s.hangUp()
			return res
		}
		s.settleDown(&res)
	case res.err != nil:
		s.settleDown(&res)
	}
	return res
}

// body sends a message with its dot and, in the same piece, what is announced after it. It gives a result with an error when the
// connection broke before the dot was written: the message is certainly not taken. When it broke behind the dot, that is all the same to
// the message, whose answer may be there already; but nothing was announced.
func (s *session) body(message []byte, next *envelope) result {
	s.out = stuff(s.out, message)
	dot := len(s.out)
	s.out = append(s.out, ".\r\n"...)
	if next != nil {
		s.announce(next)
	}
	written, err := s.write(blockTimeout)
	if err != nil && written <= dot {
		s.hangUp() // a QUIT would end the body, and the relay would take what it has
		return result{phase: inBody, err: err}
	}
	s.cut = err != nil
	return result{}
}

// finish hears what the relay says to the dot.
func (s *session) finish() result {
	reply, err := s.answer(dotTimeout, yes)
	if s.cut {
		s.hangUp()
	}
	if err == nil {
		return result{phase: accepted, reply: reply}
	}
	res := result{phase: atDot, err: err}
	if !s.broken && over(res.code()) {
		s.hangUp()
	}
	return res
}

// send makes one transaction by itself.
func (s *session) send(e *envelope, message []byte) result {
	if res := s.begin(e); res.err != nil {
		return res
	}
	if res := s.body(message, nil); res.err != nil {
		return res
	}
	return s.finish()
}

// settleDown readies the connection for the next transaction after a refusal, or gives it up.
func (s *session) settleDown(res *result) {
	if over(res.code()) {
		s.hangUp()
		return
	}
	s.out = append(s.out, "RSET\r\n"...)
	if err := s.ask(commandTimeout, yes); err != nil { // that says nothing about the mail before it
		s.hangUp()
	}
}

// over reports whether a reply that was not the one due ends the conversation: there was none, it says good-bye, or it is neither yes nor
// no, and who knows what the next one answers.
func over(code int) bool { return code < 400 || code == serviceClosing }

// ask writes what there is to write, and hears one answer.
func (s *session) ask(timeout time.Duration, due int) error {
	if _, err := s.write(timeout); err != nil {
		return err
	}
	_, err := s.answer(timeout, due)
	return err
}

func (s *session) answer(timeout time.Duration, due int) (reply string, err error) {
	if s.client.Text.R.Buffered() == 0 {
		s.deadline(timeout)
	}
	return hearOne(s.client.Text.R, due)
}

// write sends what was put together, each block under a deadline of its own, and says how many octets the connection took.
func (s *session) write(timeout time.Duration) (written int, err error) {
	defer func() { s.out = s.out[:0] }()
	w := s.client.Text.W
	for block := range slices.Chunk(s.out, blockSize) {
		s.deadline(timeout)
		n, err := w.Write(block)
		if written += n; err != nil {
			return written - w.Buffered(), err
		}
	}
	if err := w.Flush(); err != nil {
		return written - w.Buffered(), err
	}
	return written, nil
}

// stuff appends a message with a second dot before each line that begins with one (RFC 5321 §4.5.2). The message ends with CRLF, or
// gets one.
func stuff(out, message []byte) []byte {
	from := 0 // what is written up to here
	for at := 0; ; at++ {
		next := bytes.IndexByte(message[at:], '.') // of which there are fewer than lines
		if next < 0 {
			break
		}
		if at += next; at == 0 || message[at-1] == '\n' {
			out = append(append(out, message[from:at]...), '.')
			from = at
		}
	}
	out = append(out, message[from:]...)
	if !bytes.HasSuffix(out, []byte("\r\n")) {
		out = append(out, "\r\n"...)
	}
	return out
}
