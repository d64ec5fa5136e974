package ingest

import "strings"

// matter is the front matter of a page and what stands behind it.
type matter struct {
	value
	body  string
	line  int // the body's first in the file
	found bool
	notes []string
}

// splitLoose parts front matter from body as the tools do that build sites: YAML between lines ---, TOML between lines
// +++, JSON as an object at the top or between ---json and ---, blank lines before any of them.
func splitLoose(text string) (matter, error) {
	m := matter{value: value{line: 1, kind: aTable}, line: 1}
	for {
		line, rest, more := strings.Cut(text, "\n")
		if !more || strings.TrimSpace(line) != "" {
			break
		}
		text = rest
		m.line++
	}
	m.body = text
	first, rest, _ := strings.Cut(text, "\n")
	fence := strings.ToLower(strings.TrimRight(first, " \t"))
	switch fence {
	case "---", "---yaml", "---yml", "---json", "---toml", "+++":
		return m.fenced(fence, rest)
	}
	if !strings.HasPrefix(text, "{") || !looksLikeJSON(text) {
		return m, nil
	}
	v, size, err := readJSON(text, m.line)
	m.found, m.value = true, v
	m.line += strings.Count(text[:size], "\n")
	m.body = text[size:]
	return m, err
}

// looksLikeJSON tells an object from a Liquid tag or a shortcode, which begin with a brace too.
func looksLikeJSON(text string) bool {
	inside := strings.TrimSpace(text[1:])
	return strings.HasPrefix(inside, `"`) || strings.HasPrefix(inside, "}")
}

// fenced reads the matter up to the line that closes it, which "..." may do for YAML.
func (m matter) fenced(fence, rest string) (matter, error) {
	start := m.line
	end := fence[:3]
	var inside strings.Builder
	m.found = true
	m.line++
	for rest != "" {
		var l string
		l, rest, _ = strings.Cut(rest, "\n")
		m.line++
		if l = strings.TrimRight(l, " \t"); l != end && (l != "..." || end != "---") {
			inside.WriteString(l + "\n")
			continue
		}
		m.body = rest
		var err error
		switch fence {
		case "+++", "---toml":
			m.value, err = readTOML(inside.String(), start+1)
		case "---json":
			m.value, _, err = readJSON(inside.String(), start+1)
		default:
			m.value, m.notes, err = readLooseYAML(inside.String(), start+1)
		}
		m.value.line = start
		return m, err
	}
	return m, &trouble{line: start, reason: "the front matter has no end: put a line " + end + " behind its last line"}
}
