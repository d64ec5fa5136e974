package bounce

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// Ledger knows the mails, and keeps what is said of them.
type Ledger interface {
	// MailOf gives whom a mail was for, "" for somebody erased, and its Date; ErrNotFound.
	MailOf(ctx context.Context, p tidings.ReturnPath) (address string, date time.Time, err error)
	// FindMail gives the mail to an address with a Message-ID, or else the newest that was sent there; ErrNotFound.
	FindMail(ctx context.Context, address, messageID string) (tidings.ReturnPath, error)
	// TakeBounce keeps a bounce and does what follows from it.
	TakeBounce(ctx context.Context, b tidings.Bounce, now time.Time) (tidings.BounceRecord, error)
}

// Service takes reports. It is safe for concurrent use.
type Service struct {
	Ledger Ledger
	Keys   tidings.Keyring
	Domain string // of the return paths; empty: there are none, and no report is believed that comes by mail
	// Address gives an address as it is stored; nil: as it is. What it refuses is nobody's, and left as it is too.
	Address func(given string) (string, error)
	Log     *slog.Logger

	refusals tidings.Refusals // what was not believed or not taken
}

// Names says which mail an address is the return path of, or ErrBadToken. Any other error is a fault of ours.
func (s *Service) Names(ctx context.Context, address string) (tidings.ReturnPath, error) {
	at := strings.LastIndexByte(address, '@')
	if at < 0 || s.Domain == "" || !strings.EqualFold(strings.TrimSuffix(address[at+1:], "."), s.Domain) {
		return tidings.ReturnPath{}, tidings.ErrBadToken
	}
	return s.Keys.VerifyReturn(address[:at], func(p tidings.ReturnPath) (time.Time, error) {
		_, date, err := s.Ledger.MailOf(ctx, p)
		return date, err
	})
}

// stored is an address of others' in the form in which ours are kept.
func (s *Service) stored(given string) string {
	if s.Address != nil && given != "" {
		if address, err := s.Address(given); err == nil {
			return address
		}
	}
	return given
}

// Mail takes a mail that came to an address, "" when that is not known: by a pipe. It says whether it was a report, be it one
// that is not believed. Only a fault of ours is an error: the mail should come again.
func (s *Service) Mail(ctx context.Context, to string, message []byte, via string, now time.Time) (report bool, err error) {
	r, ok := Parse(message)
	if !ok {
		if to != "" {
			s.Log.DebugContext(ctx, "a mail to a return path is no report", "via", via, "octets", len(message))
		}
		return false, nil
	}
	path, err := s.pathOf(ctx, to, &r)
	if errors.Is(err, tidings.ErrBadToken) {
		s.ignore(ctx, "a report names no mail of ours that it can prove: ignored", via, now)
		return true, nil
	}
	if err != nil {
		return true, err
	}
	b := tidings.Bounce{Mail: path, Kind: r.Kind, Via: via}
	switch {
	case r.Kind == tidings.Bounced:
		address, _, err := s.Ledger.MailOf(ctx, path)
		if err != nil && !errors.Is(err, tidings.ErrNotFound) {
			return true, err
		}
		for i := range r.Recipients {
			one := &r.Recipients[i]
			one.Address, one.Original = s.stored(one.Address), s.stored(one.Original)
		}
		one := r.Of(address)
		if one.Action != "failed" {
			s.Log.DebugContext(ctx, "a report says that nothing has failed", "via", via, "action", tidings.OneLine(one.Action, wordMost))
			return true, nil
		}
		b.Status, b.Diagnostic = one.Status, one.Diagnostic
	case !r.Complaint():
		s.Log.InfoContext(ctx, "feedback that is no complaint", "via", via, "type", tidings.OneLine(r.Feedback, wordMost))
		return true, nil
	}
	return true, s.take(ctx, b, now)
}

// wordMost is how much of a word of others' is logged, in octets.
const wordMost = 40

// pathOf is the first of the addresses that is a return path of ours for certain.
func (s *Service) pathOf(ctx context.Context, to string, r *Report) (tidings.ReturnPath, error) {
	for _, address := range append([]string{to}, r.Paths...) {
		path, err := s.Names(ctx, address)
		if !errors.Is(err, tidings.ErrBadToken) {
			return path, err
		}
	}
	return tidings.ReturnPath{}, tidings.ErrBadToken
}

// ignore tells the log of what is not believed.
func (s *Service) ignore(ctx context.Context, what, via string, now time.Time) {
	s.note(ctx, slog.LevelWarn, what, via, now, "ignored")
}

// note tells the log of what was not taken at once, and of more like it once a minute, with their number as a count: anybody can write.
func (s *Service) note(ctx context.Context, level slog.Level, what, via string, now time.Time, count string, more ...any) {
	if n := s.refusals.Note(via+" "+what, now); n > 0 {
		s.Log.Log(ctx, level, what, append([]any{"via", via, count, n}, more...)...)
	}
}

// take writes a bounce down, and says what came of it.
func (s *Service) take(ctx context.Context, b tidings.Bounce, now time.Time) error {
	r, err := s.Ledger.TakeBounce(ctx, b, now)
	if errors.Is(err, tidings.ErrNotFound) {
		s.ignore(ctx, "a report is of a mail that is not here", b.Via, now)
		return nil
	}
	if err != nil {
		return err
	}
	s.Say(ctx, &r)
	return nil
}

// Say tells the log what followed from a bounce. It is also for those that the relay told of at once, and that nobody reported.
func (s *Service) Say(ctx context.Context, r *tidings.BounceRecord) {
	level, what := slog.LevelInfo, "a mail came back"
	switch {
	case r.Repeated:
		level, what = slog.LevelDebug, "a report says what is known"
	case r.Again:
		level, what = slog.LevelDebug, "one more mail was refused for the same"
	case r.Verdict == tidings.BounceAlarm:
		level, what = slog.LevelError, "a mail was refused for what it is, or for who sends it: look into it, since others will be too"
	case r.Kind == tidings.Complained:
		level, what = slog.LevelWarn, "a reader complained"
	}
	s.Log.LogAttrs(ctx, level, what, slog.Int64(string(r.Mail.Kind), r.Mail.ID), slog.String("status", r.Status),
		slog.String("verdict", string(r.Verdict)), slog.Bool("suppressed", r.Suppressed), slog.String("via", r.Via),
		slog.String("diagnostic", r.Diagnostic))
}

// Event is what a relay tells by a webhook of one recipient.
type Event struct {
	Kind       tidings.BounceKind
	Address    string
	ReturnPath string // the envelope's sender; "": it is not said
	MessageID  string // as we made it, without angle brackets; "": it is not said
	Status     string
	Diagnostic string
}

// Events takes what a relay tells, whose word is proven. The mail is found by its return path, its Message-ID or the address.
func (s *Service) Events(ctx context.Context, events []Event, via string, now time.Time) error {
	for i := range events {
		e := &events[i]
		path, err := s.Names(ctx, e.ReturnPath)
		if errors.Is(err, tidings.ErrBadToken) {
			path, err = s.Ledger.FindMail(ctx, s.stored(e.Address), e.MessageID)
		}
		if errors.Is(err, tidings.ErrNotFound) {
			s.ignore(ctx, "a webhook tells of an address to which nothing was sent from here", via, now)
			continue
		}
		if err == nil {
			err = s.take(ctx, tidings.Bounce{Mail: path, Kind: e.Kind, Status: e.Status, Diagnostic: e.Diagnostic, Via: via}, now)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
