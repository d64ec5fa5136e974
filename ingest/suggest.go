package ingest

import "fmt"

// suggestion is ": did you mean …?" for the known word that the given one was most likely meant to be, or "".
func suggestion(given string, known []string) string {
	best, least := "", 1+len(given)/3 // more differences than that are another word
	for _, k := range known {
		if d := distance(given, k); d <= least && (best == "" || d < least) {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(": did you mean %s?", best)
}

// distance is Levenshtein's: how many octets to put in, take out or change to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
