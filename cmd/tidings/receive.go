package main

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/bounce"
	"github.com/tidings/tidings/mailer"
	"github.com/tidings/tidings/subscribe"
)

// receiveMost is how much of a mail is read, in octets. What comes behind it is passed over.
const receiveMost = bounce.MessageMost

// laterError is a fault that a mail server should answer by calling again with the same mail.
type laterError struct{ error }

func (e *laterError) Unwrap() error { return e.error }

func (a *app) receiveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "receive",
		Short: "Take a report of what came back, or a wish to leave, from standard input; for a mail server's alias",
		Long: "Read one mail from standard input. With bounce.domain, a report of a mail that came back, or a complaint, is taken and does what\n" +
			"docs/bounces.md says. Else find the token of an unsubscribe link in its subject or its text, and unsubscribe the reader to\n" +
			"whom the mail with that link went. Mail servers call it for the address in mail.unsubscribe_mailto; see docs/operate.md.\n\n" +
			"It never answers and never has a mail bounce: a mail without a link of ours is done with (exit code 0, and a line in the log), and so\n" +
			"are bounces and the answers of those who are away, which may quote one. What cannot be done now ends with 75, which has the mail\n" +
			"server call again later.",
		Example: "  tidings receive < mail.eml",
		Args: func(cmd *cobra.Command, args []string) error { // a mail server has mails bounce that a wrong alias does not take
			if err := cobra.NoArgs(cmd, args); err != nil {
				return &laterError{err}
			}
			return nil
		},
	}
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &laterError{usagef("%w\n  see: %s --help", err, cmd.CommandPath())}
	})
	receive := a.withHouse(func(ctx context.Context, h *house, _ []string) error { return h.receive(ctx, a.in, a.now()) })
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := receive(cmd, args); err != nil {
			return &laterError{err} // whatever it is, the reader's wish stays
		}
		return nil
	}
	return cmd
}

// receive takes a report, or unsubscribes whoever sent a mail to the address for that. Only a fault of ours is an error.
func (h *house) receive(ctx context.Context, mail io.Reader, now time.Time) error {
	message, err := io.ReadAll(io.LimitReader(mail, receiveMost))
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, mail); err != nil { // a mail server does not like a pipe that is shut
		return err
	}
	if h.cfg.Bounce.Domain != "" {
		if report, err := h.reports.Mail(ctx, "", message, "pipe", now); err != nil || report {
			return err
		}
	}
	return h.leaveByMail(ctx, message, now)
}

// leaveByMail unsubscribes whoever sent a mail to the address for that.
func (h *house) leaveByMail(ctx context.Context, message []byte, now time.Time) error {
	if why := mailer.Automatic(message); why != "" {
		h.log.Info("a mail to the address for unsubscribing was sent by a program: nobody was unsubscribed", "because", why, "octets", len(message))
		return nil
	}
	for _, token := range mailer.LeaveTokens(message) {
		test, err := h.service().LeaveByToken(ctx, token, now, subscribe.Mail)
		switch {
		case errors.Is(err, tidings.ErrBadToken):
			continue
		case err != nil:
			return err
		case test:
			h.log.Info("a mail asks to end a test mail: there is nothing to end")
		default:
			h.log.Info("a reader unsubscribed by mail")
		}
		return nil
	}
	h.log.Warn("a mail to the address for unsubscribing has no link of ours: nobody was unsubscribed", "octets", len(message))
	return nil
}
