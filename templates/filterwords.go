package templates

import (
	"errors"
	"strings"

	"github.com/tidings/tidings"
)

// longestSaid is how many characters a filter in words may take of a title.
const longestSaid = 150

// filter says in words what a filter selects; of what is no filter, its text.
func (w *words) filter(query string, site *tidings.Site, topics []tidings.Topic) (string, error) {
	f, err := tidings.ParseFilter(query)
	if err != nil {
		return cut(line(query), longestSaid), nil //nolint:nilerr // what cannot be said is shown
	}
	wording, err := w.wording(site, topics)
	if err != nil {
		return "", err
	}
	return cut(f.Say(wording), longestSaid), nil
}

// wording is how the language says a filter.
func (w *words) wording(site *tidings.Site, topics []tidings.Topic) (*tidings.Wording, error) {
	out := &tidings.Wording{
		Topic: func(slug string) string { return w.topic(topics, slug) },
		Language: func(code string) string {
			for _, tag := range site.Languages {
				if strings.EqualFold(tag, code) {
					return languageName(tag)
				}
			}
			return languageName(code)
		},
	}
	var faults []error
	say := func(text string, err error) string {
		faults = append(faults, err)
		return text
	}
	out.All, out.Word = say(w.text("filter-all")), say(w.text("filter-word", "What", "%s"))
	out.Or, out.And, out.Besides = say(w.text("filter-or")), say(w.text("filter-and")), say(w.text("filter-besides"))
	out.In, out.Without = say(w.text("filter-in", "What", "%s")), say(w.text("filter-without", "What", "%s"))
	out.Since, out.Before = say(w.text("filter-since", "What", "%s")), say(w.text("filter-before", "What", "%s"))
	return out, errors.Join(faults...)
}
