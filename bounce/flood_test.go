package bounce

import (
	"net/smtp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestMailsThatAreNotTakenDoNotFillTheLog has strangers ask for made-up return paths, write to the address for complaints, and a database
// that is at fault.
func TestMailsThatAreNotTakenDoNotFillTheLog(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "ana@example.net")
	at, ana := d.listen(false), d.returnPath("ana@example.net")
	const many = 30
	says := func(when, what string, lines int, last string) {
		t.Helper()
		if n := strings.Count(d.log.String(), what); n != lines || !strings.Contains(d.log.String(), what+last) {
			t.Errorf("%s: %d lines, want %d, the last one with %s; the log: %s", when, n, lines, last, d.log.String())
		}
	}
	to := func(address string) {
		t.Helper()
		c, err := smtp.Dial(at)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		if err := c.Mail(""); err != nil {
			t.Fatal(err)
		}
		for range many {
			if err := c.Rcpt(address); err == nil {
				t.Fatalf("%s was taken", address)
			}
		}
	}
	const (
		forged = `level=WARN msg="a mail to a return path that we did not make was refused" via=smtp ignored=`
		fault  = `level=ERROR msg="a mail could not be taken now, and is to come again" via=smtp refused=`
		chat   = `level=WARN msg="a mail to the address for complaints is no report: it is passed over" via=smtp ignored=`
	)
	round := func(when string, lines int, last string) {
		t.Helper()
		to(strings.Replace(ana, "b-", "b-9", 1)) // a code of another mail
		says(when, forged, lines, last+"\n")
		d.rename("deliveries", "elsewhere")
		to(ana)
		d.rename("elsewhere", "deliveries")
		says(when, fault, lines, last+" error=")
		for range many {
			if err := smtp.SendMail(at, nil, "", []string{feedback}, []byte("Subject: x\r\n\r\nHello.\r\n")); err != nil {
				t.Fatal(err)
			}
		}
		says(when, chat, lines, last+" octets=")
	}
	round("at first", 1, "1")
	d.late.Store(int64(59 * time.Second))
	round("within the minute", 1, "1")
	d.late.Store(int64(time.Minute))
	round("after a minute", 2, strconv.Itoa(2*many))
}
