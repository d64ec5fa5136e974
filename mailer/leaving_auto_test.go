package mailer

import (
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

func TestMailThatNobodyWroteIsTold(t *testing.T) {
	t.Parallel()
	const body = "\r\n\r\n> https://news.example.org/u/"
	quoted := body + strings.Repeat("a", tidings.TokenLength)
	for head, want := range map[string]string{
		"Subject: Out of office\r\nAuto-Submitted: auto-replied (vacation)":     "Auto-Submitted: auto-replied",
		"Subject: x\r\nAuto-Submitted: Auto-Generated; owner=a":                 "Auto-Submitted: auto-generated",
		"Subject: x\r\nAuto-Submitted: No; a=b":                                 "",
		"Subject: x\r\nAuto-Submitted: no":                                      "",
		"Subject: x\r\nContent-Type: Multipart/Report; boundary=x":              "Content-Type: multipart/report",
		"Subject: x\r\nContent-Type: multipart/mixed; boundary=x":               "",
		"Return-Path: <>\r\nSubject: x":                                         "Return-Path: <>",
		"Return-Path: < >\r\nSubject: x":                                        "Return-Path: <>",
		"Return-Path: <reader@example.net>\r\nSubject: x":                       "",
		"X-Envelope-From:\r\nSubject: x":                                        "X-Envelope-From: <>",
		"Subject: x\r\nPrecedence: auto_reply\r\nX-Auto-Response-Suppress: All": "Precedence: auto_reply",
		"Subject: x\r\nX-Auto-Response-Suppress: All":                           "", // Outlook writes it into mails of people too
		"Subject: x\r\nX-Autoreply: yes":                                        "X-Autoreply",
		"Subject: x\r\nX-Autoreply: no":                                         "",
		"From MAILER-DAEMON  Mon Mar 30 07:00:00 2026\nSubject: x":              "From MAILER-DAEMON",
		"From reader@example.net  Mon Mar 30 07:00:00 2026\nSubject: x":         "",
		"Subject: Re: your digest":                                              "",
		"no header":                                                             "",
	} {
		if got := Automatic([]byte(head + quoted)); got != want {
			t.Errorf("%q: %q, want %q", head, got, want)
		}
	}
}

func TestTokenAloneInTheSubjectIsAWishWhicheverProgramSentIt(t *testing.T) {
	t.Parallel()
	token := strings.Repeat("a", tidings.TokenLength)
	head := "Return-Path: <>\r\nAuto-Submitted: auto-generated\r\nSubject: "
	if got := Automatic([]byte(head + token + "\r\n\r\n")); got != "" {
		t.Error(got)
	}
	for _, subject := range []string{"Automatic reply: " + token, "Re: " + token, token + "a", token[1:] + "!"} {
		if got := Automatic([]byte(head + subject + "\r\n\r\n")); got == "" {
			t.Errorf("%q counts as somebody's", subject)
		}
	}
}
