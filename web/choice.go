package web

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

// choiceForm shows what a subscriber gets. A filter that says more than the fields can stands there as it is.
func (s *site) choiceForm(sub *tidings.Subscriber, has *tidings.Subscription, at string, topics []tidings.Topic) templates.ChoiceForm {
	form := templates.ChoiceForm{
		At: at, Cadence: has.Cadence, Cadences: s.freeCadences(sub, has.Cadence), Hour: has.Hour, Zone: has.Zone,
	}
	wanted, ok := has.Filter.Interest()
	if !ok {
		form.Raw, form.Filter = true, has.Filter.String()
		return form
	}
	form.Topics = topicOptions(topics, wanted.Topics)
	form.Languages = s.languageOptions(wanted.Languages)
	form.Words = strings.Join(wanted.Words, ", ")
	return form
}

// topicOptions are the topics in use, and those that were chosen before they ended.
func topicOptions(topics []tidings.Topic, chosen []string) []templates.TopicOption {
	var options []templates.TopicOption
	for _, t := range topics {
		on := slices.Contains(chosen, t.Slug)
		if on || t.Ended.IsZero() {
			options = append(options, templates.TopicOption{Topic: t, On: on})
		}
	}
	for _, slug := range chosen {
		if !slices.ContainsFunc(options, func(o templates.TopicOption) bool { return o.Topic.Slug == slug }) {
			options = append(options, templates.TopicOption{Topic: tidings.Topic{Slug: slug}, On: true})
		}
	}
	return options
}

// languageOptions are the site's languages, and those that were chosen besides. Where there is no choice there are none.
func (s *site) languageOptions(chosen []string) []templates.LanguageOption {
	if len(s.Site.Languages) < 2 && len(chosen) == 0 {
		return nil
	}
	is := func(a string) func(string) bool { return func(b string) bool { return strings.EqualFold(a, b) } }
	var options []templates.LanguageOption
	for _, tag := range s.Site.Languages {
		options = append(options, templates.LanguageOption{Tag: tag, On: slices.ContainsFunc(chosen, is(tag))})
	}
	for _, tag := range chosen {
		if !slices.ContainsFunc(s.Site.Languages, is(tag)) {
			options = append(options, templates.LanguageOption{Tag: tag, On: true})
		}
	}
	return options
}

// fill takes over what was typed into the fields of a choice.
func fill(form *templates.ChoiceForm, typed url.Values) {
	form.Cadence = typed.Get("cadence" + form.At)
	form.Raw = typed.Has("filter" + form.At)
	form.Filter = typed.Get("filter" + form.At)
	form.Words = typed.Get("words" + form.At)
	form.Topics, form.Languages = slices.Clone(form.Topics), slices.Clone(form.Languages)
	for i := range form.Topics {
		form.Topics[i].On = slices.Contains(typed["topic"+form.At], form.Topics[i].Topic.Slug)
	}
	for i := range form.Languages {
		form.Languages[i].On = slices.Contains(typed["in"+form.At], form.Languages[i].Tag)
	}
	form.Hour = tidings.AnyHour
	if hour, err := strconv.Atoi(typed.Get("hour" + form.At)); err == nil {
		form.Hour = hour
	}
}

// choice is what a form asks for; what is wrong with its fields is noted there. Topics are those that a filter may name.
func choice(form *templates.ChoiceForm, topics []tidings.Topic) tidings.Choice {
	c := tidings.Choice{Cadence: form.Cadence, Zone: form.Zone, Hour: form.Hour}
	if c.Cadence == tidings.Immediate {
		c.Hour = tidings.AnyHour // each comes at its own
	}
	if !slices.Contains(form.Cadences, form.Cadence) {
		form.Faults = append(form.Faults, templates.Fault{Field: "cadence"})
	}
	if c.Hour != tidings.AnyHour && (c.Hour < 0 || c.Hour > 23) {
		form.Faults = append(form.Faults, templates.Fault{Field: "hour"})
	}
	filter, err := form.Read()
	var invalid *tidings.InvalidError
	switch {
	case errors.As(err, &invalid):
		form.Faults = append(form.Faults, templates.Fault{Field: faultyField(form, invalid.Field), Reason: invalid.Reason})
	case form.Raw:
		for _, slug := range filter.Topics() {
			if !slices.ContainsFunc(topics, func(t tidings.Topic) bool { return t.Slug == slug }) {
				form.Faults = append(form.Faults, templates.Fault{Field: "filter", Reason: "there is no topic " + slug})
				break
			}
		}
	}
	c.Filter = filter.String()
	return c
}

// faultyField is the field of a form that shows what is wrong.
func faultyField(form *templates.ChoiceForm, field string) string {
	switch {
	case form.Raw:
		return "filter"
	case field == "topics":
		return "topics"
	}
	return "words"
}
