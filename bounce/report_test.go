package bounce

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
)

func sample(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const path7 = "b-7-abcdefghijklmnop@bounce.example.org"

func TestReportsOfEveryFormSayTheSame(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]Report{
		"postfix.eml": {
			Kind: tidings.Bounced, MessageID: "digest7@news.example.org", Paths: []string{path7},
			Recipients: []Recipient{{
				Address: "ana@example.net", Original: "ana@example.net", Action: "failed", Status: "5.1.1",
				Diagnostic: "550 5.1.1 <ana@example.net>: Recipient address rejected: User unknown",
			}},
		},
		"arf.eml": {
			Kind: tidings.Complained, Feedback: "abuse", MessageID: "8787KJKJ3K4J3K4J3K4J3.mail@example.net", Paths: []string{path7},
			Recipients: []Recipient{{Address: "user@example.com"}},
		},
		"qmail.eml": {
			Kind: tidings.Bounced, Paths: []string{path7},
			Recipients: []Recipient{{Action: "failed", Status: "5.1.1", Diagnostic: "Sorry, no mailbox here by that name. (#5.1.1)"}},
		},
		"exim.eml": {
			Kind: tidings.Bounced, Paths: []string{path7},
			Recipients: []Recipient{{Address: "ana@example.net", Action: "failed", Status: "5.2.2", Diagnostic: "552 5.2.2 The mailbox is full"}},
		},
	} {
		for ending, text := range map[string]string{
			"LF": sample(t, name), "CR LF": strings.ReplaceAll(sample(t, name), "\n", "\r\n"), "a pipe": "From MAILER-DAEMON  Tue Nov  3\n" + sample(t, name),
		} {
			got, ok := Parse([]byte(text))
			if diff := cmp.Diff(want, got); !ok || diff != "" {
				t.Errorf("%s, %s: %v, -want +got\n%s", name, ending, ok, diff)
			}
		}
	}
}

func TestWhatIsNoReportIsNone(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nothing":        "",
		"no mail":        "\x00\xff 550 5.1.1",
		"a person":       "From: ana@example.net\n\nI got 550 5.1.1 user unknown when I wrote to you.\n",
		"away":           "From: ana@example.net\nAuto-Submitted: auto-replied\n\nI am away. 550 5.1.1\n",
		"a robot's away": "From: postmaster@example.net\nAuto-Submitted: auto-replied\n\nUser unknown to me.\n",
		"still trying": strings.ReplaceAll(sample(t, "exim.eml"), "Subject: Mail delivery failed: returning message to sender",
			"Subject: Warning: message 1x delayed 24 hours"),
		"a delay in words": "From: MAILER-DAEMON@example.net\n\n451 4.4.1 no answer\nI will continue trying.\n",
		"nothing final":    "From: MAILER-DAEMON@example.net\n\nSomething went wrong.\n",
		"no group": "Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\n" +
			"Reporting-MTA: dns; a\n\n--x--\n",
	} {
		if got, ok := Parse([]byte(text)); ok {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// dsn is a notification with these groups.
func dsn(groups ...string) string {
	return "From: MAILER-DAEMON@x.example\nTo: " + path7 + "\nContent-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\n" +
		"Reporting-MTA: dns; x.example\n\n" + strings.Join(groups, "\n") + "\n--x--\n"
}

func TestAnActionThatIsNoFailureSaysNothingOfTheAddress(t *testing.T) {
	t.Parallel()
	group := func(action, status, diagnostic string) string {
		return "Final-Recipient: rfc822; ana@example.net\nAction: " + action + "\nStatus: " + status + "\nDiagnostic-Code: " + diagnostic + "\n"
	}
	for text, want := range map[string]string{
		dsn(group("failed", "5.1.1", "")):                                   "hard 5.1.1",
		dsn(group("Failed (bounced)", "5.1.10 (null MX)", "")):              "hard 5.1.10",
		dsn(group("failed", "5.0.0", "smtp; 550 5.1.1 User unknown")):       "hard 5.1.1",
		dsn(group("failed", "5.0.0", "smtp; 550 host 5.5.1.1 said no")):     "soft 5.0.0",
		dsn(group("failed", "5.2.1", "smtp; 550 5.7.1 no")):                 "hard 5.2.1",
		dsn(group("failed", "", "smtp;550 5.1.1 no")):                       "hard 5.1.1",
		dsn(group("failed", "", "x-unix; boom")):                            "soft 5.0.0",
		dsn(group("failed", "4.4.7", "")):                                   "soft 4.4.7",
		dsn(group("failed", "5.7.1", "")):                                   "alarm 5.7.1",
		dsn(group("delayed", "4.4.1", "")):                                  "nothing 4.4.1",
		dsn(group("delayed", "5.1.1", "")):                                  "nothing 5.1.1",
		dsn(group("relayed", "2.1.9", "")):                                  "nothing 2.1.9",
		dsn(group("delivered", "5.1.1", "")):                                "nothing 5.1.1",
		dsn(group("expanded", "2.0.0", "")):                                 "nothing 2.0.0",
		strings.ReplaceAll(dsn(group("failed", "5.1.1", "")), "\n", "\r\n"): "hard 5.1.1",
	} {
		r, ok := Parse([]byte(text))
		if !ok {
			t.Errorf("%s\nis no report", text)
			continue
		}
		one := r.Of("ana@example.net")
		if got := string(one.verdict()) + " " + one.Status; got != want {
			t.Errorf("%s\nis %s, want %s", text, got, want)
		}
	}
}

func TestOfSeveralRecipientsTheOneWeWroteToCounts(t *testing.T) {
	t.Parallel()
	group := func(final, original, status string) string {
		return "Final-Recipient: rfc822; " + final + "\nOriginal-Recipient: rfc822; " + original + "\nAction: failed\nStatus: " + status + "\n"
	}
	r, ok := Parse([]byte(dsn(
		group("one@inside.example", "", "5.1.1"), group("two@inside.example", "List@example.net", "5.2.2"), group("three@inside.example", "", "5.7.1"))))
	if !ok || len(r.Recipients) != 3 {
		t.Fatalf("%+v, %v", r, ok)
	}
	if got := r.Of("list@example.net"); got.Status != "5.2.2" {
		t.Errorf("the list itself: %+v", got)
	}
	if got := r.Of("one@inside.example"); got.Status != "5.1.1" {
		t.Errorf("a member: %+v", got)
	}
	if got := r.Of("ana@example.net"); got.Status != "5.7.1" {
		t.Errorf("nobody of them, so the mildest: %+v", got)
	}
}

func TestOfAnAliasesTargetsTheMildestWordCounts(t *testing.T) {
	t.Parallel()
	group := func(final, action, status string) string {
		return "Final-Recipient: rfc822; " + final + "\nOriginal-Recipient: rfc822; ana@example.net\nAction: " + action + "\nStatus: " + status + "\n"
	}
	gone, there := group("old@home.example", "failed", "5.1.1"), group("new@home.example", "delivered", "2.0.0")
	full, own := group("full@home.example", "failed", "5.2.2"), group("Ana@example.net", "failed", "5.2.1")
	for want, groups := range map[string][]string{
		"nothing 2.0.0": {gone, there}, "soft 5.2.2": {gone, full}, "hard 5.2.1": {full, own, there}, "hard 5.1.1": {gone},
	} {
		for range 2 {
			r, ok := Parse([]byte(dsn(groups...)))
			one := r.Of("ana@example.net")
			if got := string(one.verdict()) + " " + one.Status; !ok || got != want {
				t.Errorf("%s\nis %s, want %s", strings.Join(groups, "\n"), got, want)
			}
			slices.Reverse(groups)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"postfix.eml", "arf.eml", "qmail.eml", "exim.eml"} {
		f.Add([]byte(sample(f, name)))
	}
	f.Add([]byte(dsn("Action: failed\n")))
	f.Fuzz(func(t *testing.T, message []byte) {
		r, ok := Parse(message)
		if ok != (r.Kind != "") || ok && r.Kind == tidings.Bounced && len(r.Recipients) == 0 || len(r.Paths) > pathsMost {
			t.Errorf("%v: %+v", ok, r)
		}
		one := r.Of("ana@example.net")
		if v := one.verdict(); v != tidings.BounceNothing && !statusShape.MatchString(one.Status) {
			t.Errorf("%s follows from %q", v, one.Status)
		}
	})
}

func TestAGroupWithAFaultIsReadToItsEnd(t *testing.T) {
	t.Parallel()
	for what, group := range map[string]string{
		"a line without a colon":   "Final-Recipient: rfc822; ana@example.net\nthis is no field\n that goes on: 2.0.0\nAction: failed\nStatus: 5.1.1\n",
		"a space before the colon": "Final-Recipient : rfc822; ana@example.net\nAction : failed\nStatus\t: 5.1.1\n",
		"a line that goes on":      "Final-Recipient: rfc822;\n ana@example.net\n: nothing\n more of it\nAction:\n\tfailed\nStatus: 5.1.1\n",
		"one that begins so":       " : what\nFinal-Recipient: rfc822; ana@example.net\nAction: failed\nStatus: 5.1.1\n",
	} {
		for _, text := range []string{dsn(group), strings.ReplaceAll(dsn(group), "\n", "\r\n")} {
			r, ok := Parse([]byte(text))
			want := Recipient{Address: "ana@example.net", Action: "failed", Status: "5.1.1"}
			if got := r.Of("ana@example.net"); !ok || got != want {
				t.Errorf("%s: %v, %+v", what, ok, got)
			}
		}
	}
}
