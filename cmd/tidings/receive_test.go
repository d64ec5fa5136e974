package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/smtp"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/config"
	"github.com/tidings/tidings/mailer/mailbox"
	"github.com/tidings/tidings/store/storetest"
)

var mailtoLink = regexp.MustCompile(`<mailto:([^?>]+)\?subject=([^>]+)>`)

// leaveMail is the mail that a reader's program sends when they press "unsubscribe", as a mail's header has it.
func leaveMail(header string) (to, mail string, err error) {
	m := mailtoLink.FindStringSubmatch(header)
	if m == nil {
		return "", "", fmt.Errorf("no mailto: in %q", header)
	}
	subject, err := url.QueryUnescape(m[2])
	return m[1], "From: reader@example.net\r\nTo: " + m[1] + "\r\nSubject: " + subject + "\r\n\r\nThis message was made by a mail program.\r\n", err
}

// leavemail N FILE: writes into FILE the mail by which the reader of the N-th mail in the mailbox unsubscribes.
func leaveMailCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: leavemail N FILE")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	mails := relayOf(ts).box.Mails()
	if n < 1 || n > len(mails) {
		ts.Fatalf("there are %d mails", len(mails))
	}
	v, err := mailbox.Read(mails[n-1].Data)
	ts.Check(err)
	for _, h := range v.Headers {
		if h.Name == "List-Unsubscribe" {
			_, mail, err := leaveMail(h.Value)
			ts.Check(err)
			ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(mail), 0o600))
			return
		}
	}
	ts.Fatalf("it has no List-Unsubscribe")
}

// receiving runs `tidings receive` over a demo's database.
func receiving(t *testing.T, dir string, mail io.Reader) result {
	t.Helper()
	var out, errs bytes.Buffer
	a := &app{in: mail, out: &out, errs: &errs, now: time.Now}
	code := a.run(t.Context(), []string{"receive", "--config", filepath.Join(dir, "tidings.toml")})
	return result{code, out.String(), errs.String()}
}

// readersMail is the first mail of a demo, and the one by which its reader unsubscribes.
func readersMail(t *testing.T, dir string) (reader, to, mail string) {
	t.Helper()
	first := readMails(t, dir)[0]
	to, mail, err := leaveMail(first.header.get("List-Unsubscribe"))
	if err != nil {
		t.Fatal(err)
	}
	return first.to, to, mail
}

func stateOf(t *testing.T, dir, address string) tidings.SubscriberState {
	t.Helper()
	s, err := storetest.Open(t, filepath.Join(dir, "tidings.db")).Subscriber(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	return s.State
}

func TestMailThatCannotBeDealtWithNowIsToComeAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	demoOnce(t, time.Now, dir)
	reader, _, mail := readersMail(t, dir)
	other, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "tidings.db")+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	writing, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]result{
		"a busy database":    receiving(t, dir, strings.NewReader(mail)),
		"no configuration":   receiving(t, t.TempDir(), strings.NewReader(mail)),
		"a pipe that breaks": receiving(t, dir, io.MultiReader(strings.NewReader(mail), iotest.ErrReader(io.ErrUnexpectedEOF))),
	} {
		if r.code != exitLater || r.err == "" {
			t.Errorf("%s: exit code %d: %s", name, r.code, r.err)
		}
	}
	if err := writing.Rollback(); err != nil {
		t.Fatal(err)
	}
	if got := stateOf(t, dir, reader); got != tidings.Active {
		t.Errorf("the reader is %s", got)
	}
	if r := receiving(t, dir, strings.NewReader(mail)); r.code != exitDone || stateOf(t, dir, reader) != tidings.Left {
		t.Errorf("again: exit code %d, and the reader is %s: %s", r.code, stateOf(t, dir, reader), r.err)
	}
}

func TestAnAnswerOfSomebodyWhoIsAwayUnsubscribesNobody(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	demoOnce(t, time.Now, dir)
	reader, _, mail := readersMail(t, dir)
	for name, automatic := range map[string]string{
		"away":     "Auto-Submitted: auto-replied\r\n" + strings.Replace(mail, "Subject: ", "Subject: Automatic reply: ", 1),
		"a bounce": "Return-Path: <>\r\nContent-Type: multipart/report; boundary=x\r\n" + strings.Replace(mail, "Subject: ", "Subject: Undelivered: ", 1),
	} {
		r := receiving(t, dir, strings.NewReader(automatic))
		if r.code != exitDone || !strings.Contains(r.err, "was sent by a program: nobody was unsubscribed") || !strings.Contains(r.err, "because=") {
			t.Errorf("%s: exit code %d: %s", name, r.code, r.err)
		}
		if got := stateOf(t, dir, reader); got != tidings.Active {
			t.Fatalf("%s: the reader is %s", name, got)
		}
	}
	if r := receiving(t, dir, strings.NewReader("Auto-Submitted: auto-generated\r\n"+mail)); r.code != exitDone || stateOf(t, dir, reader) != tidings.Left {
		t.Errorf("their program sent what our link made: exit code %d: %s", r.code, r.err)
	}
}

func TestOfAHugeMailNoMoreThanItsBeginningIsRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	demoOnce(t, time.Now, dir)
	reader, _, mail := readersMail(t, dir)
	huge := &counted{Reader: io.MultiReader(strings.NewReader("Subject: x\r\n\r\n"),
		strings.NewReader(strings.Repeat("x ", receiveMost)), strings.NewReader(mail))}
	if r := receiving(t, dir, huge); r.code != exitDone || !strings.Contains(r.err, "octets="+strconv.Itoa(receiveMost)) {
		t.Errorf("exit code %d: %s", r.code, r.err)
	}
	if got := stateOf(t, dir, reader); got != tidings.Active || huge.n <= 2*receiveMost {
		t.Errorf("the reader is %s, and %d octets were taken from the pipe", got, huge.n)
	}
}

type counted struct {
	io.Reader
	n int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += n
	return n, err
}

func TestMailToTheDemosAddressForUnsubscribingIsDealtWith(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	dir := filepath.Dir(d.config)
	cfg, err := config.Load(d.config)
	if err != nil {
		t.Fatal(err)
	}
	relay := net.JoinHostPort(cfg.SMTP.Host, strconv.Itoa(cfg.SMTP.Port))
	reader, to, mail := readersMail(t, dir)
	if to != demoLeave {
		t.Fatalf("mails are to go to %s", to)
	}
	for _, recipient := range []string{"press@motie.example", strings.ToUpper(to)} {
		if got := stateOf(t, dir, reader); got != tidings.Active {
			t.Errorf("before the mail to %s the reader is %s", recipient, got)
		}
		if err := smtp.SendMail(relay, nil, "reader@example.net", []string{recipient}, []byte(mail)); err != nil {
			t.Fatal(err)
		}
	}
	if got := stateOf(t, dir, reader); got != tidings.Left {
		t.Errorf("the reader is %s", got)
	}
}

func TestLetterThatTheDaemonPostsLeavesAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	demoOnce(t, time.Now, dir)
	kept := make(chan mailbox.Mail, 1)
	box, err := mailbox.Listen("127.0.0.1:0", mailbox.Options{Kept: func(m mailbox.Mail) { kept <- m }})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	cfg, err := config.Load(filepath.Join(dir, "tidings.toml"))
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(box.Addr())
	if cfg.SMTP.Port, err = strconv.Atoi(port); err != nil {
		t.Fatal(err)
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
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	form := tidings.SignUpForm{
		Address: "visitor@example.net", Language: "en", Choices: []tidings.Choice{{Cadence: tidings.Weekly, Hour: tidings.AnyHour}},
		Form: "page", Wording: "1", From: netip.MustParseAddr("192.0.2.1"),
	}
	if a, err := h.service().SignUp(t.Context(), form, time.Now()); err != nil || a != tidings.Admitted {
		t.Fatalf("%s, %v", a, err)
	}
	late := time.NewTimer(20 * time.Second) // with a machine at its limit, and before most ticks of the minute
	defer late.Stop()
	select {
	case m := <-kept:
		if m.To != form.Address || !strings.Contains(string(m.Data), "/confirm/") {
			t.Errorf("to %s:\n%s", m.To, m.Data)
		}
	case <-late.C:
		t.Error("it has not left")
	}
}
