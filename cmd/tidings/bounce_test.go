package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/smtp"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tidings/tidings/config"
	"github.com/tidings/tidings/mailer/mailbox"
)

// reportTo is what a mail server sends home when it cannot deliver.
func reportTo(sender, recipient, status string) string {
	return "From: MAILER-DAEMON@relay.example\nTo: " + sender + "\nSubject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n" +
		"Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\nContent-Type: text/plain\n\nSorry.\n\n" +
		"--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; relay.example\n\nFinal-Recipient: rfc822; " + recipient +
		"\nAction: failed\nStatus: " + status + "\nDiagnostic-Code: smtp; 550 " + status + " <" + recipient + ">: no such user here\n\n--x--\n"
}

// bouncemail ADDRESS STATUS FILE: writes into FILE the report that the newest mail to an address could not be delivered; STATUS abuse is a
// reader's complaint.
func bounceMailCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: bouncemail ADDRESS STATUS FILE")
	}
	report := ""
	for _, m := range relayOf(ts).box.Mails() {
		switch {
		case m.To != args[0]:
		case args[1] == "abuse":
			report = complaintOf(m.From, m.To)
		default:
			report = reportTo(m.From, m.To, args[1])
		}
	}
	if report == "" {
		ts.Fatalf("there is no mail to %s", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(report), 0o600))
}

func TestCheckSeesTheReportComeHomeToItselfOrToTheDaemon(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	demoOnce(t, time.Now, dir)
	cfg, err := config.Load(filepath.Join(dir, "tidings.toml"))
	if err != nil {
		t.Fatal(err)
	}
	free, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Bounce.Domain, cfg.Bounce.ListenSMTP = "bounce.example.org", free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	box, err := mailbox.Listen("127.0.0.1:0", mailbox.Options{Kept: func(m mailbox.Mail) {
		if !strings.HasPrefix(m.To, "lost") {
			err := smtp.SendMail(cfg.Bounce.ListenSMTP, nil, "", []string{m.From}, []byte(reportTo(m.From, m.To, "5.1.1")))
			if err != nil {
				t.Errorf("the report to %s: %v", m.From, err)
			}
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	_, port, _ := net.SplitHostPort(box.Addr())
	if cfg.SMTP.Port, err = strconv.Atoi(port); err != nil {
		t.Fatal(err)
	}
	check := func(to string, wait time.Duration) finding {
		var log bytes.Buffer
		return (&app{errs: &log}).goesHome(t.Context(), cfg, bounceProbe{to: to, wait: wait})
	}
	if f := check("", time.Minute); !f.OK || !strings.Contains(f.Note, "by smtp (this command): 5.1.1 550 5.1.1 <(address)>: no such user here") {
		t.Errorf("alone: %+v", f)
	}
	if f := check("lost@example.net", 300*time.Millisecond); f.OK || !strings.Contains(f.Fault, "no report of it has come") {
		t.Errorf("lost: %+v", f)
	}
	h, err := open(t.Context(), cfg, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer h.db.Close()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.serve(ctx, l, http.NotFoundHandler()) }()
	eventually(t, "the daemon takes reports", func() bool {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", cfg.Bounce.ListenSMTP)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	if f := check("", time.Minute); !f.OK || !strings.Contains(f.Note, "by smtp (the daemon): 5.1.1") {
		t.Errorf("beside the daemon: %+v", f)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if again, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", cfg.Bounce.ListenSMTP); err != nil {
		t.Errorf("the port is not let go: %v", err)
	} else {
		_ = again.Close()
	}
	cfg.Bounce.Domain = ""
	if f := check("", time.Minute); f.OK || !strings.Contains(f.Fault, "bounce.domain") {
		t.Errorf("without a domain: %+v", f)
	}
	if n := len(box.Mails()); n != 3 || fmt.Sprint(box.Mails()[0].From) == fmt.Sprint(box.Mails()[2].From) {
		t.Errorf("%d mails", n)
	}
}
