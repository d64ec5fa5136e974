package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// manyreleases N FILE: writes into FILE a text archive of N releases, each with as long a lead as a mail shows.
func manyReleases(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: manyreleases N FILE")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "-\nStatement %d\n%s date2025-04-01\n", i+1, strings.Repeat("가나다라 ", 70))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(b.String()), 0o600))
}

// complaintOf is what a provider sends when its user calls a mail spam (RFC 5965).
func complaintOf(sender, recipient string) string {
	return "From: feedback@provider.example\nTo: " + sender + "\nSubject: FW: news\nMIME-Version: 1.0\n" +
		"Content-Type: multipart/report; report-type=feedback-report; boundary=x\n\n--x\nContent-Type: text/plain\n\nA complaint.\n\n" +
		"--x\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: Loop/1.0\nVersion: 1\nOriginal-Mail-From: <" + sender +
		">\nOriginal-Rcpt-To: <" + recipient + ">\n\n--x\nContent-Type: message/rfc822\n\nFrom: press@example.org\nSubject: news\n\nNews.\n--x--\n"
}
