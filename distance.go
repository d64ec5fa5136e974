package tidings

import "fmt"

// Distance is Levenshtein's: how many octets to put in, take out or change to make b of a. Errors use it to say what a
// misspelt name was probably meant to be.
func Distance(a, b string) int {
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

// DidYouMean is ": did you mean …?" for the one of the names that a misspelt one was most likely meant to be, or "".
func DidYouMean(given string, names []string) string {
	best, least := "", 1+len(given)/3 // more differences than that are another word
	for _, name := range names {
		if d := Distance(given, name); d <= least && (best == "" || d < least) {
			best, least = name, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(": did you mean %s?", best)
}
