package mailer

import (
	"cmp"
	"errors"
	"time"

	"github.com/tidings/tidings"
)

// claimGood is how long what was claimed may wait to be sent: behind a relay that hangs, its reader may leave meanwhile, or its run be
// held. Then it is claimed anew.
const claimGood = 30 * time.Second

// shareMost is how many deliveries a worker takes at once. A few mails do not need many connections.
const shareMost = 10

// sessionMost is how many messages a connection carries, where the configuration does not say, before a new one takes its place: relays
// like to see an end, and a new connection may find another machine behind the same name.
const sessionMost = 1000

// worker sends over one connection, which it opens when it has something to send. While the relay has one message, the next is
// announced, and the one after that is made.
type worker struct {
	*drain
	*route
	place   int  // among the relay's connections
	alone   bool // sends one message and no other
	shuns   bool // found nothing to probe with but what the relay hung up on
	session *session
	next    *parcel // goes out next
	awaited *parcel // the same, once it was announced on the session
	ready   *parcel // goes after that
	share   []tidings.Delivery
	talks   map[int64]string // the domains of what was drawn and is not settled, by suspect
	traces  []tidings.Trace
	heard   chan noted
	rooms   [][]byte // for messages
	aside   bool     // it looked first into what is set aside
	sending bool     // a mail is on the wire
	paid    bool     // it has waited for its place in the rate, and sent nothing for it yet
	full    bool     // its relay takes no more connections
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

// stopped reports whether it is to begin nothing more: the pass is over, or its relay is left alone, or not called any more.
func (w *worker) stopped() bool {
	if w.drain.stopped() {
		return true
	}
	most, probe := w.allowed(w.route, time.Now())
	return probe != w.alone || !probe && w.place >= most
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
			return w.chosen()
		}
		if !w.barred(p.Delivery) && !w.stale(p.Delivery) {
			return p
		}
		w.dropAnnounced()
	}
	return nil
}

// chosen is what goes out after what was announced.
func (w *worker) chosen() *parcel {
	p := w.ready
	w.ready = nil
	if p == nil || w.barred(p.Delivery) || w.stale(p.Delivery) {
		return w.choose()
	}
	return p
}

// stale gives back what was claimed long ago, and reports whether it was.
func (w *worker) stale(d *tidings.Delivery) bool {
	if time.Since(d.Claimed) <= claimGood {
		return false
	}
	w.giveBack(d)
	return true
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
	if d.Letter != nil {
		return false
	}
	why := w.suspicion.bars(d)
	if why == "" {
		return false
	}
	w.settle(tidings.Outcome{
		Delivery: d.ID, State: tidings.DeliveryHeld, Attempts: d.Attempts, At: time.Now(), Reply: why,
	})
	return true
}

// choose takes the next delivery for which there is a message, and settles those for which there is none. What waited too long for the
// rate is given back, and the next one has its place.
func (w *worker) choose() *parcel {
	for {
		d := w.draw()
		switch {
		case d == nil:
			return nil
		case w.stale(d), w.barred(d):
			continue
		case !w.paid && w.pace.wait(w.soft, w.routes.share(w.route, time.Now())) != nil:
			w.giveBack(d)
			return nil
		}
		if w.paid = true; w.stale(d) || w.barred(d) {
			continue
		}
		p := &parcel{Delivery: d}
		if err := w.prepare(p); err != nil {
			w.conclude(p, &result{phase: unmade, err: err})
			continue
		}
		w.paid = false
		return p
	}
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
	for !w.alone && !w.spare() && s.pipelining && s.begun < w.PerConnection && w.pace.gap == 0 {
		p := w.chosen()
		if p == nil {
			return nil
		}
		if known, _ := w.hangups.knows(p.Delivery); known { // it could take the reply to the one before it along
			w.ready = p
			return nil
		}
		if !p.utf8 || s.utf8 {
			return p
		}
		w.conclude(p, &result{phase: unmade, err: errNoUTF8})
	}
	return nil
}

// errStopped: the time for what is on the wire was over when this process was told to stop.
var errStopped = errors.New("we were told to stop, and waited no longer")

// conclude settles a delivery by what became of it.
func (w *worker) conclude(p *parcel, res *result) {
	d := p.Delivery
	w.queue.gone.Add(1)
	if errors.Is(res.err, errNoUTF8) && w.leaveToOthers(d) {
		return
	}
	if res.phase == atDot && res.code() == 0 && w.hard.Err() != nil {
		res.err = errStopped // whatever the socket says that we have closed: it is not the relay's word
	}
	now := time.Now()
	res.own = res.refusedEarly() && w.breaker.own(suspectOf(d)) || w.ownHangup(d, res)
	outcome, whose := judge(d, res, w.giveUp(d), now)
	if tidings.VerdictOf(outcome.Bounced) != tidings.BounceAlarm && !w.hearingOf(d).trusted() { // that the address is gone may be wrong: the next mail tells
		outcome.Bounced = ""
	}
	if whose == relay { // first: else another of its workers takes what is put back, and has the same
		w.note(d, res, outcome, whose, now)
		w.settle(outcome)
		return
	}
	w.settle(outcome)
	w.note(d, res, outcome, whose, now)
}

// ownHangup reports whether the relay hung up on the mail, and that is the mail's own fault.
func (w *worker) ownHangup(d *tidings.Delivery, res *result) bool {
	if w.hard.Err() != nil || !res.hungUp() || !w.hangups.own(d) { // else we closed the socket ourselves
		return false
	}
	does := "hangs up on"
	if res.refusedEarly() {
		does = "refuses"
	}
	w.Logger.Warn("a relay "+does+" one mail and works otherwise; the mail is deferred",
		number(d.ID, d.Letter != nil), "relay", w.Name(), "phase", res.phase, "reply", withoutAddresses(res.words()))
	return true
}

// settle has a result written down before anything else happens on this connection; but that a mail was sent, the journal has before
// the next body.
func (w *worker) settle(o tidings.Outcome) {
	defer w.release(o)
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
