package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings/mailer/mailbox"
)

// TestThePressOfficeIsToldOfADigestThatWaits serves a site whose immediate mails wait; one of the press office's addresses is refused.
func TestThePressOfficeIsToldOfADigestThatWaits(t *testing.T) {
	t.Parallel()
	box, err := mailbox.Listen("127.0.0.1:0", mailbox.Options{Reply: func(phase mailbox.Phase, _, to string) error {
		if phase == mailbox.To && to == "gone@example.org" {
			return mailbox.Refusal(550, "5.1.1", "no such user")
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = box.Close() }()
	dir := t.TempDir()
	config := filepath.Join(dir, "tidings.toml")
	must(t, time.Now, "init", dir, "--name", "산업통상자원부", "--base-url", "https://news.example.org", "--from", "press@example.org")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := strings.Cut(box.Addr(), ":")
	with := strings.NewReplacer(
		`#host = "localhost"`, `host = "127.0.0.1"`, `#port = 0`, `port = `+port, `#security = "starttls"`, `security = "none"`,
		`#veto = ""`, `veto = "30m"`, `#notify = []`, `notify = ["gone@example.org", "desk@example.org"]`,
	).Replace(string(text))
	if err := os.WriteFile(config, []byte(with), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, time.Now, "--config", config, "subscriber", "add", "a@example.org", "--basis", "form", "--immediate", "all")
	for i, title := range []string{"철강 협의", "A second one"} { // a restart tells nobody again
		release := filepath.Join(dir, "talks"+strings.Repeat("-on", i)+".md")
		text := "---\ntitle: " + title + "\nslug: talks" + strings.Repeat("-on", i) + "\n---\nText.\n"
		if err := os.WriteFile(release, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		must(t, time.Now, "--config", config, "publish", release)
		d := start(t, "serve", "--config", config, "--listen", "127.0.0.1:0")
		eventually(t, "the note", func() bool { return len(box.Mails()) > i })
		d.stop()
	}
	mails := box.Mails()
	if len(mails) != 2 || mails[0].To != "desk@example.org" || !strings.Contains(string(mails[1].Data), "Subject: Run 2 ") {
		t.Fatalf("%d mails, the first to %s: want the notes alone", len(mails), mails[0].To)
	}
	v, err := mailbox.Read(mails[0].Data)
	if err != nil || !strings.HasPrefix(v.Subject, "Run 1 (immediate) goes at ") || !strings.Contains(v.From, "산업통상자원부") {
		t.Errorf("%q from %q, %v", v.Subject, v.From, err)
	}
	for _, want := range []string{
		"Run 1 (immediate): 1 mail. It goes at ", "- 철강 협의\n  https://news.example.org/releases/talks\n", "tidings run drop 1 RELEASE",
	} {
		if !strings.Contains(strings.ReplaceAll(v.Text, "\r\n", "\n"), want) {
			t.Errorf("no %q in\n%s", want, v.Text)
		}
	}
}
