package faulty_test

import (
	"bufio"
	"errors"
	"fmt"
	"net/smtp"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/tidings/tidings/mailer/faulty"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const message = "Message-ID: <1@example.org>\r\nDate: Mon, 30 Mar 2026 07:00:00 +0900\r\n\r\nHello.\r\n"

func TestWhatItTookIsKnownAndSoIsWhatItDidNotAnswer(t *testing.T) {
	t.Parallel()
	s, err := faulty.Listen(faulty.Options{Script: func(at faulty.At) faulty.Fault {
		return map[string]faulty.Fault{
			"rcpt b@example.com": faulty.Permanent, "dot c@example.com": faulty.Temporary, "dot d@example.com": faulty.Close,
		}[strings.ToLower(string(at.Phase))+" "+at.To]
	}})
	if err != nil {
		t.Fatal(err)
	}
	for to, ok := range map[string]bool{"a@example.com": true, "b@example.com": false, "c@example.com": false, "d@example.com": false} {
		if err := smtp.SendMail(s.Addr(), nil, "news@example.org", []string{to}, []byte(message)); (err == nil) != ok {
			t.Errorf("%s: %v", to, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	got := map[string]faulty.Receipt{}
	for _, r := range s.Receipts() {
		got[r.To] = r
	}
	a, d := got["a@example.com"], got["d@example.com"]
	if len(got) != 2 || a.Hash != d.Hash || a.MessageID != "<1@example.org>" || a.Date != "Mon, 30 Mar 2026 07:00:00 +0900" {
		t.Errorf("%+v", got)
	}
	if s.Unanswered() != 1 || s.Dials() != 4 || s.Open() != 0 {
		t.Errorf("%d unanswered, %d of %d connections open", s.Unanswered(), s.Open(), s.Dials())
	}
}

func TestWhatIsPipelinedIsAnsweredInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, err := faulty.Serve(faulty.Options{})
		if err != nil {
			t.Fatal(err)
		}
		conn, err := s.Dial(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		envelope := "MAIL FROM:<news@example.org>\r\nRCPT TO:<a@example.com>\r\nDATA\r\n"
		fmt.Fprint(conn, "EHLO me\r\n"+envelope)
		fmt.Fprint(conn, message+".\r\n"+envelope)
		fmt.Fprint(conn, message+".\r\nQUIT\r\n")
		codes := ""
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			if line := lines.Text(); line[3] == ' ' {
				codes += line[:4]
			}
		}
		if want := "220 250 250 250 354 250 250 250 354 250 221 "; codes != want || s.Taken() != 2 {
			t.Errorf("%q, not %q; %d mails", codes, want, s.Taken())
		}
		_ = conn.Close()
		_ = s.Close()
	})
}

func TestConnectionInMemoryBuffersEndsAndIsLateAsASocketIs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, err := faulty.Serve(faulty.Options{Script: func(at faulty.At) faulty.Fault {
			if at.Connection == 1 {
				return faulty.None
			}
			return map[faulty.Phase]faulty.Fault{faulty.Greeting: faulty.Hang}[at.Phase]
		}})
		if err != nil {
			t.Fatal(err)
		}
		quick, err := s.Dial(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := quick.Write([]byte("QUIT\r\n")); err != nil { // before anything is read
			t.Error(err)
		}
		hung, err := s.Dial(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		_ = hung.SetDeadline(started.Add(time.Minute))
		if n, err := hung.Write(make([]byte, 1<<20)); err == nil || n == 0 {
			t.Errorf("a relay that reads nothing took %d octets: %v", n, err)
		}
		_, err = hung.Read(make([]byte, 1))
		if !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(started) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(started))
		}
		if s.Open() != 2 {
			t.Errorf("%d are open", s.Open())
		}
		_, _ = quick.Close(), hung.Close()
		if s.Open() != 0 {
			t.Errorf("%d are open", s.Open())
		}
		_ = s.Close()
	})
}
