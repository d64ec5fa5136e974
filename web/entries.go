package web

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

// What a form may say at most, in octets. Nobody who types comes near.
const (
	maxTyped = 8000 // in a field
	maxChips = 300  // boxes that are ticked
)

// prefilled is what a link has chosen already: ?topic= (several), ?q= (words, or a filter), ?cadence=. What is none of ours is left
// out; problem: ?q= is a filter that cannot be read.
func (s *site) prefilled(q url.Values, language string, topics []tidings.Topic) (e templates.Entries, problem string) {
	e = templates.Entries{Cadence: s.usualCadence(), Hour: tidings.AnyHour, Zone: s.Site.Zone.String(), Language: language}
	if _, offered := s.Cadences.Find(q.Get("cadence")); offered {
		e.Cadence = q.Get("cadence")
	}
	for _, slug := range q["topic"] {
		if hasTopic(topics, slug) && !slices.Contains(e.Topics, slug) {
			e.Topics = append(e.Topics, slug)
		}
	}
	asked := typed(q, "q")
	f, problem := understood(asked)
	if problem != "" {
		e.Filter = asked
		return e, problem
	}
	i, ok := f.Interest()
	languages := s.siteLanguages(i.Languages)
	strange := slices.ContainsFunc(i.Topics, func(slug string) bool { return !hasTopic(topics, slug) })
	if !ok || strange || len(languages) < len(i.Languages) { // more than the form has fields for
		e.Topics, e.Filter = nil, f.String()
		return e, ""
	}
	for _, slug := range i.Topics {
		if !slices.Contains(e.Topics, slug) {
			e.Topics = append(e.Topics, slug)
		}
	}
	e.Words, e.Languages = strings.Join(asTyped(i.Words, asked), "\n"), languages
	return e, ""
}

// asTyped is the words of a filter, a single one as it was typed: filters fold them.
func asTyped(words []string, asked string) []string {
	if plain := strings.Trim(asked, " \"“”„‟"); len(words) == 1 && strings.Join(tidings.Words(plain), " ") == words[0] {
		return []string{plain}
	}
	return words
}

// siteLanguages are the site's own tags of languages, however they are spelt.
func (s *site) siteLanguages(tags []string) []string {
	var ours []string
	for _, tag := range s.Site.Languages {
		if slices.ContainsFunc(tags, func(t string) bool { return strings.EqualFold(t, tag) }) {
			ours = append(ours, tag)
		}
	}
	return ours
}

// usualCadence is the one that is chosen as long as nobody has chosen.
func (s *site) usualCadence() string {
	if _, offered := s.Cadences.Find(tidings.Weekly); offered || len(s.Cadences) == 0 {
		return tidings.Weekly
	}
	return s.Cadences[len(s.Cadences)-1].Name
}

func hasTopic(topics []tidings.Topic, slug string) bool {
	return slices.ContainsFunc(topics, func(t tidings.Topic) bool { return t.Slug == slug })
}

// typed is a field as it was typed, as far as it is text, and not longer than anybody types.
func typed(form url.Values, name string) string {
	return upTo(strings.TrimSpace(strings.ToValidUTF8(form.Get(name), "")), maxTyped)
}

// upTo is so many octets of a text at most, whole characters all of them.
func upTo(text string, most int) string {
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "")
	}
	return text
}

// isTooLong: typed keeps but a part of the field.
func isTooLong(form url.Values, name string) bool {
	return len(strings.TrimSpace(form.Get(name))) > maxTyped
}

// entries is what a form says, and what is wrong with it, field by field. The address is looked at by nobody here.
func (s *site) entries(form url.Values, topics []tidings.Topic) (templates.Entries, []templates.Fault) {
	e := templates.Entries{
		Address: typed(form, "address"), Words: typed(form, "words"), Filter: typed(form, "filter"), Cadence: form.Get("cadence"),
		Hour: tidings.AnyHour, Zone: typed(form, "zone"), Language: form.Get("language"),
	}
	var faults []templates.Fault
	wrong := func(field string) { faults = append(faults, templates.Fault{Field: field}) }
	for _, field := range []string{"words", "filter"} {
		if isTooLong(form, field) {
			faults = append(faults, templates.Fault{Field: field, Kind: templates.TooMuch})
		}
	}
	unknown := 0
	for _, slug := range form["topic"][:min(len(form["topic"]), maxChips)] {
		if hasTopic(topics, slug) {
			e.Topics = append(e.Topics, slug)
		} else {
			unknown++
		}
	}
	if unknown > 0 {
		wrong("topics")
	}
	if e.Languages = s.siteLanguages(form["in"]); len(e.Languages) < len(form["in"]) {
		wrong("languages")
	}
	if _, offered := s.Cadences.Find(e.Cadence); !offered {
		e.Cadence = ""
		wrong("cadence")
	}
	if hour := form.Get("hour"); hour != "" {
		if n, err := strconv.Atoi(hour); err == nil && n >= 0 && n < 24 {
			e.Hour = n
		} else {
			wrong("hour")
		}
	}
	if e.Zone == "" {
		e.Zone = s.Site.Zone.String()
	} else if _, err := zoneOf(e.Zone); err != nil {
		e.Zone = s.Site.Zone.String()
		wrong("zone")
	}
	if languages := s.Templates.Languages(); e.Language == "" {
		e.Language = s.Templates.Match(s.Site.Language)
	} else if !slices.Contains(languages, e.Language) {
		e.Language = languages[0]
		wrong("language")
	}
	return e, faults
}

// zoneOf is the time zone of a name that means the same on every machine.
func zoneOf(name string) (*time.Location, error) {
	if name == "Local" {
		return nil, tidings.Invalidf("zone", "it means nothing elsewhere")
	}
	return time.LoadLocation(name)
}

// filterOf is what the entries ask for. What is wrong with them is a fault of a field.
func filterOf(e *templates.Entries) (tidings.Filter, []templates.Fault) {
	var f tidings.Filter
	var err error
	if e.Filter != "" {
		f, err = tidings.ParseFilter(e.Filter)
	} else {
		f, err = tidings.Interest{Topics: e.Topics, Words: wordsIn(e.Words), Languages: e.Languages}.Filter()
	}
	if err != nil {
		return f, []templates.Fault{faultIn(err, e)}
	}
	return f, nil
}

// withFaults adds faults, but of each field one alone: the first.
func withFaults(faults []templates.Fault, more ...templates.Fault) []templates.Fault {
	for _, f := range more {
		if !slices.ContainsFunc(faults, func(had templates.Fault) bool { return had.Field == f.Field }) {
			faults = append(faults, f)
		}
	}
	return faults
}

// wordsIn are words and phrases that stand on lines of their own or between commas.
func wordsIn(text string) []string {
	var found []string
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(",;\n\r，、；", r) }) {
		if part = strings.Trim(part, " \t\"“”„‟"); part != "" && !slices.Contains(found, part) {
			found = append(found, part)
		}
	}
	return found
}

// faultIn tells of an InvalidError beside the field that the form has for it.
func faultIn(err error, e *templates.Entries) templates.Fault {
	var invalid *tidings.InvalidError
	if !errors.As(err, &invalid) {
		return templates.Fault{Field: "words"}
	}
	fault := templates.Fault{Field: invalid.Field, Reason: invalid.Reason}
	switch invalid.Field {
	case "topics", "words", "languages", "cadence", "hour", "zone", "language":
	case "topic":
		fault.Field = "topics"
	case "filter": // of fields, it says that together they are too much: of what there is most of
		fault.Field, fault.Kind = "words", templates.TooMuch
		if len(e.Topics) > len(wordsIn(e.Words)) {
			fault.Field = "topics"
		}
	default:
		fault.Field = "words"
	}
	if e.Filter != "" && (fault.Field == "topics" || fault.Field == "words" || fault.Field == "languages") {
		fault.Field, fault.Kind = "filter", ""
	}
	return fault
}
