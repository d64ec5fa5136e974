package ingest

import (
	"fmt"

	"github.com/tidings/tidings"
)

// suggestion is ": did you mean …?" for the known word that the given one was most likely meant to be, or "".
func suggestion(given string, known []string) string {
	best, least := "", 1+len(given)/3 // more differences than that are another word
	for _, k := range known {
		if d := tidings.Distance(given, k); d <= least && (best == "" || d < least) {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(": did you mean %s?", best)
}
