package bounce

import (
	"errors"
	"io"
	"net"
	"net/smtp"
	"strings"
	"testing"

	smtpclient "github.com/emersion/go-smtp"

	"github.com/tidings/tidings"
)

// TestComplaintsComeToAnAddressOfTheirOwnAndAreBelievedByWhatTheyQuote sends them by SMTP and, as Postfix in front would, by LMTP.
func TestComplaintsComeToAnAddressOfTheirOwnAndAreBelievedByWhatTheyQuote(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "ana@example.net", "ben@example.net")
	at := d.listen(false)
	send := func(message string) {
		t.Helper()
		if err := smtp.SendMail(at, nil, "fbl@provider.example", []string{strings.ToUpper(feedback)}, []byte(message)); err != nil {
			t.Error(err)
		}
	}
	complaint := func(path string) string { return strings.ReplaceAll(sample(t, "arf.eml"), path7, path) }
	ana, ben := d.returnPath("ana@example.net"), d.returnPath("ben@example.net")
	send(complaint("b-1-" + ben[4:])) // forged
	send("From: fbl@provider.example\r\nSubject: confirm that you want reports\r\n\r\nhttps://provider.example/yes\r\n")
	send(strings.Replace(complaint(ben), "Feedback-Type: abuse", "Feedback-Type: not-spam", 1))
	if d.state("ana@example.net") != tidings.Active || d.state("ben@example.net") != tidings.Active {
		t.Errorf("ana is %s, ben %s", d.state("ana@example.net"), d.state("ben@example.net"))
	}
	for _, want := range []string{"ignored=1", "a mail to the address for complaints is no report"} {
		if !strings.Contains(d.log.String(), want) {
			t.Errorf("the log does not say %q: %s", want, d.log.String())
		}
	}
	send(complaint(ana))
	if d.state("ana@example.net") != tidings.Suppressed {
		t.Errorf("ana, who complained, is %s", d.state("ana@example.net"))
	}
	if err := sendLMTP(t, d.listen(true), feedback, complaint(ben)); err != nil || d.state("ben@example.net") != tidings.Suppressed {
		t.Errorf("by LMTP: %v, and ben is %s", err, d.state("ben@example.net"))
	}
}

// sendLMTP sends a mail, and gives what is said of it after its end.
func sendLMTP(t *testing.T, at, to, message string) error {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	c := smtpclient.NewClientLMTP(conn)
	defer c.Close()
	if err := errors.Join(c.Mail("", nil), c.Rcpt(to, nil)); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, message); err != nil {
		return err
	}
	_, err = w.CloseWithLMTPResponse()
	return err
}
