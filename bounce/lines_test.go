package bounce

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

// longReport is a report that quotes a mail with a line of so many octets.
func longReport(to string, octets int) string {
	report := reportOf(to, "failed", "5.1.1")
	end := strings.LastIndex(report, "--")
	end = strings.LastIndex(report[:end], "--")
	return report[:end] + "--" + strings.Repeat("x", octets) + "\n" + report[end:]
}

func TestAReportWithALineOfAnyLengthIsTaken(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "ana@example.net", "ben@example.net", "eve@example.net")
	ana, ben, eve := d.returnPath("ana@example.net"), d.returnPath("ben@example.net"), d.returnPath("eve@example.net")
	if err := smtp.SendMail(d.listen(false), nil, "", []string{ana}, []byte(longReport(ana, 3<<20))); err != nil {
		t.Errorf("by SMTP: %v", err)
	}
	if err := sendLMTP(t, d.listen(true), ben, longReport(ben, 5000)); err != nil {
		t.Errorf("by LMTP: %v", err)
	}
	if d.state("ana@example.net") != tidings.Suppressed || d.state("ben@example.net") != tidings.Suppressed {
		t.Errorf("ana is %s, ben %s", d.state("ana@example.net"), d.state("ben@example.net"))
	}
	for octets, what := range map[int]string{5 << 20: "one line", 0: "many lines"} {
		message := longReport(eve, octets) + strings.Repeat(strings.Repeat("y", 70)+"\n", 80000)
		err := smtp.SendMail(d.listen(false), nil, "", []string{eve}, []byte(message))
		if err == nil || !strings.HasPrefix(err.Error(), "552 ") {
			t.Errorf("a mail beyond the limit, %s: %v", what, err)
		}
	}
}

func TestAChunkWithALongLineIsTaken(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "ana@example.net")
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", d.listen(false))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	ana := d.returnPath("ana@example.net")
	report := strings.ReplaceAll(longReport(ana, 1<<20), "\n", "\r\n")
	first := len(report) / 2
	fmt.Fprintf(conn, "EHLO y.example\r\nMAIL FROM:<>\r\nRCPT TO:<%s>\r\nBDAT %d\r\n%sBDAT %d LAST\r\n%sQUIT\r\n",
		ana, first, report[:first], len(report)-first, report[first:])
	said, err := io.ReadAll(conn)
	if err != nil || d.state("ana@example.net") != tidings.Suppressed {
		t.Errorf("%v, and ana is %s; the server said\n%s", err, d.state("ana@example.net"), said)
	}
}

func TestACommandWithoutAnEndIsNotKept(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c, trusts := certificate(t, t.TempDir(), 1)
	d.tls = c.Config()
	at := d.listen(false)
	for what, secure := range map[string]bool{"in clear": false, "by TLS": true} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
		client, err := smtp.NewClient(conn, "127.0.0.1")
		if err != nil {
			t.Fatal(err)
		}
		if secure {
			if err := client.StartTLS(&tls.Config{ServerName: "127.0.0.1", RootCAs: trusts, MinVersion: tls.VersionTLS12}); err != nil {
				t.Fatal(err)
			}
		}
		// It may have hung up before that is out.
		_, _ = io.WriteString(client.Text.W, strings.Repeat("x", 2*unansweredMost))
		_ = client.Text.W.Flush()
		_, err = io.ReadAll(client.Text.R)
		if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
			t.Errorf("%s: it goes on listening", what)
		}
		_ = client.Close()
	}
}
