package mailer

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings/mailer/mailbox"
)

func TestEachFailureIsOneWarningAndTheRunOneLineOfCounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 3, mailbox.Options{Reply: func(p mailbox.Phase, _, to string) error {
			if p == mailbox.To && to != "reader0001@example.com" {
				return mailbox.Refusal(550, "5.1.1", "<"+to+">: no such user")
			}
			return nil
		}})
		stop := running(t, o.mailer(2))
		<-time.After(time.Second)
		stop()
		for _, number := range []string{"delivery=33554433 ", "delivery=33554435 "} {
			got := o.log.with(number)
			if len(got) != 1 || !strings.Contains(got[0], "level=WARN") || !strings.Contains(got[0], "550 5.1.1") ||
				!strings.Contains(got[0], "no such user") {
				t.Errorf("%s: %q", number, got)
			}
		}
		if got := o.log.with("mail sent"); len(got) != 1 ||
			!strings.Contains(got[0], " sent=1 deferred=0 failed=2 suppressed=0 uncertain=0 held=0\n") {
			t.Errorf("counts: %q", got)
		}
		if got := o.log.with("example.com"); got != nil {
			t.Errorf("addresses in the log: %q", got)
		}
	})
}

func TestNoAddressStaysInAReply(t *testing.T) {
	t.Parallel()
	for reply, want := range map[string]string{
		"550 5.1.1 <kim@example.org>: unknown":             "550 5.1.1 <(address)>: unknown",
		"554 kim@example.org rejected, not bob@b.org":      "554 (address) rejected, not (address)",
		`see https://r.example/?a=kim%40example.org&b (x)`: "see (address) (x)",
		"rfc822;kim=40example.org":                         "rfc822;(address)",
		"451 4.3.0 later":                                  "451 4.3.0 later",
		"<김민지@예시.한국>":                                      "<(address)>",
	} {
		if got := withoutAddresses(reply); got != want {
			t.Errorf("%q became %q, want %q", reply, got, want)
		}
	}
}
