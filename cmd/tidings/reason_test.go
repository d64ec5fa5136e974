package main

import "testing"

func TestAReasonHoldsNothingThatATerminalObeys(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"a\x1b[31mb", "a\nb", "a\u202eb", "a\u2066b", "a\u009bb", "a\xffb"} {
		if err := new(reasonFlag).Set(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
	var r reasonFlag
	if err := r.Set("틀린 숫자: “3 %”, دُولَة"); err != nil || r == "" {
		t.Errorf("%q: %v", r, err)
	}
}
