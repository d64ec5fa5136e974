package ingest

import (
	"strings"
	"testing"
	"time"
)

func TestCallsWithoutAnEndAreFoundInTime(t *testing.T) {
	t.Parallel()
	length := 6_000_000 // octets, for which anything but a time in proportion takes minutes
	if testing.Short() {
		length /= 20 // under the race detector: see Makefile
	}
	for _, tc := range []struct{ path, part string }{
		{"a.mdx", strings.Repeat("<a ", 5000) + ">\n"},
		{"a.mdx", "</A"},
		{"a.md", strings.Repeat("{{</* ", 2500) + ">}}\n"},
	} {
		d := degrader{page: &page{path: tc.path, folder: &folder{}}, endless: map[string]bool{}, jsx: strings.HasSuffix(tc.path, "x")}
		start := time.Now()
		d.tokens(strings.Repeat(tc.part, length/len(tc.part)))
		if took := time.Since(start); took > time.Minute {
			t.Errorf("%.20q in %s took %s", tc.part, tc.path, took)
		} else {
			t.Logf("%.20q in %s: %s", tc.part, tc.path, took)
		}
	}
}
