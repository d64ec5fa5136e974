package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// standing is a run as the commands find it that would change it.
type standing struct {
	runLine
	zone    *time.Location
	now     time.Time
	decided bool // there are no mails of it to come
}

func (h *house) standing(ctx context.Context, run int64, now time.Time) (s standing, err error) {
	report, err := h.db.Run(ctx, run)
	if err != nil {
		return s, err
	}
	s = standing{runLine: runOf(&report), zone: h.site.Zone, now: now}
	if s.decided, err = h.db.Decided(ctx, run); err != nil {
		return s, err
	}
	if s.Holds, err = h.holds(ctx, run); err != nil {
		return s, err
	}
	s.Person, err = h.heldMails(ctx, run)
	return s, err
}

// cancelled is nil when it was not.
func (s *standing) cancelled() error {
	i := slices.IndexFunc(s.Holds, func(h holdLine) bool { return h.Kind == string(tidings.Cancelled) })
	if i < 0 {
		return nil
	}
	return tidings.Invalidf("run", "%s; that is for good", s.Holds[i].words(s.zone))
}

// over is nil while some mails have not come to an end, or are to come yet: a run that was cut off is gone on with.
func (s *standing) over(verb string) error {
	switch total, settled := s.total(); {
	case total == 0 && s.decided:
		return tidings.Invalidf("run", "run %d has no mails: there is nothing to %s", s.ID, verb)
	case total == 0 || settled < total:
		return nil
	}
	return tidings.Invalidf("run", "all mails of run %d have come to an end (%s): there is nothing to %s", s.ID, s.mails(), verb)
}

// nothingTo says why a command that ends a wait, such as resume, finds none of its kind, and which one would do.
func (s *standing) nothingTo(verb string) error {
	if err := s.cancelled(); err != nil {
		return err
	}
	if err := s.over(verb); err != nil {
		return err
	}
	switch {
	case len(s.Holds) > 0:
		h := s.Holds[0]
		which := "--all"
		if h.Run != 0 {
			which = strconv.FormatInt(h.Run, 10)
		}
		return tidings.Invalidf("run", "there is nothing to %s, but %s. To go on: tidings run resume %s", verb, h.words(s.zone), which)
	case s.Person != nil:
		return tidings.Invalidf("run", "there is nothing to %s, but %s", verb, s.Person.words(s.ID))
	case s.waits(s.now):
		return tidings.Invalidf("run", "there is nothing to %s, but run %d goes %s", verb, s.ID, vetoWords(s.ID, *s.Goes, s.zone))
	}
	return tidings.Invalidf("run", "there is nothing to %s: run %d goes by itself (%s)", verb, s.ID, s.mails())
}

// mails says how a run's mails stand, in the order of their life.
func (l *runLine) mails() string {
	var out []string
	for _, s := range lifeOfDelivery() {
		n := l.States[string(s)]
		if s == tidings.DeliveryHeld {
			n -= l.Paused
		}
		if n > 0 {
			out = append(out, fmt.Sprintf("%d %s", n, s))
		}
		if s == tidings.DeliveryHeld && l.Paused > 0 {
			out = append(out, fmt.Sprintf("%d %s", l.Paused, heldForPause))
		}
	}
	return dash(strings.Join(out, ", "))
}

// heldForPause is a mail that is held, not for a person at the desk but until its reader is back.
const heldForPause = "held: reader has paused"

// lifeOfDelivery are the states of a delivery in the order of its life.
func lifeOfDelivery() []tidings.DeliveryState {
	return []tidings.DeliveryState{
		tidings.DeliveryPending, tidings.DeliverySending, tidings.DeliveryDeferred, tidings.DeliveryUncertain, tidings.DeliveryHeld,
		tidings.DeliverySent, tidings.DeliveryFailed, tidings.DeliverySuppressed,
	}
}
