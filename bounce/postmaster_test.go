package bounce

import (
	"net/smtp"
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

func TestThePostmasterOfTheBounceDomainTakesMail(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "ana@example.net", "ben@example.net")
	at := d.listen(false)
	send := func(message string) {
		t.Helper()
		if err := smtp.SendMail(at, nil, "fbl@provider.example", []string{"PostMaster@" + strings.ToUpper(domain)}, []byte(message)); err != nil {
			t.Error(err)
		}
	}
	complaint := func(path string) string { return strings.ReplaceAll(sample(t, "arf.eml"), path7, path) }
	ana, ben := d.returnPath("ana@example.net"), d.returnPath("ben@example.net")
	send(complaint(ana))
	send(complaint("b-1-" + ben[4:])) // forged
	send("From: fbl@provider.example\r\nSubject: confirm that you want reports\r\n\r\nhttps://provider.example/yes\r\n")
	if d.state("ana@example.net") != tidings.Suppressed || d.state("ben@example.net") != tidings.Active {
		t.Errorf("ana is %s, ben %s", d.state("ana@example.net"), d.state("ben@example.net"))
	}
	if !strings.Contains(d.log.String(), `level=WARN msg="a mail to the postmaster is no report: it is passed over" via=smtp ignored=1`) {
		t.Errorf("the log: %s", d.log.String())
	}
	if err := sendLMTP(t, d.listen(true), "postmaster@"+domain, complaint(ben)); err != nil || d.state("ben@example.net") != tidings.Suppressed {
		t.Errorf("by LMTP: %v, and ben is %s", err, d.state("ben@example.net"))
	}
}
