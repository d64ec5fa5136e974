package templates

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// Wording names the version of the words that somebody agrees to who subscribes on a page in the language: it changes with each
// word of them. It stands in the record of consent.
func (s *Set) Wording(lang string) (string, error) {
	w := s.speaks(lang).words
	sum := sha256.New()
	for _, key := range []string{"join-data", "join-consent", "join-button"} {
		text, err := w.text(key, "Site", "{{.Site}}")
		if err != nil {
			return "", err
		}
		_, _ = fmt.Fprintf(sum, "%q\n", text) // a hash takes everything
	}
	return w.tag + "-" + hex.EncodeToString(sum.Sum(nil))[:12], nil
}

// Answer is what is told who has sent a form, in a few words: to sites that show it in place.
func (s *Set) Answer(lang string, notice Notice) (title, text string, err error) {
	w := s.speaks(lang).words
	if notice != "" {
		text, err = w.notice(notice)
		return "", text, err
	}
	if title, err = w.text("join-sent"); err != nil {
		return "", "", err
	}
	text, err = w.text("join-sent-why")
	return title, text, err
}

// SubscribeWords are those of a form's button and of its field for the address.
func (s *Set) SubscribeWords(lang string) (button, address string, err error) {
	w := s.speaks(lang).words
	if button, err = w.text("join-button"); err != nil {
		return "", "", err
	}
	address, err = w.text("join-address")
	return button, address, err
}

func (w *words) notice(n Notice) (string, error) {
	switch n {
	case NetworkBusy:
		return w.text("join-busy-network")
	case SiteBusy:
		return w.text("join-busy-site")
	case UnprovenBusy:
		return w.text("join-busy-work")
	case PressAgain:
	}
	return w.text("join-again")
}

// faultText says what is wrong with a field.
func (w *words) faultText(f Fault) (string, error) {
	text, err := w.faultOf(f)
	if w.tag == fallback && f.Reason != "" && f.Field != "zone" && err == nil { // reasons are in English alone; of zones they are for operators
		text += " (" + line(f.Reason) + ")"
	}
	return text, err
}

func (w *words) faultOf(f Fault) (string, error) {
	switch {
	case f.Kind == Malformed:
		return w.text("fault-address-form")
	case f.Kind == Unchanged:
		return w.text("fault-address-same")
	case f.Kind == TooMuch && f.Field == "topics":
		return w.text("fault-topics-many")
	case f.Kind == TooMuch && f.Field == "words":
		return w.text("fault-words-many")
	}
	switch f.Field {
	case "address":
		return w.text("fault-address")
	case "topics":
		return w.text("fault-topics")
	case "words":
		return w.text("fault-words")
	case "cadence":
		return w.text("fault-cadence")
	case "hour":
		return w.text("fault-hour")
	case "zone":
		return w.text("fault-zone")
	case "language", "languages":
		return w.text("fault-language")
	}
	return w.text("fault-filter")
}

// howOften names a cadence as a choice; those that are not ours are named as the operator named them.
func (w *words) howOften(name string) (string, error) {
	switch name {
	case tidings.Immediate:
		return w.text("how-often-immediate")
	case tidings.Daily:
		return w.text("how-often-daily")
	case tidings.Weekly:
		return w.text("how-often-weekly")
	case tidings.Monthly:
		return w.text("how-often-monthly")
	}
	return line(name), nil
}

// A zoneOption is a time zone that may be chosen.
type zoneOption struct {
	Name, Label string
	Chosen      bool
}

// zoneOptions are those to choose from, by their clocks: the catalogue's, the site's and the one that is chosen already.
func (w *words) zoneOptions(site *tidings.Site, chosen string, now time.Time) ([]zoneOption, error) {
	known, err := w.text("zones")
	if err != nil {
		return nil, err
	}
	type zoneAt struct {
		zoneOption
		ahead int // of UTC, in seconds
	}
	var found []zoneAt
	add := func(name, label string) {
		l, err := time.LoadLocation(name)
		if err != nil || name == "Local" || slices.ContainsFunc(found, func(z zoneAt) bool { return z.Name == name }) {
			return // a name that this machine does not know, or that is there already
		}
		_, ahead := now.In(l).Zone()
		if label != "UTC" {
			label += " (" + offsetName(ahead) + ")"
		}
		found = append(found, zoneAt{zoneOption{name, label, name == chosen}, ahead})
	}
	for entry := range strings.SplitSeq(known, ";") {
		if name, label, ok := strings.Cut(strings.TrimSpace(entry), "="); ok {
			add(name, label)
		}
	}
	for _, name := range []string{zone(site).String(), chosen} {
		if name != "" {
			add(name, line(strings.ReplaceAll(name, "_", " ")))
		}
	}
	slices.SortStableFunc(found, func(a, b zoneAt) int { return cmp.Compare(a.ahead, b.ahead) })
	options := make([]zoneOption, len(found))
	for i := range found {
		options[i] = found[i].zoneOption
	}
	return options, nil
}

// offsetName is how far a zone is ahead of UTC: "UTC+9", "UTC−3:30".
func offsetName(seconds int) string {
	sign := "+"
	if seconds < 0 {
		sign, seconds = "−", -seconds
	}
	if minutes := seconds / 60 % 60; minutes != 0 {
		return fmt.Sprintf("UTC%s%d:%02d", sign, seconds/3600, minutes)
	}
	return fmt.Sprintf("UTC%s%d", sign, seconds/3600)
}

// An hourOption is an hour that may be chosen.
type hourOption struct {
	Value, Label string
	Chosen       bool
}

// hourOptions are those of a day, and before them the usual one.
func (w *words) hourOptions(chosen int) ([]hourOption, error) {
	usual, err := w.text("hour-usual")
	if err != nil {
		return nil, err
	}
	options := []hourOption{{"", usual, chosen == tidings.AnyHour}}
	for h := range 24 {
		options = append(options, hourOption{strconv.Itoa(h), hourName(h), h == chosen})
	}
	return options, nil
}

// hourName is an hour as it is told.
func hourName(hour int) string { return fmt.Sprintf("%02d:00", hour) }

// wishOf is what a subscription asks for, in words: names of topics, words in quotes, languages; a filter that says more as it
// stands.
func (w *words) wishOf(f tidings.Filter, topics []tidings.Topic) ([]string, error) {
	return w.wish(f, topics, func(s string, _ int) string { return s })
}

// How many characters a stranger may have us show to whoever is asked to confirm.
const (
	strangersWord   = 60
	strangersFilter = 200
)

// strangersWish is wishOf of what somebody else may have typed: its words are cut, so that they have no room for a message.
func (w *words) strangersWish(f tidings.Filter, topics []tidings.Topic) ([]string, error) {
	return w.wish(f, topics, cutCharacters)
}

// hasTyped reports whether a filter has words that somebody typed, or may have.
func hasTyped(f tidings.Filter) bool {
	i, ok := f.Interest()
	return !ok || len(i.Words) > 0
}

func (w *words) wish(f tidings.Filter, topics []tidings.Topic, short func(s string, most int) string) ([]string, error) {
	i, ok := f.Interest()
	if !ok {
		return []string{short(line(f.String()), strangersFilter)}, nil
	}
	var parts []string
	for _, slug := range i.Topics {
		parts = append(parts, w.topic(topics, slug))
	}
	for _, word := range i.Words {
		quoted, err := w.text("wish-word", "Word", short(line(word), strangersWord))
		if err != nil {
			return nil, err
		}
		parts = append(parts, quoted)
	}
	if len(parts) == 0 {
		all, err := w.text("wish-all")
		if err != nil {
			return nil, err
		}
		parts = append(parts, all)
	}
	if len(i.Languages) == 0 {
		return parts, nil
	}
	names := make([]string, len(i.Languages))
	for n, tag := range i.Languages {
		names[n] = languageName(tag)
	}
	list, err := w.list(names)
	if err != nil {
		return nil, err
	}
	only, err := w.text("wish-in", "Languages", list)
	return append(parts, only), err
}

// gistOf is wishOf for whoever may not be the subscriber: what somebody typed is not told.
func (w *words) gistOf(f tidings.Filter, topics []tidings.Topic) ([]string, error) {
	i, ok := f.Interest()
	if !ok {
		sealed, err := w.text("wish-sealed")
		return []string{sealed}, err
	}
	if len(i.Words) == 0 {
		return w.wishOf(f, topics)
	}
	kept, err := w.plural("wish-kept", len(i.Words))
	if err != nil {
		return nil, err
	}
	i.Words = nil
	shown, err := i.Filter()
	if err != nil {
		return nil, err
	}
	if len(i.Topics)+len(i.Languages) == 0 {
		return []string{kept}, nil
	}
	rest, err := w.wishOf(shown, topics)
	if len(i.Topics) == 0 && len(rest) > 0 {
		rest = rest[1:] // it is not every release that is wanted
	}
	return slices.Insert(rest, len(i.Topics), kept), err
}

// zoneName is a time zone as it is told: by the catalogue's name, else by its own.
func (w *words) zoneName(name string) (string, error) {
	known, err := w.text("zones")
	for entry := range strings.SplitSeq(known, ";") {
		if zone, label, ok := strings.Cut(strings.TrimSpace(entry), "="); ok && zone == name {
			return label, err
		}
	}
	return line(strings.ReplaceAll(name, "_", " ")), err
}

// lines are a text of several lines, each clean.
func lines(s string) string {
	all := strings.Split(s, "\n")
	for i := range all {
		all[i] = line(all[i])
	}
	return strings.Join(all, "\n")
}
