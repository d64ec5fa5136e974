package main

// stretch is a run of what two sequences share, and what stands behind it in the one and in the other.
type stretch struct{ same, gone, came []string }

// mostCells bounds the table of align: 2,000 words against 2,000. What is larger counts as replaced, as a whole.
const mostCells = 4_000_000

// align takes two sequences apart into what they share, in the longest common subsequence, and what they do not.
func align(from, to []string) []stretch {
	head := 0
	for head < len(from) && head < len(to) && from[head] == to[head] {
		head++
	}
	tail := 0
	for tail < len(from)-head && tail < len(to)-head && from[len(from)-1-tail] == to[len(to)-1-tail] {
		tail++
	}
	a, b := from[head:len(from)-tail], to[head:len(to)-tail]
	all := []stretch{{same: from[:head]}}
	if (len(a)+1)*(len(b)+1) > mostCells {
		all[0].gone, all[0].came = a, b
	} else {
		all = walk(all, a, b)
	}
	if tail > 0 {
		all = append(all, stretch{same: from[len(from)-tail:]})
	}
	return all
}

// walk goes through both along the longest common subsequence.
func walk(all []stretch, a, b []string) []stretch {
	rest := common(a, b)
	at := func(i, j int) int32 { return rest[i*(len(b)+1)+j] }
	for i, j := 0, 0; i < len(a) || j < len(b); {
		last := &all[len(all)-1]
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			if len(last.gone)+len(last.came) > 0 {
				all = append(all, stretch{})
				last = &all[len(all)-1]
			}
			last.same = append(last.same[:len(last.same):len(last.same)], a[i])
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && at(i+1, j) >= at(i, j+1):
			last.gone = append(last.gone, a[i])
			i++
		default:
			last.came = append(last.came, b[j])
			j++
		}
	}
	return all
}

// common holds, for each pair of places, how much of what follows the two have in common.
func common(a, b []string) []int32 {
	width := len(b) + 1
	rest := make([]int32, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				rest[i*width+j] = rest[(i+1)*width+j+1] + 1
			} else {
				rest[i*width+j] = max(rest[(i+1)*width+j], rest[i*width+j+1])
			}
		}
	}
	return rest
}
