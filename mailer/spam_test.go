package mailer

import (
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// spamMost is how much a mail of ours may score; 5 make it spam.
const spamMost = 0.5

// gtube is what every SpamAssassin takes for spam, so that somebody can see whether it works.
const gtube = "Subject: Test\n\nXJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\n"

// paths are the ways of a mail to a receiver, as the header tells of them (RFC 5321 §4.4).
func paths() map[string]string {
	const atLast = "Received: from relay.example.org (relay.example.org [45.33.32.156])\n\tby mx.example.com with ESMTPS id 2;" +
		" Mon, 30 Mar 2026 07:00:02 +0900\n"
	const before = "Received: from %s\n\tby relay.example.org with ESMTPS id 1; Mon, 30 Mar 2026 07:00:01 +0900\n"
	return map[string]string{
		"by a relay on this machine": atLast + fmt.Sprintf(before, "localhost (localhost [127.0.0.1])"),
		"by a relay on another":      atLast + fmt.Sprintf(before, "news.example.org (news.example.org [45.33.49.119])"),
	}
}

// spamStatus is what it writes into a mail's header: the score, and by which rules.
var spamStatus = regexp.MustCompile(`(?m)^X-Spam-Status: \w+, score=(-?[0-9.]+) (?:.*\n[ \t]+)*.*`)

// TestNoKindOfMailLooksLikeSpam has all mails judged at once: starting takes longer than judging.
func TestNoKindOfMailLooksLikeSpam(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("spamassassin")
	if err != nil {
		t.Skip("spamassassin is not installed: nobody says which mails look like spam")
	}
	c, _ := signingComposer(t)
	const between = "From news@example.org Mon Mar 30 07:00:00 2026\n" // in an mbox
	var mbox strings.Builder
	asked := 1
	for name, mail := range everyMail(t, c) {
		for path, received := range paths() {
			mbox.WriteString(between + "X-Kind: " + name + " " + path + "\n" + received + strings.ReplaceAll(string(mail), "\r\n", "\n") + "\n")
			asked++
		}
	}
	mbox.WriteString(between + "X-Kind: spam\n" + gtube)
	// Without the network, and without anything in anybody's home. It gives the mails in an order of its own.
	cmd := exec.CommandContext(t.Context(), program, "--local", "--test-mode", "--nocreate-prefs", "--cf=use_bayes 0", "--mbox")
	cmd.Env = append(cmd.Environ(), "HOME="+t.TempDir())
	cmd.Stdin = strings.NewReader(mbox.String())
	said, err := cmd.Output()
	if err != nil {
		t.Fatalf("spamassassin: %v", err)
	}
	judged := strings.Split("\n"+string(said), "\nFrom news@example.org ")[1:]
	if len(judged) != asked {
		t.Fatalf("%d mails were judged of %d:\n%s", len(judged), asked, said)
	}
	for _, mail := range judged {
		_, kind, _ := strings.Cut(mail, "\nX-Kind: ")
		kind, _, _ = strings.Cut(kind, "\n")
		status := spamStatus.FindStringSubmatch(mail)
		if status == nil {
			t.Fatalf("of this mail nothing was said:\n%s", mail)
		}
		score, err := strconv.ParseFloat(status[1], 64)
		t.Logf("%s: %s", kind, status[0])
		switch {
		case err != nil:
			t.Error(err)
		case kind == "spam" && score < 5:
			t.Errorf("it does not know spam when it sees it: %s", status[0])
		case kind != "spam" && score >= spamMost:
			t.Errorf("%s: %s", kind, status[0])
		}
	}
}
