package ingest

import "strings"

// newCall parts "name arg key=value" and name(key=value).
func newCall(s style, inside string) *call {
	c := &call{style: s, raw: inside, named: map[string]string{}}
	name, rest := inside, ""
	if i := strings.IndexAny(inside, " \t\n("); i >= 0 {
		name, rest = inside[:i], inside[i:]
	}
	c.name = strings.ToLower(name)
	if rest = strings.TrimSpace(rest); strings.HasPrefix(rest, "(") {
		rest = strings.TrimSuffix(rest[1:], ")")
	}
	c.arguments(rest)
	return c
}

// arguments parts what stands behind the name: quoted or bare, with a key before = or : or without.
func (c *call) arguments(s string) {
	for s = strings.TrimLeft(s, " \t\n,|"); s != ""; s = strings.TrimLeft(s, " \t\n,|") {
		word, rest, quoted := argument(s)
		if !quoted {
			key, value, hasValue := strings.Cut(word, "=")
			if k, v, colon := strings.Cut(word, ":"); colon && !hasValue && !strings.HasPrefix(v, "//") && isWord(k) {
				key, value, hasValue = k, v, true
			}
			if hasValue && isWord(key) {
				if value == "" && rest != "" { // key="…", key: "…"
					value, rest, _ = argument(strings.TrimLeft(rest, " \t\n"))
				}
				c.named[strings.ToLower(key)] = value
				s = rest
				continue
			}
			if next := strings.TrimLeft(rest, " \t\n"); strings.HasPrefix(next, "=") && isWord(word) { // key = "…"
				value, rest, _ := argument(strings.TrimLeft(next[1:], " \t\n"))
				c.named[strings.ToLower(word)] = value
				s = rest
				continue
			}
		}
		c.args = append(c.args, word)
		s = rest
	}
}

func isWord(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '-' && r != '_' && r != '.' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

// argument takes one off the front.
func argument(s string) (word, rest string, quoted bool) {
	if s == "" {
		return "", "", false
	}
	if q := s[0]; q == '"' || q == '\'' || q == '`' {
		var b strings.Builder
		for i := 1; i < len(s); i++ {
			switch {
			case s[i] == '\\' && i+1 < len(s) && (s[i+1] == q || s[i+1] == '\\'):
				i++
				b.WriteByte(s[i])
			case s[i] == q:
				return b.String(), s[i+1:], true
			default:
				b.WriteByte(s[i])
			}
		}
	}
	end := strings.IndexAny(s, " \t\n,")
	if eq := strings.IndexAny(s, "=:"); eq > 0 && eq+1 < len(s) && (end < 0 || eq < end) && strings.IndexByte("\"'`", s[eq+1]) >= 0 {
		end = eq + 1 // the value is quoted
	}
	if end < 0 {
		end = len(s)
	}
	if end == 0 {
		end = 1
	}
	return s[:end], s[end:], false
}
