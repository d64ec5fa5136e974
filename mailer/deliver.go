package mailer

import (
	"errors"
	"fmt"
	"time"

	"github.com/tidings/tidings"
)

// errWaited: what was claimed has waited for the relay's greeting too long to be sent as it is, or until nothing was to be begun any more.
var errWaited = errors.New("the relay took its time to greet")

// deliver sends one delivery and settles it, or gives it back untried: false.
func (w *worker) deliver(p *parcel) (tried bool) {
	defer func() { w.rooms = append(w.rooms, p.message) }()
	res := w.admit(p)
	if errors.Is(res.err, errWaited) {
		w.giveBack(p.Delivery)
		w.paid = true
		return false
	}
	if res.err == nil {
		res = w.transmit(p)
	}
	if w.session != nil && w.session.broken {
		w.session, w.awaited = nil, nil
	}
	w.conclude(p, &res)
	return true
}

// admit opens the transaction. A relay may end a connection that has served it well, by a 421 or without a word; before anything of
// this message was taken, that is answered with a new connection and no complaint.
func (w *worker) admit(p *parcel) result {
	if w.session != nil && w.session.begun >= w.PerConnection && w.awaited == nil {
		w.hangUp()
	}
	for {
		reused := w.session != nil
		if !reused {
			var err error
			w.session, err = w.route.open(w.soft, w.hard)
			switch {
			case err == nil:
			case w.soft.Err() != nil:
				return result{phase: unmade, err: errWaited}
			default:
				return result{phase: connecting, err: err}
			}
			w.noUTF8.Store(!w.session.utf8)
			if time.Since(p.Claimed) > claimGood {
				return result{phase: unmade, err: errWaited}
			}
		}
		var res result
		if w.awaited == p {
			res = w.session.admitted()
		} else {
			res = w.session.begin(&p.envelope)
		}
		w.awaited = nil
		if code := res.code(); !reused || res.phase != atMail || code != 0 && code != serviceClosing {
			return res
		}
		w.session = nil
	}
}

// transmit sends the body, and behind it what is to come next.
func (w *worker) transmit(p *parcel) result {
	w.sending = true
	defer func() { w.sending = false }()
	w.next = w.ahead() // it may wait for the database, which nothing must between what follows and the body
	w.traces = append(w.traces, tidings.Trace{Step: tidings.TraceBegun, MessageID: p.MessageID, Run: p.RunID})
	newest, err := w.commit()
	if err == nil && newest != p.asOf { // something was withdrawn since the message was made
		w.forms.heed(newest)
		err = w.prepare(p)
	}
	if err != nil {
		w.session.hangUp() // the relay waits for a body
		w.traces = append(w.traces, tidings.Trace{Step: tidings.TraceEnded, MessageID: p.MessageID})
		return result{phase: unmade, err: err}
	}
	var announced *envelope
	if w.next != nil {
		announced = &w.next.envelope
	}
	began := time.Now() // what is withdrawn from now on, it has
	res := w.session.body(p.message, announced)
	if res.err == nil {
		if !w.session.cut {
			w.awaited = w.next
		}
		if w.awaited != nil {
			w.ready = w.choose() // while the relay has this one
		}
		res = w.session.finish()
	}
	res.began = began
	trace := tidings.Trace{Step: tidings.TraceEnded, MessageID: p.MessageID}
	if res.phase == accepted {
		trace.Step, trace.At, trace.Attempts, trace.Reply = tidings.TraceSent, began, p.Attempts+1, res.words()
	}
	w.traces = append(w.traces, trace)
	return res
}

// commit has what was traced on the disk, and gives the newest withdrawal as of then.
func (w *worker) commit() (withdrawal int64, err error) {
	heard := w.ledger.write(note{w.traces, w.heard})
	w.traces = w.traces[:0]
	if heard.err != nil {
		return 0, fmt.Errorf("%w: %w", errReading, heard.err)
	}
	return heard.withdrawal, nil
}
