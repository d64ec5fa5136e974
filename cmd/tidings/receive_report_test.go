package main

import (
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/config"
)

// TestAPipeTakesReportsAsLargeAsTheListenersDo has one that says what it is about behind 3 MB of words.
func TestAPipeTakesReportsAsLargeAsTheListenersDo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	demoOnce(t, time.Now, dir)
	reader, _, _ := readersMail(t, dir)
	cfg, err := config.Load(filepath.Join(dir, "tidings.toml"))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Bounce.Domain = "bounce.example.org"
	h, err := open(t.Context(), cfg, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer h.db.Close()
	p, err := h.db.FindMail(t.Context(), reader, "")
	if err != nil {
		t.Fatal(err)
	}
	_, date, err := h.db.MailOf(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	report := reportTo(h.keys.ReturnLocal(p, date)+"@"+cfg.Bounce.Domain, reader, "5.1.1")
	report = strings.Replace(report, "Sorry.", strings.Repeat("Sorry.\n", 3<<20/7), 1)
	if err := h.receive(t.Context(), strings.NewReader(report), time.Now()); err != nil {
		t.Fatal(err)
	}
	if s, err := h.db.Subscriber(t.Context(), reader); err != nil || s.State != tidings.Suppressed {
		t.Errorf("the reader is %s, %v", s.State, err)
	}
}
