package mailbox_test

import (
	"bytes"
	"net/smtp"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tidings/tidings/mailer/mailbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const sample = "From: =?utf-8?B?7IKw7JeF67aA?= <news@example.org>\r\n" +
	"To: reader@example.com\r\n" +
	"Subject: =?utf-8?q?Caf=C3=A9?=\r\n and more\r\n" +
	"Date: Mon, 30 Mar 2026 07:00:00 +0900\r\n" +
	"Message-ID: <1@example.org>\r\n" +
	"MIME-Version: 1.0\r\n" +
	"Content-Type: multipart/alternative; boundary=b\r\n\r\n" +
	"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n7JWI64WVDQo=\r\n" +
	"--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
	"<p>=EC=95=88=EB=85=95</p>\r\n..\r\n--b--\r\n"

func TestBoxKeepsExactlyTheOctetsOfData(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "mail")
	box, err := mailbox.Listen("127.0.0.1:0", mailbox.Options{Folder: folder})
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{"one@example.com", "two@example.com"} {
		if err := smtp.SendMail(box.Addr(), nil, "news@example.org", []string{to}, []byte(sample)); err != nil {
			t.Fatal(err)
		}
	}
	if err := box.Close(); err != nil {
		t.Fatal(err)
	}
	mails := box.Mails()
	if len(mails) != 2 || mails[1].To != "two@example.com" || mails[1].From != "news@example.org" || mails[1].Index != 2 {
		t.Fatalf("%+v", mails)
	}
	kept, err := os.ReadFile(filepath.Join(folder, "0002.eml"))
	if err != nil || string(kept) != sample || !bytes.Equal(kept, mails[1].Data) {
		t.Errorf("%q, %v", kept, err)
	}
}

func TestBoxListensOnLoopbackAlone(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{":0", "0.0.0.0:0", "192.0.2.1:25", "mail.example.org:25", "nonsense"} {
		if box, err := mailbox.Listen(addr, mailbox.Options{}); err == nil {
			t.Errorf("%s was taken", addr)
			_ = box.Close()
		}
	}
}

func TestRefusedMailIsNotKept(t *testing.T) {
	t.Parallel()
	box, err := mailbox.Listen("127.0.0.1:0", mailbox.Options{Reply: func(p mailbox.Phase, _, to string) error {
		if p == mailbox.Dot && to == "no@example.com" {
			return mailbox.Refusal(554, "5.6.0", "not this one")
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	err = smtp.SendMail(box.Addr(), nil, "news@example.org", []string{"no@example.com"}, []byte(sample))
	if err == nil || !strings.Contains(err.Error(), "5.6.0 not this one") || len(box.Mails()) != 0 {
		t.Errorf("%v, %d mails", err, len(box.Mails()))
	}
}

func TestWhoeverWantsToIsToldOfAMailThatIsKept(t *testing.T) {
	t.Parallel()
	told := make(chan mailbox.Mail, 1)
	box, err := mailbox.Listen("127.0.0.1:0", mailbox.Options{Kept: func(m mailbox.Mail) { told <- m }})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	if err := smtp.SendMail(box.Addr(), nil, "reader@example.com", []string{"leave@example.org"}, []byte(sample)); err != nil {
		t.Fatal(err)
	}
	if m := <-told; m.To != "leave@example.org" || string(m.Data) != sample || m.Index != 1 {
		t.Errorf("%+v", m)
	}
}

func TestFileThatIsThereIsNeitherOverwrittenNorFollowed(t *testing.T) {
	t.Parallel()
	const mine = "mine"
	for name, link := range map[string]bool{"file": false, "link": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder, kept := t.TempDir(), filepath.Join(t.TempDir(), "kept")
			place := filepath.Join(folder, "0001.eml")
			if !link {
				kept = place
			}
			err := os.WriteFile(kept, []byte(mine), 0o600)
			if link && err == nil {
				err = os.Symlink(kept, place)
			}
			if err != nil {
				t.Fatal(err)
			}
			box, err := mailbox.Listen("127.0.0.1:0", mailbox.Options{Folder: folder})
			if err != nil {
				t.Fatal(err)
			}
			defer box.Close()
			err = smtp.SendMail(box.Addr(), nil, "news@example.org", []string{"one@example.com"}, []byte(sample))
			if err == nil || len(box.Mails()) != 0 {
				t.Errorf("%v, %d mails", err, len(box.Mails()))
			}
			if text, err := os.ReadFile(kept); err != nil || string(text) != mine {
				t.Errorf("%q, %v", text, err)
			}
		})
	}
}

func TestReadShowsTheMailAsItsReaderSeesIt(t *testing.T) {
	t.Parallel()
	v, err := mailbox.Read([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]string{
		"Subject": {v.Subject, "Café and more"}, "From": {v.From, "산업부 <news@example.org>"},
		"To": {v.To, "reader@example.com"}, "MessageID": {v.MessageID, "1@example.org"},
		"Text": {v.Text, "안녕\n"}, "HTML": {v.HTML, "<p>안녕</p>\n.."},
		"Date": {v.Date.UTC().Format(time.RFC3339), "2026-03-29T22:00:00Z"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %q, want %q", name, pair[0], pair[1])
		}
	}
	if len(v.Headers) != 7 || v.Headers[2] != (mailbox.Header{Name: "Subject", Value: "Café and more"}) {
		t.Errorf("headers: %q", v.Headers)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("Date: Mon, 30 Mar 2026 07:00:00 +0900\r\nContent-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n"))
	f.Add([]byte(" folded first\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := mailbox.Read(data)
		if err == nil && v.Date.IsZero() && len(v.Headers) == 0 {
			t.Error("read a mail in what holds none")
		}
	})
}
