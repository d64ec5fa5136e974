package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tidings/tidings"
)

var (
	// setting is a line of config.example.toml that sets a key, or would without its #. Prose has a blank behind the #.
	setting = regexp.MustCompile(`^#?([a-z_]+) = `)
	heading = regexp.MustCompile(`^\[([a-z.]+)\]$`)
)

// Template is config.example.toml with the values put in, by key: a string, an int, a bool, a []string, or a
// map[string]string by language for site.name. What is not among them stays as it is: keys that must be set with an
// example, the others commented out with their default.
func Template(values map[string]any) (string, error) {
	left := maps.Clone(values)
	section := ""
	lines := strings.Split(tidings.ExampleConfig(), "\n")
	for i, line := range lines {
		if m := heading.FindStringSubmatch(line); m != nil {
			section = m[1]
		}
		m := setting.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		name := section + "." + m[1]
		value, given := left[name]
		if !given {
			continue
		}
		text, err := tomlValue(value)
		if err != nil {
			return "", fmt.Errorf("configuration: %s: %w", name, err)
		}
		lines[i] = m[1] + " = " + text
		delete(left, name)
	}
	if len(left) > 0 {
		return "", fmt.Errorf("configuration: there are no keys %s", strings.Join(slices.Sorted(maps.Keys(left)), ", "))
	}
	return strings.Join(lines, "\n"), nil
}

func tomlValue(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return tomlString(v), nil
	case int:
		return strconv.Itoa(v), nil
	case bool:
		return strconv.FormatBool(v), nil
	case []string:
		quoted := make([]string, len(v))
		for i, s := range v {
			quoted[i] = tomlString(s)
		}
		return "[" + strings.Join(quoted, ", ") + "]", nil
	case map[string]string:
		var pairs []string
		for _, k := range slices.Sorted(maps.Keys(v)) {
			pairs = append(pairs, tomlString(k)+" = "+tomlString(v[k]))
		}
		return "{ " + strings.Join(pairs, ", ") + " }", nil
	}
	return "", fmt.Errorf("a value of type %T cannot be written", v)
}

// tomlString is a basic string (TOML 1.0, "String"): what would end it or is a control character is escaped.
func tomlString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
