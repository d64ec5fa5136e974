package tidings

import "fmt"

// Distance is how many octets to put in, take out, change or swap with the next to make b of a, each octet in one of these ways at the
// most. Errors use it to say what a misspelt name was probably meant to be.
func Distance(a, b string) int {
	var above, before []int // the rows of one octet of a less, and of two
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, above, row = above, row, make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			change := above[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, above[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
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
