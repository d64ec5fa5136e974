package mailer

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// number is a delivery's or a letter's, as the log names it.
func number(id int64, letter bool) slog.Attr {
	if letter {
		return slog.Int64("letter", id)
	}
	return slog.Int64("delivery", id)
}

// note tells the guards, and the log, what happened.
func (w *worker) note(d *tidings.Delivery, res *result, o tidings.Outcome, whose blame, now time.Time) {
	w.hangups.settled(d, o.State)
	reply := o.Reply
	if res.phase != connecting { // until then it knows of nobody
		reply = withoutAddresses(reply)
	}
	fault := fmt.Errorf("%w (%s): %s", ErrRelay, res.phase, reply)
	full := w.hard.Err() == nil && w.turnedAway(res, now)
	complains := w.throttle.putsOff(suspectOf(d), res) || res.tooMuch()
	if w.hard.Err() == nil && !full && complains && w.throttle.complain(w.Connections, now) {
		w.Logger.Warn("a relay complains of us; it gets half as much, and more again step by step",
			"relay", w.Name(), "connections", w.room(now), "reply", reply)
	}
	switch {
	case w.hard.Err() != nil, full: // we closed the socket ourselves, or others are open
	case whose == relay:
		if open, anew := w.breaker.fault(fault, now); open {
			w.throttle.empties()
			w.leftAlone(fault, anew)
		}
	case res.phase == atDot && res.unclear():
		if open, anew := w.breaker.silence(fault, now); open {
			w.leftAlone(fault, anew)
		}
	case errors.Is(res.err, errReading):
		w.fail(res.err)
	case res.phase == unmade && o.State == tidings.DeliveryHeld:
		w.Logger.Error("a message could not be made; its delivery is held",
			number(d.ID, o.Letter), "edition", d.EditionID, "error", res.err)
	case res.phase == accepted:
		w.breaker.works()
		w.doubts.took()
	case res.code() > 0 && !res.own:
		w.breaker.answers()
	}
	if o.State == tidings.DeliveryFailed {
		w.Logger.Warn("a delivery failed", number(d.ID, o.Letter), "run", d.RunID, "reply", reply)
	}
	if res.recipientTaken() || res.refusedRecipient() {
		w.hearingOf(d).note(res.refusedRecipient())
	}
	if d.Letter == nil { // letters are no run: they have nothing in common but the relay
		w.suspect(d, res, o, whose, reply)
	}
}

// leftAlone remembers why, when no relay works any more: then the pass ends with its last worker, unless one comes back before. Else the
// others go on. What several workers meet in one moment is said once: anew.
func (w *worker) leftAlone(fault error, anew bool) {
	switch {
	case w.routes.away():
		w.mu.Lock()
		defer w.mu.Unlock()
		w.away = fault
		return
	case !anew:
		return
	}
	w.Logger.Warn("a relay is left alone for now; the others go on", "relay", w.Name(), "error", fault)
}

// suspect finds out whether the relay refuses whatever the run sends, or whomever it sends to. If so, its word about those that it has
// refused just now was worth nothing: they are held with the others. Whose address was suppressed for it is beyond that.
func (w *worker) suspect(d *tidings.Delivery, res *result, o tidings.Outcome, whose blame, reply string) {
	of := func(refused bool) fate {
		f := fate{refused: refused}
		if refused && tidings.VerdictOf(o.Bounced) != tidings.BounceHard {
			f.delivery = d.ID
		}
		if res.refusedRecipient() {
			f.domain = domainOf(d)
		}
		return f
	}
	why, recalled := "", []int64(nil)
	if res.recipientTaken() || res.refusedRecipient() {
		why, recalled = w.suspicion.recipient(d.RunID, w.route, of(res.refusedRecipient()))
	}
	if res.phase == accepted || whose == message {
		also, more := w.suspicion.message(d.RunID, w.route, of(whose == message))
		why, recalled = cmp.Or(why, also), append(recalled, more...)
	}
	if why != "" {
		w.Logger.Error("the other deliveries of a run are held", "run", d.RunID, "why", why, "reply", reply)
	}
	slices.Sort(recalled)
	recalled = slices.Compact(recalled)
	switch {
	case len(recalled) > 0:
		w.doubts.forget(recalled)
	case o.State == tidings.DeliveryFailed && res.blanket() && !w.suspicion.took(d.RunID, w.route):
		w.recall(w.route, w.doubts.refuses(doubted{d.RunID, d.ID, d.Subscriber, domainOf(d), w.number, reply}), o.At)
	}
	held, _, _ := strings.Cut(cmp.Or(why, w.suspicion.holds(d.RunID, domainOf(d))), ":") // each has the relay's words of its own
	for _, id := range recalled {
		w.settle(tidings.Outcome{Delivery: id, State: tidings.DeliveryHeld, Recalled: true, At: o.At, Reply: held})
	}
}
