package web

import (
	"net/url"
	"slices"
	"strings"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

// choiceForm is the fields of what a subscriber gets. A filter that says more than these can stands there as it is. By the link of
// a digest they have nothing that somebody typed.
func (s *site) choiceForm(v *tidings.Visit, has *tidings.Subscription, topics []tidings.Topic) *templates.ChoiceForm {
	form := s.wholeForm(&v.Subscriber, has, topics)
	if !v.Own {
		veil(form)
	}
	return form
}

func (s *site) wholeForm(sub *tidings.Subscriber, has *tidings.Subscription, topics []tidings.Topic) *templates.ChoiceForm {
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

// veil takes out of the form what somebody typed: whoever came by the link of a digest may not be the subscriber. It stays as it is.
func veil(form *templates.ChoiceForm) {
	form.Kept, form.Sealed = len(wordsIn(form.Words)), form.Filter != ""
	form.Words, form.Filter = "", ""
}

// filterIn is what the form asks for, with what it does not show as it was.
func filterIn(form *templates.ChoiceForm, has *tidings.Filter) (tidings.Filter, []templates.Fault) {
	entries := form.Entries
	if form.Sealed {
		return *has, nil
	}
	if form.Kept > 0 {
		was, _ := has.Interest()
		entries.Words = strings.Join(was.Words, "\n")
	}
	return filterOf(&entries)
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
	if form.Sealed || form.Kept > 0 {
		form.Words, form.Filter = "", ""
	}
	var had tidings.Subscription
	for _, has := range sub.Subscriptions {
		if has.Cadence == form.Was {
			had = has
		}
	}
	filter, more := filterIn(form, &had.Filter)
	for _, f := range append(faults, more...) {
		if f.Field != "zone" && f.Field != "language" { // which are no fields of this form
			form.Faults = withFaults(form.Faults, f)
		}
	}
	if !slices.Contains(form.Cadences, form.Cadence) && form.Fault("cadence") == nil {
		form.Faults = append(form.Faults, templates.Fault{Field: "cadence"})
	}
	c := tidings.Choice{Cadence: form.Cadence, Filter: filter.String(), Zone: s.theirZone(sub), Hour: form.Hour}
	if had.Zone != "" {
		c.Zone = had.Zone
	}
	if c.Cadence == tidings.Immediate {
		c.Hour = tidings.AnyHour // each comes when it comes
	}
	return &c
}
