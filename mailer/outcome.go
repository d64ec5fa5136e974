package mailer

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// uncertainWait is how long a delivery of unknown fate waits: a copy, if it comes to one, should not come at once.
const uncertainWait = 15 * time.Minute

// uncertainMost is how many attempts must count before a silence that follows a silence needs a person. The attempts
// that ended in a deferral count too.
const uncertainMost = 3

// giveUpAttempts is how many attempts a delivery has before it is given up, however late it is: a delivery that waited
// for days, for the relay or for a person, has its chance like any other.
const giveUpAttempts = 6

// giveUpDefault is for cadences that the configuration does not name.
const giveUpDefault = 48 * time.Hour

// letterGiveUp is how long a letter is tried: the links of most end then.
const letterGiveUp = 24 * time.Hour

// GiveUpDefaults is how long after its Date a delivery of each cadence is tried, and giveUpAttempts at the least.
func GiveUpDefaults() map[string]time.Duration {
	return map[string]time.Duration{
		tidings.Immediate: 24 * time.Hour,
		tidings.Daily:     48 * time.Hour,
		tidings.Weekly:    5 * 24 * time.Hour,
		tidings.Monthly:   5 * 24 * time.Hour,
	}
}

// backOff is how long to wait after the attempt-th passing fault of a delivery, counted from 1.
func backOff(attempt int) time.Duration {
	steps := [...]time.Duration{
		5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour,
	}
	return steps[min(max(attempt, 1), len(steps))-1]
}

// blame says whose fault a result was.
type blame int

const (
	nobody  blame = iota // it was taken, or it was the delivery's or its address's own
	relay                // the relay cannot work now; no delivery is to blame
	message              // the relay refuses what we send, whoever it goes to
)

// judge turns a result into what is written down for the delivery. d.State is what it was before it was claimed.
func judge(d *tidings.Delivery, res *result, giveUp time.Duration, now time.Time) (tidings.Outcome, blame) {
	o := tidings.Outcome{
		Delivery: d.ID, Letter: d.Letter != nil, Attempts: d.Attempts, Reply: res.words(), At: now, Address: d.Address,
	}
	code := res.code()
	switch {
	case res.phase == accepted:
		o.State, o.Attempts, o.At = tidings.DeliverySent, d.Attempts+1, res.began
	case res.phase == unmade && errors.Is(res.err, errReading):
		return putBack(d, o.Reply, now), nobody
	case res.phase == unmade:
		return notMade(o, res), nobody
	case res.own:
		return deferred(d, o, giveUp, now), nobody
	case code == serviceClosing, res.phase == connecting, res.phase == atMail, res.phase == atData, res.phase == inBody,
		res.phase == atRcpt && code == 0:
		return putBack(d, o.Reply, now), relay
	case res.phase == atDot && res.unclear():
		return uncertain(d, o, code, now), nobody
	case !res.final():
		o = deferred(d, o, giveUp, now)
		if o.State == tidings.DeliveryFailed && code/100 == 4 {
			o.Bounced = bouncedWith(res)
		}
		return o, nobody
	default: // 5xx to RCPT or to the dot
		o.State, o.Attempts = tidings.DeliveryFailed, d.Attempts+1
		status := res.status()
		o.Bounced = bouncedWith(res)
		if res.phase == atDot || strings.HasPrefix(status, "5.7.") {
			return o, message
		}
	}
	return o, nobody
}

// bouncedWith is the status with which the relay refused the recipient, or the mail for what it is, or who sends it; "" where it
// refused something else. A reply without one says no more than its class (RFC 3463 §3.1).
func bouncedWith(res *result) string {
	status := res.status()
	switch {
	case res.phase == atRcpt:
		return cmp.Or(status, strconv.Itoa(res.code()/100)+".0.0")
	case res.phase == atDot && tidings.VerdictOf(status) == tidings.BounceAlarm:
		return status
	}
	return ""
}

// putBack leaves a delivery as it was before the claim.
func putBack(d *tidings.Delivery, reply string, now time.Time) tidings.Outcome {
	return tidings.Outcome{
		Delivery: d.ID, Letter: d.Letter != nil, State: d.State, Attempts: d.Attempts, Next: now, Reply: reply, At: now,
	}
}

func deferred(d *tidings.Delivery, o tidings.Outcome, giveUp time.Duration, now time.Time) tidings.Outcome {
	o.State, o.Attempts = tidings.DeliveryDeferred, d.Attempts+1
	o.Next = now.Add(backOff(o.Attempts))
	if o.Attempts >= giveUpAttempts && o.Next.After(d.Date.Add(giveUp)) {
		o.State, o.Next = tidings.DeliveryFailed, time.Time{}
		o.Reply = oneLine(fmt.Sprintf("given up after %d attempts: %s", o.Attempts, o.Reply))
	}
	return o
}

func uncertain(d *tidings.Delivery, o tidings.Outcome, code int, now time.Time) tidings.Outcome {
	what := "no reply" + tidings.AfterTheDot
	if code != 0 {
		what = "an odd reply" + tidings.AfterTheDot
	}
	o.State, o.Attempts = tidings.DeliveryUncertain, d.Attempts+1
	o.Next = now.Add(uncertainWait)
	o.Reply = oneLine(what + o.Reply)
	if d.State == tidings.DeliveryUncertain && o.Attempts >= uncertainMost {
		o.State, o.Next = waits(o.Letter), time.Time{}
	}
	return o
}

// waits is the state of what only a person could help: nobody is to look after a letter, whose reader asks again.
func waits(letter bool) tidings.DeliveryState {
	if letter {
		return tidings.DeliveryFailed
	}
	return tidings.DeliveryHeld
}

// errNothingLeft: all the releases of the edition have been withdrawn, or were taken out of its run.
var errNothingLeft = errors.New("every release in it has been withdrawn, or was dropped from its run")

// notMade is for a delivery that never went out: nothing is left of it, its address cannot be written to, or composing
// failed, which a person must look into.
func notMade(o tidings.Outcome, res *result) tidings.Outcome {
	var invalid *tidings.InvalidError
	switch {
	case errors.Is(res.err, errNothingLeft), errors.Is(res.err, errLate):
		o.State = tidings.DeliverySuppressed
	case errors.Is(res.err, errNoUTF8), errors.As(res.err, &invalid) && invalid.Field == addressField:
		o.State = tidings.DeliveryFailed
	default:
		o.State = waits(o.Letter)
	}
	return o
}

// addressField names the recipient's address in an InvalidError.
const addressField = "address"
