package main

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
)

// mailLine is a mail as machines are told of it.
type mailLine struct {
	Delivery  int64      `json:"delivery"`
	Run       int64      `json:"run"`
	Cadence   string     `json:"cadence"`
	State     string     `json:"state"`
	Attempts  int        `json:"attempts"`
	MessageID string     `json:"message_id"`
	Date      time.Time  `json:"date"`
	Next      *time.Time `json:"next,omitempty"`    // the next attempt
	Settled   *time.Time `json:"settled,omitempty"` // when it came to its end
	Reply     string     `json:"reply,omitempty"`   // the relay's last words, or ours

	Stuck string `json:"stuck,omitempty"` // why the run that it is in does not go on

	Returned []returnedLine `json:"returned,omitempty"` // what was said of it after it was sent

	Counted int   `json:"counted_among,omitempty"` // of the release that is asked for: it has no room for so many, and this is one of them
	edition int64 // that it brings
}

// refusedForGood is how a server refuses for good; its status says whether the address is gone.
const refusedForGood = `^5\d\d[ -](5\.\d{1,3}\.\d{1,3})\b`

// disbelieves reports whether a mail's reply calls the address non-existent, and it is written to all the same.
func (p *person) disbelieves(m *mailLine) bool {
	status := regexp.MustCompile(refusedForGood).FindStringSubmatch(m.Reply)
	return status != nil && tidings.VerdictOf(status[1]) == tidings.BounceHard && m.State == string(tidings.DeliveryFailed) &&
		p.Reason == "" && (p.State == string(tidings.Active) || p.State == string(tidings.Paused))
}

func disbelieved(address string) string {
	return "the address is not suppressed for it: the relay refused many readers at that time and was not believed, or it was lifted or\n" +
		"             changed since. If it is gone: tidings suppression add " + address + " --reason TEXT"
}

func mailOf(d *tidings.Delivery) mailLine {
	m := mailLine{
		Delivery: d.ID, Run: d.RunID, Cadence: d.Cadence, State: string(d.State), Attempts: d.Attempts, MessageID: d.MessageID,
		Date: d.Date, Reply: d.LastReply, edition: d.EditionID,
	}
	if !d.Next.IsZero() {
		m.Next = &d.Next
	}
	if !d.Settled.IsZero() {
		m.Settled = &d.Settled
	}
	return m
}

// mail notes the newest of the mails that is wanted, and what holds it.
func (d *personalDigest) mail(mails []tidings.Delivery, wanted func(*tidings.Delivery) bool, holds []tidings.Hold) {
	for i := range mails {
		if !wanted(&mails[i]) {
			continue
		}
		m := mailOf(&mails[i])
		d.Mail, d.Instead = &m, m.Cadence
		if d.Instead == d.Cadence {
			d.Instead = ""
		}
		if m.Settled == nil {
			d.Holds = holdsOver(holds, m.Run)
		}
		if mails[i].State == tidings.DeliverySent {
			d.At = m.Settled
		}
		return
	}
}

func (p *personal) print(w io.Writer, zone *time.Location) {
	p.person.print(w, zone)
	for i := range p.Digests {
		d := &p.Digests[i]
		lines := p.words(d, zone)
		if d.Mail != nil {
			lines = append(lines, fmt.Sprintf("run %d, <%s>", d.Mail.Run, d.Mail.MessageID))
			if d.Mail.Stuck != "" {
				lines = append(lines, d.Mail.Stuck)
			}
		}
		for _, h := range d.Holds {
			lines = append(lines, h.words(zone))
		}
		fmt.Fprintf(w, "  %-10s %s\n", d.Cadence, strings.Join(lines, "\n"+strings.Repeat(" ", 13)))
	}
	for i := range p.Notices {
		n := &p.Notices[i]
		fmt.Fprintf(w, "  %-10s %s\n", n.Kind, strings.Join(n.lines(zone), "\n"+strings.Repeat(" ", 13)))
	}
	printAway(w, "  ", p.Away, zone)
	if len(p.Digests) == 0 && p.Reason == "" && p.State != "nobody" && p.State != "unconfirmed" {
		fmt.Fprintln(w, "  has no subscription")
	}
}

// words tell what becomes of the release for one digest of theirs, and why.
func (p *personal) words(d *personalDigest, zone *time.Location) []string {
	switch store.Fate(d.Fate) {
	case store.FateSent, store.FateReturned:
		if d.At != nil {
			return d.Mail.sentWords(" by the "+d.Cadence+" digest", zone)
		}
	case store.FateDue:
		return []string{p.dueWords(d, zone)}
	case store.FateMismatch:
		filter := d.Filter
		if filter == "" {
			filter = "all"
		}
		return []string{fmt.Sprintf("no: the filter %q does not match", filter), "subscribed since " + stamp(d.Since, zone)}
	case store.FateLate:
		return p.lateWords(d, zone)
	case store.FateWaiting:
		if d.Mail != nil {
			return d.Mail.words(zone)
		}
	case store.FateElsewhere, store.FateTranslation:
		words := []string{personally()[store.Fate(d.Fate)]}
		if d.Mail != nil {
			how := d.Mail.words(zone)
			words = append(append(words, fmt.Sprintf("the %s digest: %s", d.Mail.Cadence, how[0])), how[1:]...)
		}
		if strings.Contains(d.Instead, "/") {
			words = append(words, d.Instead)
		}
		return words
	case store.FateFaster:
		words := []string{personally()[store.FateFaster]}
		if d.Instead != "" {
			words = append(words, "see "+d.Instead)
		}
		return words
	case store.FateFailed, store.FateDropped, store.FateCancelled, store.FatePulled:
		words := []string{personally()[store.Fate(d.Fate)]}
		if d.Mail != nil && d.Mail.unanswered() {
			words[0] = "perhaps: all of the mail was sent, and no reply came"
		}
		if d.Mail != nil && d.Mail.Settled != nil {
			words = append(words, strings.TrimSuffix("on "+stamp(*d.Mail.Settled, zone)+": "+d.Mail.Reply, ": "))
			if p.disbelieves(d.Mail) {
				words = append(words, disbelieved(p.Subscriber))
			}
		}
		return words
	case store.FatePaused:
		if p.Until != nil {
			return []string{"not yet: they paused until " + stamp(*p.Until, zone) + ", and get it then"}
		}
	case store.FateLeft:
		if p.Since != nil && !p.Since.IsZero() {
			return []string{"no: they left on " + stamp(*p.Since, zone)}
		}
	default:
	}
	return []string{personally()[store.Fate(d.Fate)]}
}

func (p *personal) dueWords(d *personalDigest, zone *time.Location) string {
	switch status := tidings.Status(p.Release.Status); {
	case d.At == nil:
		return "will get it, once its cadence is on offer again"
	case status == tidings.Draft:
		return fmt.Sprintf("not yet: it is a draft; were it published now, the %s digest of %s would bring it", d.Cadence, stamp(*d.At, zone))
	case status == tidings.Scheduled:
		return fmt.Sprintf("will get it with the %s digest of %s; it is under embargo until %s",
			d.Cadence, stamp(*d.At, zone), second(*p.Release.Published, zone))
	}
	return fmt.Sprintf("will get it with the %s digest of %s", d.Cadence, stamp(*d.At, zone))
}

// lateWords tell why a subscription is past a release without having brought it.
func (p *personal) lateWords(d *personalDigest, zone *time.Location) []string {
	if d.Since.Before(p.public) {
		since := "subscribed since " + stamp(d.Since, zone) + "; it went public on " + stamp(p.public, zone)
		if p.public.Before(p.resumed) {
			return []string{
				"perhaps: it may have come by a mail that this database does not know, since it was put back, and resumed on " + stamp(p.resumed, zone) + ";",
				"or it matches now, and did not when its digest was made", since,
			}
		}
		return []string{"no: it matches now, and did not when its digest was made: the filter or the release was changed since", since}
	}
	return []string{
		personally()[store.FateLate],
		"subscribed since " + stamp(d.Since, zone) + "; it went public on " + stamp(p.public, zone),
	}
}

// words tell how far a mail has come.
func (m *mailLine) words(zone *time.Location) []string {
	if m.State == string(tidings.DeliverySent) {
		return m.sentWords("", zone)
	}
	words := []string{m.waitWords(zone)}
	if m.Counted > 0 {
		words = append(words, fmt.Sprintf("it has no room to name it, and counts it among %d more", m.Counted))
	}
	return words
}

func (m *mailLine) waitWords(zone *time.Location) string {
	said := ""
	if m.Reply != "" {
		said = ": " + m.Reply
	}
	at := func(t *time.Time) string {
		if t == nil {
			return "-"
		}
		return stamp(*t, zone)
	}
	switch state := tidings.DeliveryState(m.State); {
	case state == tidings.DeliverySending:
		return "not yet: it is being sent at this moment"
	case state == tidings.DeliveryDeferred:
		return fmt.Sprintf("not yet: deferred, %s so far, the next at %s%s", plural(m.Attempts, "attempt", "attempts"), at(m.Next), said)
	case state == tidings.DeliveryUncertain:
		return fmt.Sprintf("perhaps: all was sent and no reply came; tried again at %s%s", at(m.Next), said)
	case state == tidings.DeliveryHeld && m.Next != nil && strings.Contains(m.Reply, tidings.AfterTheDot):
		return "perhaps: all was sent and no reply came; it is tried again when they are back" + said
	case state == tidings.DeliveryHeld && m.Next != nil:
		return "not yet: it is in a mail that waits until they are back"
	case state == tidings.DeliveryHeld && strings.Contains(m.Reply, tidings.AfterTheDot):
		return fmt.Sprintf("perhaps: all was sent and no reply came; it waits for somebody to look into it, and then for `tidings run retry %d`%s",
			m.Run, said)
	case state == tidings.DeliveryHeld:
		return fmt.Sprintf("not yet: it waits for somebody to look into it, and then for `tidings run retry %d`%s", m.Run, said)
	case state == tidings.DeliveryPending && m.Next != nil && m.Attempts == 0:
		return fmt.Sprintf("not yet: it is in a mail that waits to be sent, from %s on%s", at(m.Next), said)
	case state == tidings.DeliveryPending:
		return "not yet: it is in a mail that waits to be sent" + said
	}
	return m.State + " on " + at(m.Settled) + said
}

// unanswered reports whether it came to its end before anybody knew whether it had arrived.
func (m *mailLine) unanswered() bool {
	return m.State == string(tidings.DeliverySuppressed) &&
		(strings.HasPrefix(m.Reply, tidings.MayHaveArrived) || strings.Contains(m.Reply, tidings.AfterTheDot))
}

// personally are the fates as told of one person, where there is no more to tell.
func personally() map[store.Fate]string {
	return map[store.Fate]string{
		store.FateSent:        "got it",
		store.FateReturned:    "no: the mail came back",
		store.FateWaiting:     "not yet: it is in a mail that waits to be sent",
		store.FateFaster:      "no: a faster digest of theirs brings it",
		store.FateElsewhere:   "no: another digest of theirs has it",
		store.FatePaused:      "not yet: they paused, and get it when they are back",
		store.FateTranslation: "no: they have it in another language",
		store.FateLate:        "no: the subscription began after it was published",
		store.FateArchived:    "no: it came with an archive, which is never mailed",
		store.FateWithdrawn:   "no: it is withdrawn",
		store.FateVetoed:      "no: the press office dropped it from the run",
		store.FatePulled:      "no: it was withdrawn before the mail was sent",
		store.FateCancelled:   "no: the run was cancelled before the mail was sent",
		store.FateFailed:      "no: the mail could not be delivered",
		store.FateDropped:     "no: they had left, or must not be written to, before the mail was sent",
		store.FateUnconfirmed: "no: they have not confirmed yet",
		store.FateLeft:        "no: they left",
		store.FateSuppressed:  "no: the address must not be written to",
	}
}
