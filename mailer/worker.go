package mailer

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/tidings/tidings"
)

// shareMost is how many deliveries a worker takes at once. A few mails do not need many connections.
const shareMost = 10

// sessionMost is how many messages a connection carries before a new one takes its place: relays like to see an end, and a new
// connection may find another machine behind the same name.
const sessionMost = 1000

// worker sends over one connection, which it opens when it has something to send. While the relay has one message, the next is
// announced, and the one after that is made.
type worker struct {
	*drain
	alone   bool // sends one message and no other
	session *session
	next    *parcel // goes out next
	awaited *parcel // the same, once it was announced on the session
	ready   *parcel // goes after that
	share   []tidings.Delivery
	traces  []tidings.Trace
	heard   chan noted
	rooms   [][]byte // for messages
}

// parcel is a delivery with all that its transaction needs.
type parcel struct {
	*tidings.Delivery
	envelope
	message []byte
	asOf    int64 // the newest withdrawal that the message knows of
}

// leave says good-bye to the relay. What was chosen and not sent goes back.
func (w *worker) leave() {
	w.dropAnnounced()
	for _, p := range []*parcel{w.next, w.ready} {
		if p != nil {
			w.giveBack(p.Delivery)
		}
	}
	for i := range w.share {
		w.giveBack(&w.share[i])
	}
	if len(w.traces) > 0 {
		_, _ = w.commit() // a fault is the ledger's to report; the outbox has it too
	}
	w.hangUp()
}

func (w *worker) hangUp() {
	if w.session != nil {
		w.session.quit()
		w.session = nil
	}
}

// take gives what is to be delivered next; nil: nothing is.
func (w *worker) take() *parcel {
	for !w.stopped() {
		p := w.next
		if w.next = nil; p == nil {
			p = w.chosen()
		}
		if p == nil || !w.barred(p.Delivery) {
			return p
		}
		w.dropAnnounced()
	}
	return nil
}

// chosen is what goes out after what was announced.
func (w *worker) chosen() *parcel {
	p := w.ready
	if w.ready = nil; p == nil {
		p = w.choose()
	}
	return p
}

// dropAnnounced hangs up on a relay that waits for a body: it must not take a QUIT for one.
func (w *worker) dropAnnounced() {
	if w.session != nil && w.awaited != nil {
		w.session.hangUp()
		w.session, w.awaited = nil, nil
	}
}

// barred reports whether the delivery's run is held meanwhile, and settles it if so.
func (w *worker) barred(d *tidings.Delivery) bool {
	why := w.suspicion.holds(d.RunID)
	if d.Letter != nil || why == "" {
		return false
	}
	w.settle(tidings.Outcome{
		Delivery: d.ID, State: tidings.DeliveryHeld, Attempts: d.Attempts, At: time.Now(), Reply: why,
	})
	return true
}

// choose takes the next delivery for which there is a message, and settles those for which there is none.
func (w *worker) choose() *parcel {
	for {
		d := w.draw()
		switch {
		case d == nil:
			return nil
		case w.barred(d):
			continue
		case w.pace.wait(w.soft) != nil:
			w.giveBack(d)
			return nil
		}
		p := &parcel{Delivery: d}
		if err := w.prepare(p); err != nil {
			w.conclude(p, &result{phase: unmade, err: err})
			continue
		}
		return p
	}
}

// draw gives a letter if one waits, else the next of the worker's share.
func (w *worker) draw() *tidings.Delivery {
	if d := w.queue.letter(); d != nil || w.stopped() {
		return d
	}
	if len(w.share) == 0 {
		most := shareMost
		if w.alone {
			most = 1
		}
		w.share = w.queue.take(most)
	}
	if len(w.share) == 0 {
		return nil
	}
	d := &w.share[0]
	w.share = w.share[1:]
	return d
}

// giveBack lets somebody else deliver it, later.
func (w *worker) giveBack(d *tidings.Delivery) {
	w.settle(putBack(d, d.LastReply, cmp.Or(d.Next, time.Now())))
}

// prepare addresses the delivery, and makes its message.
func (w *worker) prepare(p *parcel) (err error) {
	if p.to, err = address(addressField, p.Address); err != nil {
		return err
	}
	p.from, p.utf8 = w.Composer.returnPath(p.Delivery), needsUTF8(p.to)
	var room []byte
	if n := len(w.rooms); n > 0 {
		room, w.rooms = w.rooms[n-1], w.rooms[:n-1]
	}
	p.asOf = w.forms.asOf()
	p.message, err = w.forms.message(w.hard, room, p.Delivery, time.Now())
	return err
}

// ahead is what goes out behind the message that is sent now; nil: nothing.
func (w *worker) ahead() *parcel {
	s := w.session
	for !w.alone && s.pipelining && s.begun < sessionMost && w.pace.gap == 0 {
		p := w.chosen()
		switch {
		case p == nil:
			return nil
		case p.utf8 && !s.utf8:
			w.conclude(p, &result{phase: unmade, err: errNoUTF8})
		case !w.barred(p.Delivery):
			return p
		}
	}
	return nil
}

// conclude settles a delivery by what became of it.
func (w *worker) conclude(p *parcel, res *result) {
	d := p.Delivery
	res.own = res.refusedEarly() && w.breaker.own(suspectOf(d))
	now := time.Now()
	outcome, whose := judge(d, res, w.giveUp(d), now)
	if !w.hearingOf(d).trusted() { // that the address is gone may be wrong: the next mail tells
		outcome.Bounced = ""
	}
	w.settle(outcome)
	w.note(d, res, outcome, whose, now)
}

// settle has a result written down before anything else happens on this connection; but that a mail was sent, the journal has before
// the next body.
func (w *worker) settle(o tidings.Outcome) {
	if o.State == tidings.DeliverySent {
		w.ledger.results <- entry{outcome: o}
		return
	}
	done := make(chan struct{})
	w.ledger.results <- entry{o, done}
	<-done
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
