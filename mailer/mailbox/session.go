package mailbox

import (
	"crypto/subtle"
	"errors"
	"io"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// session is one connection's conversation. It meets smtp.AuthSession.
type session struct {
	box      *Box
	conn     *smtp.Conn
	loggedIn bool
	from, to string
}

func (b *Box) greet(conn *smtp.Conn) (smtp.Session, error) {
	s := &session{box: b, conn: conn}
	if err := s.reply(Hello); err != nil {
		return nil, err
	}
	return s, nil
}

// reply asks the options what to say at a phase, and hangs up where that is the answer.
func (s *session) reply(phase Phase) error {
	if s.box.options.Reply == nil {
		return nil
	}
	err := s.box.options.Reply(phase, s.from, s.to)
	if errors.Is(err, ErrHangUp) {
		_ = s.conn.Conn().Close() // whatever it says, the line is dead
	}
	return err
}

// AuthMechanisms are offered where there are users.
func (s *session) AuthMechanisms() []string {
	if len(s.box.options.Users) == 0 {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth begins RFC 4616 PLAIN, the one mechanism there is.
func (s *session) Auth(mechanism string) (sasl.Server, error) {
	if mechanism != sasl.Plain {
		return nil, smtp.ErrAuthUnknownMechanism
	}
	return sasl.NewPlainServer(func(_, user, password string) error {
		want, known := s.box.options.Users[user]
		if !known || subtle.ConstantTimeCompare([]byte(want), []byte(password)) != 1 {
			return smtp.ErrAuthFailed
		}
		s.loggedIn = true
		return nil
	}), nil
}

// Mail takes the sender.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if len(s.box.options.Users) > 0 && !s.loggedIn {
		return smtp.ErrAuthRequired
	}
	s.from = from
	return s.reply(From)
}

// Rcpt takes the recipient: one for each mail, as Tidings sends.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.to != "" {
		return Refusal(452, "4.5.3", "one recipient at a time")
	}
	s.to = to
	err := s.reply(To)
	if err != nil {
		s.to = ""
	}
	return err
}

// Data takes the mail.
func (s *session) Data(r io.Reader) error {
	if err := s.reply(Body); err != nil {
		return err
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return err // cut off before the dot: never a mail
	}
	turned := s.reply(Dot)
	if turned != nil && !errors.Is(turned, ErrHangUp) {
		return turned
	}
	m, err := s.box.keep(s.from, s.to, data)
	if err != nil {
		return Refusal(452, "4.3.1", err.Error())
	}
	if s.box.options.Kept != nil {
		s.box.options.Kept(m)
	}
	return turned
}

// Reset forgets the transaction.
func (s *session) Reset() { s.from, s.to = "", "" }

// Logout has nothing to free.
func (s *session) Logout() error { return nil }
