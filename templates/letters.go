package templates

import (
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// LetterMail is one letter: all that both its parts say. It does not say whom it is sent to: whoever filled in a form with an
// address may have written more than an address into it.
type LetterMail struct {
	Site     *tidings.Site
	Language string             // of the letter's words
	Kind     tidings.LetterKind // any but a CopyLetter, which is a digest
	Known    bool               // of a ConfirmLetter: the reader gets mails already, and these besides
	Choices  []LetterChoice     // of a ConfirmLetter: what was chosen, at least one; of a ChangedLetter: what they have now
	// Standing is how a subscriber stands after what a ChangedLetter tells of.
	Standing    tidings.SubscriberState
	PausedUntil time.Time // of a ChangedLetter, likewise: the day is that of its location; zero: no day was named
	// URL is the page whose button does what the letter is about. Absolute, without white space; empty for a MovedLetter,
	// which asks nothing.
	URL   string
	Until time.Time // when the link ends; shown in the site's zone
}

// LetterChoice is what was chosen at one cadence, without any word that somebody typed.
type LetterChoice struct {
	Cadence   string
	Topics    []string // their names in the letter's language
	Languages []string // BCP 47
	More      bool     // it says more: words, which are not shown
}

// letterView is what the letter's templates see.
type letterView struct {
	*LetterMail
	Preheader string
	Heading   string // also the subject
	Why       string // it came
	Chosen    string // before the choices
	Then      string // what happens when the button is pressed
	Otherwise string // what to do when one did not ask for it
}

// Letter renders both parts of a letter.
func (s *Set) Letter(m *LetterMail) (MailParts, error) {
	if err := m.check(); err != nil {
		return MailParts{}, err
	}
	lang := s.speaks(m.Language)
	v := &letterView{LetterMail: m}
	for _, text := range []struct {
		to   *string
		make func(*LetterMail) (string, error)
	}{
		{&v.Heading, lang.words.letter},
		{&v.Why, lang.words.letterWhy},
		{&v.Chosen, lang.words.letterChosen},
		{&v.Then, lang.words.letterThen},
		{&v.Otherwise, lang.words.letterOtherwise},
	} {
		var err error
		if *text.to, err = text.make(m); err != nil {
			return MailParts{}, err
		}
	}
	v.Preheader = cut(v.Then, preheaderMost)
	return lang.mail("letter", lang.mails["letter"], cutCharacters(line(v.Heading), subjectLimit), v)
}

// check refuses what would break a letter, or make one that says nothing.
func (m *LetterMail) check() error {
	switch m.Kind {
	case tidings.ConfirmLetter, tidings.LinkLetter, tidings.MoveLetter, tidings.MovedLetter, tidings.EraseLetter,
		tidings.ChangedLetter:
	case tidings.CopyLetter:
		return tidings.Invalidf("letter", "a copy is a digest")
	default:
		return tidings.Invalidf("letter", "there is no kind %q", m.Kind)
	}
	if asks := m.Kind != tidings.MovedLetter; asks != (m.URL != "") || asks != !m.Until.IsZero() {
		return tidings.Invalidf("letter", "a letter that asks something needs a link and its end, and no other has them")
	}
	if m.Kind == tidings.ConfirmLetter && len(m.Choices) == 0 {
		return tidings.Invalidf("letter", "nothing was chosen")
	}
	return checkURLs("letter", m.URL)
}

// until is the instant at which a link ends, and its zone.
func (w *words) until(site *tidings.Site, t time.Time) (string, error) {
	at, err := w.dateTime(site, t)
	if err != nil {
		return "", err
	}
	t = t.In(zone(site))
	name := t.Format("MST")
	if strings.ContainsAny(name, "+-") { // a zone without a name of its own
		name = "UTC" + t.Format("-07:00")
	}
	return w.text("letter-until", "Until", at, "Zone", name)
}

// chosen is a choice in one line.
func (w *words) chosen(c LetterChoice) (string, error) {
	cadence, err := w.digest(c.Cadence)
	if c.Cadence == tidings.Immediate {
		cadence, err = w.text("letter-at-once")
	}
	if err != nil {
		return "", err
	}
	topics, err := w.list(c.Topics)
	if err != nil {
		return "", err
	}
	what := topics
	switch {
	case topics != "" && c.More:
		what, err = w.text("letter-and-words", "Topics", topics)
	case c.More:
		what, err = w.text("letter-words")
	case topics == "":
		what, err = w.text("letter-everything")
	}
	if err == nil && len(c.Languages) > 0 {
		names := make([]string, len(c.Languages))
		for i, tag := range c.Languages {
			names[i] = languageName(tag)
		}
		var languages string
		if languages, err = w.list(names); err == nil {
			what, err = w.text("letter-in", "What", what, "Languages", languages)
		}
	}
	if err != nil {
		return "", err
	}
	return w.text("letter-choice", "Cadence", cadence, "What", what)
}
