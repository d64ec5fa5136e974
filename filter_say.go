package tidings

import "strings"

// Wording is how a language says what a filter selects. %s is a gap.
type Wording struct {
	Topic    func(slug string) string // its name
	Language func(code string) string // its name; codes are in lower case
	All      string                   // what is selected where neither topics nor words are asked for: "all releases"
	Word     string                   // a word or a phrase, folded: "“%s”"
	Or, And  string                   // between two: " or "
	Besides  string                   // before what is said of languages and days, and of what is excluded: ", "
	In       string                   // the gap is a language, or several: "in %s"
	Since    string                   // the gap is a day such as 2025-03-16: "since %s"
	Before   string                   // likewise
	Without  string                   // the gap is what is excluded
}

// Say says in words what the filter selects, for a title or a heading: "(Energy or Trade) and “hydrogen”, in English". The same
// filter is always said in the same words, however it was written.
func (f Filter) Say(w *Wording) string {
	if f.root == nil {
		return w.All
	}
	return f.root.say(w)
}

func (t *term) say(w *Wording) string {
	switch t.kind {
	case topicTerm:
		return oneOf(t.list, w.Topic, w)
	case wordTerm:
		return filled(w.Word, strings.Join(t.list, " "))
	case orTerm:
		parts := make([]string, len(t.kids))
		for i, k := range t.kids {
			if parts[i] = k.say(w); k.kind != topicTerm && k.kind != wordTerm {
				parts[i] = "(" + parts[i] + ")"
			}
		}
		return strings.Join(parts, w.Or)
	case andTerm:
		return sayAll(t.kids, w)
	default: // what a release is besides
		return sayAll([]*term{t}, w)
	}
}

// sayAll says what all of the terms ask for: what a release is about, and then what it is besides.
func sayAll(terms []*term, w *Wording) string {
	var about []*term
	said := []string{w.All}
	for _, t := range terms {
		switch t.kind {
		case topicTerm, wordTerm, orTerm, andTerm:
			about = append(about, t)
		case langTerm, afterTerm, beforeTerm, notTerm:
			said = append(said, t.sayBesides(w))
		}
	}
	parts := make([]string, len(about))
	for i, t := range about {
		parts[i] = t.say(w)
		if several := t.kind == orTerm || t.kind == topicTerm && len(t.list) > 1; several && len(about) > 1 {
			parts[i] = "(" + parts[i] + ")"
		}
	}
	if len(parts) > 0 {
		said[0] = strings.Join(parts, w.And)
	}
	return strings.Join(said, w.Besides)
}

func (t *term) sayBesides(w *Wording) string {
	switch t.kind {
	case langTerm:
		return filled(w.In, oneOf(t.list, w.Language, w))
	case afterTerm:
		return filled(w.Since, t.date())
	case beforeTerm:
		return filled(w.Before, t.date())
	default: // notTerm
	}
	switch k := t.kids[0]; k.kind {
	case langTerm:
		return filled(w.Without, oneOf(k.list, w.Language, w))
	case afterTerm:
		return filled(w.Before, k.date())
	case beforeTerm:
		return filled(w.Since, k.date())
	case andTerm, orTerm:
		return filled(w.Without, "("+k.say(w)+")")
	default:
		return filled(w.Without, k.say(w))
	}
}

// oneOf are the names of a list, any of which will do.
func oneOf(list []string, name func(string) string, w *Wording) string {
	names := make([]string, len(list))
	for i, one := range list {
		names[i] = name(one)
	}
	return strings.Join(names, w.Or)
}

func filled(pattern, gap string) string { return strings.Replace(pattern, "%s", gap, 1) }
