package mailer

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tidings/tidings"
)

const (
	// doubtedAtOnce is how many refusals in a row are too many to go on until the pass is over.
	doubtedAtOnce = recipientsFew
	// doubtedReaders is how many readers must be refused in a row by a relay that has taken mails before: the word against one is believed.
	doubtedReaders = 2
	doubtedMost    = 50
)

// refusedAll is why what was refused waits.
const refusedAll = relayRefused + "all mails of this run"

// doubted is a delivery that failed because of the relay's word, which says nothing of the address.
type doubted struct {
	run, delivery, subscriber int64
	domain                    string
	pass                      int // in which it was
	reply                     string
}

// doubts are what a relay has refused since it last took a mail, over all runs and passes, without a word against the address: "relay
// access denied". Only from runs of which it took nobody: where it has taken others, a refusal is that reader's own. It is not believed
// while it has taken nothing since the process began, or when that meets one reader after the other. Its zero value knows of nothing.
type doubts struct {
	mu      sync.Mutex
	proven  bool // it has taken a mail since the process began
	denies  bool // it was found to refuse everybody, and has taken nothing since
	refused []doubted
	said    int // the last pass whose log says so
}

// took says that the relay took a mail: it believes those that it refused before.
func (d *doubts) took() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.proven, d.denies, d.refused = true, false, d.refused[:0]
}

// refuses remembers a refusal, and gives those that are to be recalled when there are many by now.
func (d *doubts) refuses(one doubted) []doubted {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.refused = append(d.refused, one); len(d.refused) > doubtedMost {
		d.refused = slices.Delete(d.refused, 0, 1)
	}
	domains := map[string]bool{}
	for _, one := range d.refused {
		domains[one.domain] = true
	}
	if len(d.refused) < doubtedAtOnce || len(domains) < domainsFew && len(d.refused) < doubtedMost { // the next domain may be taken
		return nil
	}
	return d.judge()
}

// over gives those that are to be recalled now that the pass is over.
func (d *doubts) over() []doubted {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.judge()
}

// forget is for those that something else has recalled.
func (d *doubts) forget(recalled []int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.denies = d.deny()
	d.refused = slices.DeleteFunc(d.refused, func(one doubted) bool { return slices.Contains(recalled, one.delivery) })
}

func (d *doubts) judge() (recalled []doubted) {
	if d.denies = d.deny(); d.denies {
		recalled, d.refused = d.refused, nil
	}
	return recalled
}

// deny reports whether the relay refuses everybody, as far as is known.
func (d *doubts) deny() bool {
	readers := map[int64]bool{}
	for _, one := range d.refused {
		readers[one.subscriber] = true
	}
	return d.denies || len(readers) >= doubtedReaders || len(readers) > 0 && !d.proven
}

// saying reports whether the log of the pass has not said yet that the relay refuses everybody.
func (d *doubts) saying(pass int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	first := d.said != pass
	d.said = pass
	return first
}

// blanket reports whether the refusal is final and speaks of no reader's address (RFC 3463 §3.2 and §3.3 have those that do): whoever comes
// may get it. Of the sender's speak 5.1.7 and 5.1.8, and Postfix by 5.1.0; at RCPT, where relays say what they have against either.
func (r *result) blanket() bool {
	if !r.final() || r.phase != atRcpt && r.phase != atDot {
		return false
	}
	switch status := r.status(); status {
	case "5.1.0", "5.1.7", "5.1.8":
		return true
	default:
		return !strings.HasPrefix(status, "5.1.") && !strings.HasPrefix(status, "5.2.")
	}
}

// recall has mails that failed by the relay's word wait for a person, and says what the relay said.
func (d *drain) recall(r *route, all []doubted, now time.Time) {
	if len(all) == 0 {
		return
	}
	runs := map[int64]bool{}
	for _, one := range all {
		runs[one.run] = true
		d.suspicion.hold(one.run, oneLine(refusedAll+": "+one.reply))
		if one.pass != d.number { // the count of this pass does not have it
			d.mu.Lock()
			d.sum.Failed++
			d.mu.Unlock()
		}
		d.ledger.results <- entry{outcome: tidings.Outcome{
			Delivery: one.delivery, State: tidings.DeliveryHeld, Recalled: true, At: now, Reply: refusedAll,
		}}
	}
	say := d.Logger.Warn
	if r.doubts.saying(d.number) {
		say = d.Logger.Error
	}
	say("a relay refuses whatever comes, and is not believed; the mails are held, for `tidings run retry` when it is mended",
		"relay", r.Name(), "runs", len(runs), "deliveries", len(all), "reply", all[len(all)-1].reply)
}
