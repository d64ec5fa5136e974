package templates

import "testing"

func TestNewTakesTheEmbeddedFiles(t *testing.T) {
	t.Parallel()
	s, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Languages(); len(got) != 2 || got[0] != "en" || got[1] != "ko" {
		t.Errorf("languages: %v", got)
	}
}
