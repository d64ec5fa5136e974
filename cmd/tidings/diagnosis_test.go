package main

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/doctor"
)

// records is a DNS with TXT records alone. "timeout" is one that does not answer.
type records map[string]string

func (r records) LookupTXT(_ context.Context, name string) ([]string, error) {
	text, there := r[name]
	if !there {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	if text == "timeout" {
		return nil, &net.DNSError{Err: "timeout", Name: name, IsTimeout: true}
	}
	return strings.Split(text, "\n"), nil
}

func (records) LookupMX(context.Context, string) ([]*net.MX, error) { return nil, nil }

func (records) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) { return nil, nil }

func (records) LookupAddr(context.Context, string) ([]string, error) { return nil, nil }

func TestMailThatCannotArriveIsHeldUntilItCan(t *testing.T) {
	t.Parallel()
	h, logs := testHouse(t, "bounce = \"b@agency.org\"\n[backup]\ndir = \"saved\"")
	day := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	twice := records{"agency.org": "v=spf1 -all\nv=spf1 mx -all"}
	for i, c := range []struct {
		dns  records
		do   func() error
		held bool
	}{
		{records{"agency.org": "timeout"}, nil, false},
		{twice, nil, true},
		{records{"agency.org": "timeout"}, nil, true}, // what is not known changes nothing
		{records{"agency.org": "v=spf1 mx -all"}, nil, false},
		{twice, nil, true},
		{twice, func() error {
			_, err := h.db.Overrule(t.Context(), day, "test", doctor.CheckSPF, "", false)
			return err
		}, false},
		{twice, func() error {
			_, err := h.db.Overrule(t.Context(), day, "test", doctor.CheckSPF, "", true)
			return err
		}, true},
		{twice, func() error {
			h.cfg.Doctor.Hold = false
			return nil
		}, false},
	} {
		h.dns = c.dns
		if c.do != nil {
			if err := c.do(); err != nil {
				t.Fatal(err)
			}
		}
		findings, err := h.checkMail(t.Context(), day)
		if err != nil {
			t.Fatal(err)
		}
		h.logFindings(t.Context(), findings, nil)
		held, err := h.db.HeldAll(t.Context())
		if err != nil || held.Holds() != c.held {
			t.Errorf("%d: held %+v, %v", i, held, err)
		}
		if c.held && (held.By != tidings.HeldByDoctor || !strings.HasPrefix(held.Reason, "spf: agency.org: it has 2 SPF records")) {
			t.Errorf("%d: %+v", i, held)
		}
	}
	for _, want := range []string{
		"level=WARN msg=doctor check=spf severity=hard", "level=WARN msg=\"all bulk mail is held\" why=\"spf: ", "level=INFO msg=\"bulk mail is no longer held",
		"check=backup severity=warn seen=\"none has been made\"",
	} {
		if !strings.Contains(logs.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, logs)
		}
	}
}

func TestAHoldEndsWhenAllThatMadeItIsMendedOrOverruledWhateverElseCannotBeAsked(t *testing.T) {
	t.Parallel()
	hard := func(check string) doctor.Finding {
		return doctor.Finding{Check: check, Severity: doctor.Hard, Seen: "wrong"}
	}
	dark := func(check string) doctor.Finding {
		return doctor.Finding{Check: check, Severity: doctor.Note, Unsure: true}
	}
	well := func(check string) doctor.Finding { return doctor.Finding{Check: check, Severity: doctor.OK} }
	const spf, dkim, dmarc = doctor.CheckSPF, doctor.CheckDKIM, doctor.CheckDMARC
	for name, c := range map[string]struct {
		first, then []doctor.Finding
		overruled   []string
		held        bool
	}{
		"overruled, another dark":        {[]doctor.Finding{hard(spf), dark(dmarc)}, []doctor.Finding{hard(spf), dark(dmarc)}, []string{spf}, false},
		"overruled and dark":             {[]doctor.Finding{hard(spf), well(dmarc)}, []doctor.Finding{dark(spf), well(dmarc)}, []string{spf}, false},
		"mended, another dark":           {[]doctor.Finding{hard(spf), dark(dmarc)}, []doctor.Finding{well(spf), dark(dmarc)}, nil, false},
		"one of two is overruled":        {[]doctor.Finding{hard(spf), hard(dkim)}, []doctor.Finding{hard(spf), hard(dkim)}, []string{spf}, true},
		"one of two, and the other dark": {[]doctor.Finding{hard(spf), hard(dmarc)}, []doctor.Finding{hard(spf), dark(dmarc)}, []string{spf}, true},
		"both, one of them dark":         {[]doctor.Finding{hard(spf), hard(dmarc)}, []doctor.Finding{hard(spf), dark(dmarc)}, []string{spf, dmarc}, false},
		"dark":                           {[]doctor.Finding{hard(spf)}, []doctor.Finding{dark(spf)}, nil, true},
		"another is hard now":            {[]doctor.Finding{hard(spf), dark(dkim)}, []doctor.Finding{well(spf), hard(dkim)}, nil, true},
	} {
		h, _ := testHouse(t, "")
		now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
		if err := h.heed(t.Context(), c.first, now); err != nil {
			t.Fatal(err)
		}
		doctor.Overrule(c.then, c.overruled)
		if err := h.heed(t.Context(), c.then, now.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if held, err := h.db.HeldAll(t.Context()); err != nil || held.Holds() != c.held {
			t.Errorf("%s: held %+v, %v", name, held, err)
		}
	}
}

func TestOverrulingACheckEndsItsHoldThoughDMARCCannotBeAsked(t *testing.T) {
	t.Parallel()
	h, _ := testHouse(t, "bounce = \"b@agency.org\"")
	h.cfg.Mail.From = "press@agency.org"
	h.dns = records{"agency.org": "v=spf1 -all", "_dmarc.agency.org": "timeout"}
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, overruled := range []bool{false, true} {
		if overruled {
			if _, err := h.db.Overrule(t.Context(), now, "test", doctor.CheckSPF, "we know", false); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := h.checkMail(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		if held, err := h.db.HeldAll(t.Context()); err != nil || held.Holds() == overruled {
			t.Errorf("overruled %t: held %+v, %v", overruled, held, err)
		}
	}
}

func TestTheDaemonJudgesByTheAddressesOfTheConfiguration(t *testing.T) {
	t.Parallel()
	for addresses, held := range map[string]bool{`"198.18.0.9"`: true, `"198.18.0.7"`: false, ``: false} {
		h, _ := testHouse(t, "bounce = \"b@agency.org\"\n[doctor]\naddresses = ["+addresses+"]")
		h.dns = records{"agency.org": "v=spf1 ip4:198.18.0.7 -all"}
		now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
		if _, err := h.checkMail(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		if got, err := h.db.HeldAll(t.Context()); err != nil || got.Holds() != held {
			t.Errorf("%s: held %+v, %v", addresses, got, err)
		}
		facts, err := h.facts(t.Context(), []string{"198.18.0.8"})
		if err != nil || len(facts.Addresses) != 1 || facts.Addresses[0].String() != "198.18.0.8" {
			t.Errorf("by --address: %+v, %v", facts, err)
		}
	}
}

func TestTheDoctorDoesNotEndWhatOthersHold(t *testing.T) {
	t.Parallel()
	h, _ := testHouse(t, "bounce = \"b@agency.org\"")
	h.dns = records{"agency.org": "v=spf1 mx -all"}
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	if err := h.db.Hold(t.Context(), tidings.Hold{By: tidings.HeldByDesk, Reason: "the minister is ill"}, now, "test"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.checkMail(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	if held, err := h.db.HeldAll(t.Context()); err != nil || held.Reason != "the minister is ill" {
		t.Errorf("%+v, %v", held, err)
	}
}

func TestADaemonThatIsAboutToMakeABackupDoesNotSayThatThereIsNone(t *testing.T) {
	t.Parallel()
	h, _ := testHouse(t, "bounce = \"b@agency.org\"")
	missing := func() []doctor.Finding { return []doctor.Finding{{Check: doctor.CheckBackup, Severity: doctor.Warn}} }
	if got := h.soonMended(missing()); len(got) != 1 {
		t.Errorf("nobody makes one: %v", got)
	}
	h.cfg.Backup.Dir = "saved"
	if got := h.soonMended(missing()); len(got) != 0 {
		t.Errorf("it makes one: %v", got)
	}
}
