package templates

import (
	"io"
	"testing"
)

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

// TestTheEmbeddedFilesRenderEverySpecimen is in place of trying them at every start, as is done with an operator's.
func TestTheEmbeddedFilesRenderEverySpecimen(t *testing.T) {
	t.Parallel()
	s, err := New(nil)
	if err == nil {
		err = s.tryAll()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := New(nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDigest(b *testing.B) {
	s, m := open(b), weekly(b, "ko")
	for b.Loop() {
		if _, err := s.Digest(m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFrontPage(b *testing.B) {
	s := open(b)
	p := &ListPage{Page: pageOf(b, s, "en", AtReleases), Releases: releases(b), Topics: subjects()}
	for b.Loop() {
		if err := s.List(io.Discard, p); err != nil {
			b.Fatal(err)
		}
	}
}
