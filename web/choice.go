package web

import (
	"net/url"
	"slices"
	"strings"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

// choiceForm is the fields of what a subscriber gets. A filter that says more than these can stands there as it is.
func (s *site) choiceForm(sub *tidings.Subscriber, has *tidings.Subscription, topics []tidings.Topic) *templates.ChoiceForm {
	form := s.blankChoice(sub, has.Cadence, topics)
	form.Cadence, form.Hour = has.Cadence, has.Hour
	wanted, ok := has.Filter.Interest()
	languages := s.siteLanguages(wanted.Languages)
	strange := slices.ContainsFunc(wanted.Topics, func(slug string) bool { return !hasTopic(topics, slug) })
	if !ok || strange || len(languages) < len(wanted.Languages) {
		form.Filter = has.Filter.String()
		return form
	}
	for _, t := range topics { // what was chosen before it ended stays
		if !t.Ended.IsZero() && slices.Contains(wanted.Topics, t.Slug) {
			form.Offered = append(form.Offered, t)
		}
	}
	form.Topics, form.Words, form.Languages = wanted.Topics, strings.Join(wanted.Words, "\n"), languages
	return form
}

// blankChoice is the fields of a choice of which nothing is said yet: at the cadence that it has, or besides.
func (s *site) blankChoice(sub *tidings.Subscriber, was string, topics []tidings.Topic) *templates.ChoiceForm {
	return &templates.ChoiceForm{
		Was: was, Offered: inUse(topics), Spoken: s.Site.Languages, Cadences: s.freeCadences(sub, was),
		Entries: templates.Entries{Hour: tidings.AnyHour},
	}
}

// freeCadences are those that a subscriber does not have, and the one given.
func (s *site) freeCadences(sub *tidings.Subscriber, own string) []string {
	var names []string
	for _, c := range s.Cadences {
		taken := slices.ContainsFunc(sub.Subscriptions, func(o tidings.Subscription) bool { return o.Cadence == c.Name })
		if !taken || c.Name == own {
			names = append(names, c.Name)
		}
	}
	if own != "" && !slices.Contains(names, own) { // it is offered no more
		names = append(names, own)
	}
	return names
}

// wanted is what a subscriber gets in place of the form's choice; nil: nothing. What is wrong with it is noted in the form.
func (s *site) wanted(sub *tidings.Subscriber, form *templates.ChoiceForm, typed url.Values, topics []tidings.Topic) *tidings.Choice {
	if typed.Has("drop") {
		return nil
	}
	entries, faults := s.entries(typed, topics)
	form.Entries = entries
	filter, more := filterOf(&entries)
	for _, f := range append(faults, more...) {
		if f.Field != "zone" && f.Field != "language" { // which are no fields of this form
			form.Faults = withFaults(form.Faults, f)
		}
	}
	if !slices.Contains(form.Cadences, form.Cadence) && form.Fault("cadence") == nil {
		form.Faults = append(form.Faults, templates.Fault{Field: "cadence"})
	}
	c := tidings.Choice{Cadence: form.Cadence, Filter: filter.String(), Zone: s.theirZone(sub), Hour: form.Hour}
	for _, has := range sub.Subscriptions {
		if has.Cadence == form.Was && has.Zone != "" {
			c.Zone = has.Zone
		}
	}
	if c.Cadence == tidings.Immediate {
		c.Hour = tidings.AnyHour // each comes when it comes
	}
	return &c
}
