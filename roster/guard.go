package roster

import "strings"

// risky are the characters that make a formula of a cell in a spreadsheet, or that hide one; and our own sign.
const risky = "=+-@\t\r'"

// guarded puts a single quote before what a spreadsheet could take for a formula, and before a single quote: so that whoever
// opens an export runs nothing that a subscriber has written, and what was written can be had again.
func guarded(s string) string {
	if s != "" && strings.IndexByte(risky, s[0]) >= 0 {
		return "'" + s
	}
	return s
}

// unguarded takes the quote away again.
func unguarded(s string) string {
	if len(s) > 1 && s[0] == '\'' && strings.IndexByte(risky, s[1]) >= 0 {
		return s[1:]
	}
	return s
}
