package roster

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tidings/tidings"
)

// reader makes entries of rows.
type reader struct {
	plan   *plan
	opts   *Options
	words  map[string]standing
	file   standing // what all in the file are at least
	whole  bool     // the file's name or whoever brings it says what those are whose row does not
	zones  map[string]bool
	topics map[string]string // slugs, by folded slug or name
}

// entry is what a row says.
type entry struct {
	who      tidings.Enrolment
	standing standing
	said     string   // the list's own word for the standing
	notes    []string // what was left out
	unknown  []string // words that name no topic of ours
}

// Notes on what was left out of a row.
const (
	NoteLanguage = "a language that mails are not written in: the site's is taken"
	NoteZone     = "no time zone: the site's is taken"
	NoteHour     = "no hour of the day: the schedule's is taken"
	NoteCadence  = "a cadence that is not on offer: the default is taken"
	NoteDate     = "a date that cannot be read for sure: it is left out"
	NoteFuture   = "a date that is yet to come: it is left out"
	NoteStays    = "the list says bounced or unsubscribed, and they are a subscriber here: they stay"
	NoteTopics   = "no topic of theirs is one of ours: the default is taken"
)

// longestText is how long a basis or a reason may be, in characters.
const longestText = 500

// standingOf is what the row says of its address, and in which words. An unknown word is an InvalidError.
func (r *reader) standingOf(cells []string) (standing, string, error) {
	if word := r.plan.cell(cells, keyStatus); word != "" {
		s, known := r.words[fold(word)]
		if !known {
			return 0, word, tidings.Invalidf("status", "%.40q is none that is known, such as subscribed, unconfirmed, unsubscribed or bounced", word)
		}
		if r.plan.format != Own && s == paused {
			s = subscribed // elsewhere it is a payment that pauses
		}
		s, word = r.atLeast(s, word)
		return s, word, nil
	}
	s, word := subscribed, ""
	disabled := r.plan.cell(cells, keyDisabled)
	off, known := r.words[fold(disabled)]
	switch {
	case r.plan.cell(cells, keyBounced) != "":
		s, word = suppressed, "cleaned"
	case r.plan.cell(cells, keyLeft) != "":
		s, word = left, "unsubscribed"
	case known && off == subscribed:
		s, word = left, "disabled"
	case r.whole:
	case r.plan.places[keyStatus] != nil, r.plan.places[keyDisabled] != nil && disabled == "":
		return 0, "", tidings.Invalidf("status", "is empty, which is nobody's yes: write it there, or say with --status what such rows are")
	case disabled != "" && (!known || off != left):
		return 0, disabled, tidings.Invalidf("status", "%.40q does not say whether they get mail: it is neither true nor false", disabled)
	}
	s, word = r.atLeast(s, word)
	return s, word, nil
}

// atLeast is what is said of all in the file, where that is stricter.
func (r *reader) atLeast(s standing, word string) (standing, string) {
	if r.file <= s {
		return s, word
	}
	return r.file, map[standing]string{paused: "paused", unconfirmed: "not subscribed", left: "unsubscribed", suppressed: "cleaned"}[r.file]
}

// address is that of a row, as it is stored.
func (r *reader) address(cells []string) (string, error) {
	text := r.plan.cell(cells, keyAddress)
	if text == "" {
		return "", tidings.Invalidf("address", "is missing")
	}
	return r.opts.Address(text)
}

// read makes an entry of a row whose address and standing are known.
func (r *reader) read(cells []string, address string, s standing, said string) (entry, error) {
	e := entry{standing: s, said: said}
	sub := &e.who.Subscriber
	sub.Address, sub.Language, sub.State = address, r.language(&e, r.plan.cell(cells, keyLanguage)), tidings.Active
	sub.Consent = tidings.Consent{Basis: r.opts.Basis, By: r.opts.Actor}
	if text := strings.TrimSpace(r.plan.cell(cells, keyBasis)); text != "" {
		sub.Consent.Basis = text
	}
	if text := r.plan.cell(cells, keyBy); text != "" {
		sub.Consent.By = text
	}
	e.who.Evidence = tidings.Evidence{Form: "import", Wording: r.plan.format, Network: network(r.plan.cell(cells, keyNetwork))}
	sub.Consent.Basis, sub.Consent.By = tidings.HideAddresses(sub.Consent.Basis), tidings.HideAddresses(sub.Consent.By)
	if text := r.plan.cell(cells, keyConsented); text != "" {
		sub.Consent.At = r.past(&e, text)
	}
	if err := oneLine("basis", sub.Consent.Basis); err != nil {
		return e, err
	}
	switch s {
	case left:
		sub.State = tidings.Left
		for _, key := range []string{keyLeft, keyLeftAt} {
			if text := r.plan.cell(cells, key); text != "" {
				sub.Left = r.past(&e, text)
			}
		}
		return e, nil
	case suppressed:
		sub.State, e.who.Reason = tidings.Suppressed, r.reason(cells, said)
		if text := r.plan.cell(cells, keyBarred); text != "" {
			e.who.Until = r.date(&e, text)
		}
		if (tidings.Suppression{Until: e.who.Until}).Over(r.opts.Now) {
			sub.State = tidings.Left
		}
		return e, nil
	case paused:
		sub.State = tidings.Paused
		if text := r.plan.cell(cells, keyPaused); text != "" {
			sub.PausedUntil = r.date(&e, text)
		}
	case subscribed, unconfirmed:
	}
	if sub.Consent.Basis == "" {
		return e, tidings.Invalidf("basis", "the row has no consent basis, and there is no --basis")
	}
	var err error
	sub.Subscriptions, err = r.subscriptions(&e, cells)
	return e, err
}

// reason is why an address is suppressed: in the list's own word, and in whose list. It is kept for good, and addresses are not.
func (r *reader) reason(cells []string, said string) string {
	if text := r.plan.cell(cells, keyReason); text != "" && oneLine("reason", text) == nil {
		said = text
	}
	if said == "" {
		said = "suppressed"
	}
	return tidings.HideAddresses(said) + " (imported: " + r.plan.format + ")"
}

func oneLine(field, text string) error {
	switch {
	case utf8.RuneCountInString(text) > longestText:
		return tidings.Invalidf(field, "is longer than %d characters", longestText)
	case strings.ContainsFunc(text, unicode.IsControl):
		return tidings.Invalidf(field, "must be one line")
	}
	return nil
}

// subscriptions are what somebody gets: in our own export as it stands there, else one, of the topics that are ours.
func (r *reader) subscriptions(e *entry, cells []string) ([]tidings.Subscription, error) {
	if r.plan.format == Own {
		return r.own(e, cells)
	}
	s := tidings.Subscription{Cadence: r.opts.Cadence, Filter: r.opts.Default, Zone: r.zone(e, r.plan.cell(cells, keyZone)), Hour: r.opts.Hour}
	if word := strings.ToLower(r.plan.cell(cells, keyCadence)); word != "" {
		if _, known := r.opts.Cadences.Find(word); known {
			s.Cadence = word
		} else {
			e.notes = append(e.notes, NoteCadence)
		}
	}
	if text := r.plan.cell(cells, keyHour); text != "" {
		s.Hour = r.hour(e, text)
	}
	if s.Cadence == tidings.Immediate {
		s.Hour = tidings.AnyHour
	}
	slugs, words := r.chosen(e, r.plan.cell(cells, keyTopics))
	switch {
	case len(slugs) > 0:
		var err error
		if s.Filter, err = tidings.ParseFilter("topic:" + strings.Join(slugs, ",")); err != nil {
			return nil, err
		}
	case words > 0:
		e.notes = append(e.notes, NoteTopics)
	}
	return []tidings.Subscription{s}, nil
}

// own reads the subscriptions of our own export.
func (r *reader) own(e *entry, cells []string) ([]tidings.Subscription, error) {
	var subs []tidings.Subscription
	for _, name := range cadenceNames() {
		text := r.plan.cell(cells, name)
		if text == "" {
			continue
		}
		if _, known := r.opts.Cadences.Find(name); !known {
			return nil, tidings.Invalidf(name, "this cadence is not on offer here")
		}
		if text == everything {
			text = ""
		}
		filter, err := tidings.ParseFilter(text)
		if err != nil {
			return nil, err
		}
		for _, slug := range filter.Topics() {
			if r.topics[fold(slug)] != slug {
				return nil, tidings.Invalidf("filter", "there is no topic %.80q here", slug)
			}
		}
		s := tidings.Subscription{Cadence: name, Filter: filter, Zone: r.zone(e, r.plan.cell(cells, name+"_zone")), Hour: tidings.AnyHour}
		if hour := r.plan.cell(cells, name+"_hour"); hour != "" && name != tidings.Immediate {
			s.Hour = r.hour(e, hour)
		}
		subs = append(subs, s)
	}
	if len(subs) == 0 {
		return nil, tidings.Invalidf("cadence", "the row has none")
	}
	return subs, nil
}
