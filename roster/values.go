package roster

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// chosen are the topics that a cell names by slug or name, and how many words it has at all.
func (r *reader) chosen(e *entry, cell string) (slugs []string, words int) {
	for _, word := range labels(cell) {
		words++
		slug := r.topics[fold(word)]
		switch {
		case slug == "":
			e.unknown = append(e.unknown, word)
		case !slices.Contains(slugs, slug):
			slugs = append(slugs, slug)
		}
	}
	return slugs, words
}

// labels are the words of a cell, parted at commas, semicolons, bars or line ends. What stands in quotes is one, as Mailchimp
// writes it; so are the brackets of a list in JSON and in Python no part of a word.
func labels(cell string) []string {
	cell = strings.Trim(cell, "[]{}")
	var out []string
	quoted := false
	for _, part := range strings.FieldsFunc(cell, func(c rune) bool {
		if c == '"' {
			quoted = !quoted
		}
		return !quoted && strings.ContainsRune(",;|\n", c)
	}) {
		if part = strings.TrimSpace(strings.Trim(strings.TrimSpace(part), `"'`)); part != "" && !slices.Contains(out, part) {
			out = append(out, part)
		}
	}
	return out
}

// language is the one of ours that was meant: the same one, or its base ("pt" for "pt-BR").
func (r *reader) language(e *entry, given string) string {
	if given == "" {
		return r.opts.Languages[0]
	}
	given = strings.ReplaceAll(given, "_", "-")
	base, _, _ := strings.Cut(given, "-")
	for _, wanted := range []string{given, base} {
		for _, l := range r.opts.Languages {
			if strings.EqualFold(l, wanted) {
				return l
			}
		}
	}
	e.notes = append(e.notes, NoteLanguage)
	return r.opts.Languages[0]
}

// zone is a time zone by a name that means the same on every machine; "": the site's.
func (r *reader) zone(e *entry, name string) string {
	if name == "" {
		return r.opts.Zone.String()
	}
	good, known := r.zones[name]
	if !known {
		_, err := time.LoadLocation(name)
		good = err == nil && name != "Local"
		if len(r.zones) < 10_000 {
			r.zones[name] = good
		}
	}
	if !good {
		e.notes = append(e.notes, NoteZone)
		return r.opts.Zone.String()
	}
	return name
}

func (r *reader) hour(e *entry, text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < tidings.AnyHour || n > 23 {
		e.notes = append(e.notes, NoteHour)
		return tidings.AnyHour
	}
	return n
}

// network is the block of addresses that an IP address lies in, as the record of consent keeps it; "": it is none.
func network(text string) string {
	if block, err := netip.ParsePrefix(text); err == nil {
		return block.Masked().String()
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return ""
	}
	a = a.Unmap().WithZone("")
	bits := 48
	if a.Is4() {
		bits = 24
	}
	block, err := a.Prefix(bits)
	if err != nil {
		return ""
	}
	return block.String()
}
