package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tidings/tidings"
)

// suggestion is ": did you mean …?" for the key or section that the given one was most likely meant to be, or "".
func suggestion(given string, known map[string]key) string {
	candidates := map[string]bool{}
	for name := range known {
		candidates[name] = true
		for dot := strings.LastIndexByte(name, '.'); dot > 0; dot = strings.LastIndexByte(name[:dot], '.') {
			candidates[name[:dot]] = true
		}
	}
	_, last, _ := strings.Cut(given, ".")
	best, least := "", 1+len(given)/4 // more differences than that are another word
	letters := 0
	for _, name := range slices.Sorted(maps.Keys(candidates)) {
		d := tidings.Distance(given, name)
		off := d // between two sections that have the word, the better spelt one
		if _, end, _ := strings.Cut(name, "."); end != "" && (end == last || end == given) {
			d = 1 // the right word in the wrong section
		}
		if d < least || d == least && (best == "" || off < letters) {
			best, least, letters = name, d, off
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(": did you mean %s?", best)
}
