package mailer

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/tidings/tidings"
)

// worker sends over one connection, which it opens when it has something to send.
type worker struct {
	*drain
	session *session // nil: none
}

func (w *worker) hangUp() {
	if w.session != nil {
		w.session.quit()
		w.session = nil
	}
}

// urgent sends letters that were posted since the batch was claimed: who pressed a button waits for them. It says how many it
// had.
func (w *worker) urgent() (n int) {
	if !w.posted.Swap(false) {
		return 0
	}
	for {
		claimed, err := w.claim(1)
		if err != nil {
			w.fail(err)
		}
		if len(claimed) == 0 {
			return n
		}
		w.deliver(&claimed[0])
		n++
		if claimed[0].Letter == nil { // they come first: there are no more
			return n
		}
	}
}

// deliver sends one claimed delivery and settles it, or puts it back when the pass has been stopped.
func (w *worker) deliver(d *tidings.Delivery) {
	if w.stopped() || w.pace.wait(w.soft) != nil {
		w.settle(putBack(d, d.LastReply, cmp.Or(d.Next, time.Now())))
		return
	}
	if why := w.suspicion.holds(d.RunID); d.Letter == nil && why != "" {
		w.settle(tidings.Outcome{
			Delivery: d.ID, State: tidings.DeliveryHeld, Attempts: d.Attempts, At: time.Now(), Reply: why,
		})
		return
	}
	res := w.attempt(d)
	res.own = res.refusedEarly() && w.breaker.own(suspectOf(d))
	now := time.Now()
	outcome, whose := judge(d, &res, w.giveUp(d), now)
	if !w.hearingOf(d).trusted() { // that the address is gone may be wrong: the next mail tells
		outcome.Bounced = ""
	}
	w.settle(outcome)
	w.note(d, &res, outcome, whose, now)
}

// giveUp is how long after its Date a delivery is tried.
func (w *worker) giveUp(d *tidings.Delivery) time.Duration {
	if d.Letter != nil {
		return letterGiveUp
	}
	if most, known := w.GiveUp[d.Cadence]; known {
		return most
	}
	return giveUpDefault
}

// hearingOf is what is known of the relay's word. That of letters is kept apart: anybody can have them sent to addresses that are
// not there, and must not make the relay's word about readers worth less by it.
func (w *worker) hearingOf(d *tidings.Delivery) *hearing {
	if d.Letter != nil {
		return &w.letterHearing
	}
	return &w.hearing
}

// suspectOf tells a delivery from a letter with the same number.
func suspectOf(d *tidings.Delivery) int64 {
	if d.Letter != nil {
		return -d.ID
	}
	return d.ID
}

// number is a delivery's or a letter's, as the log names it.
func number(id int64, letter bool) slog.Attr {
	if letter {
		return slog.Int64("letter", id)
	}
	return slog.Int64("delivery", id)
}

// note tells the guards, and the log, what happened.
func (w *worker) note(d *tidings.Delivery, res *result, o tidings.Outcome, whose blame, now time.Time) {
	reply := o.Reply
	if res.phase != connecting { // until then it knows of nobody
		reply = withoutAddresses(reply)
	}
	fault := fmt.Errorf("%w (%s): %s", ErrRelay, res.phase, reply)
	switch {
	case w.hard.Err() != nil: // we closed the socket ourselves
	case whose == relay:
		if w.breaker.fault(fault, now) {
			w.fail(fault)
		}
	case res.phase == atDot && res.code() == 0:
		if w.breaker.silence(fault, now) {
			w.fail(fault)
		}
	case errors.Is(res.err, errReading):
		w.fail(res.err)
	case res.phase == unmade && o.State == tidings.DeliveryHeld:
		w.Logger.Error("a message could not be made; its delivery is held",
			number(d.ID, o.Letter), "edition", d.EditionID, "error", res.err)
	case res.phase == accepted:
		w.breaker.works()
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
		w.suspect(d, res, whose, reply)
	}
}

// suspect finds out whether the relay refuses whatever the run sends, or whomever it sends to.
func (w *worker) suspect(d *tidings.Delivery, res *result, whose blame, reply string) {
	why := ""
	if res.recipientTaken() || res.refusedRecipient() {
		why = w.suspicion.recipient(d.RunID, res.refusedRecipient())
	}
	if res.phase == accepted || whose == message {
		why = cmp.Or(why, w.suspicion.message(d.RunID, whose == message))
	}
	if why != "" {
		w.Logger.Error("the other deliveries of a run are held", "run", d.RunID, "why", why, "reply", reply)
	}
}

// attempt makes one transaction. A relay may end a connection that has served it well, by a 421 or without a word;
// before anything of this message was taken, that is answered with a new connection and no complaint.
func (w *worker) attempt(d *tidings.Delivery) result {
	to, err := address(addressField, d.Address)
	if err != nil {
		return result{phase: unmade, err: err}
	}
	for {
		reused := w.session != nil
		if !reused {
			if w.session, err = w.Relay.open(w.hard); err != nil {
				w.session = nil
				return result{phase: connecting, err: err}
			}
		}
		// Made at the last moment before DATA, so that a release withdrawn a second ago is not in it.
		res := w.session.send(w.Composer.returnPath(d), to, func() ([]byte, error) { return w.forms.message(w.hard, d, time.Now()) })
		if w.session.broken {
			w.session = nil
		}
		if code := res.code(); !reused || res.phase != atMail || (code != 0 && code != serviceClosing) {
			return res
		}
	}
}
