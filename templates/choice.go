package templates

import (
	"strings"

	"github.com/tidings/tidings"
)

// ChoiceForm is the fields of one choice: what somebody gets, or would like to. The part "choice" shows them.
type ChoiceForm struct {
	At        string           // ends the names and ids of the fields, where a page has several: "-1"; empty: there is but one
	Cadence   string           // the one chosen; empty: none yet
	Cadences  []string         // those to choose from, fastest first
	Topics    []TopicOption    // in their order
	Words     string           // separated by commas, as typed
	Languages []LanguageOption // that releases come in; fewer than two: none are asked for
	Hour      int              // 0–23, or tidings.AnyHour
	Zone      string           // that the hour is of; empty: it is not told
	Raw       bool             // Filter stands in place of topics, words and languages, which cannot say it
	Filter    string           // as typed; for Raw
	Faults    []Fault          // what is wrong with the fields
}

// TopicOption is a topic that may be chosen.
type TopicOption struct {
	Topic tidings.Topic
	On    bool
}

// LanguageOption is a language that may be chosen.
type LanguageOption struct {
	Tag string // BCP 47
	On  bool
}

// Interest is what the fields say, unless they are Raw.
func (c *ChoiceForm) Interest() tidings.Interest {
	i := tidings.Interest{Words: c.WordList()}
	for _, o := range c.Topics {
		if o.On {
			i.Topics = append(i.Topics, o.Topic.Slug)
		}
	}
	for _, o := range c.Languages {
		if o.On {
			i.Languages = append(i.Languages, o.Tag)
		}
	}
	return i
}

// Read is the filter that they say. What cannot be one is a *tidings.InvalidError.
func (c *ChoiceForm) Read() (tidings.Filter, error) {
	if c.Raw {
		return tidings.ParseFilter(c.Filter)
	}
	return c.Interest().Filter()
}

// All reports whether nothing narrows the choice: it is of every release.
func (c *ChoiceForm) All() bool {
	if c.Raw {
		return strings.TrimSpace(c.Filter) == ""
	}
	i := c.Interest()
	return len(i.Topics)+len(i.Words)+len(i.Languages) == 0
}

// WordList is the words and phrases of the field, each alone.
func (c *ChoiceForm) WordList() []string {
	var found []string
	for part := range strings.FieldsFuncSeq(c.Words, func(r rune) bool { return strings.ContainsRune(",;\n，、；", r) }) {
		if part = strings.Trim(part, " \t\r\"“”„‟"); part != "" {
			found = append(found, part)
		}
	}
	return found
}

// Fault is what is wrong with a field, or nil.
func (c *ChoiceForm) Fault(field string) *Fault { return faultIn(c.Faults, field) }
