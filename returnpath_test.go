package tidings

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestAReturnPathIsOfOneMailAloneAndCannotBeForged(t *testing.T) {
	t.Parallel()
	ring := func(letters string) Keyring {
		var keys [][]byte
		for _, l := range letters {
			keys = append(keys, bytes.Repeat([]byte(string(l)), 32))
		}
		k, err := NewKeyring(keys...)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	sent := time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)
	date := func(ReturnPath) (time.Time, error) { return sent, nil }
	k := ring("a")
	shape := regexp.MustCompile(`^b-[lp]?\d+-[a-z2-7]{16}$`)
	seen := map[string]bool{}
	for _, p := range []ReturnPath{{DeliveryMail, 7}, {LetterMail, 7}, {ProbeMail, 7}, {DeliveryMail, 1 << 40}} {
		at := sent
		if p.Kind == ProbeMail {
			at = time.Time{}
		}
		local := k.ReturnLocal(p, at)
		if !shape.MatchString(local) || seen[local[strings.LastIndex(local, "-"):]] {
			t.Errorf("%v is %q", p, local)
		}
		seen[local[strings.LastIndex(local, "-"):]] = true
		for _, spelling := range []string{local, strings.ToUpper(local)} {
			if got, err := ring("ba").VerifyReturn(spelling, date); err != nil || got != p {
				t.Errorf("%q is read as %v, %v", spelling, got, err)
			}
		}
		if _, err := ring("b").VerifyReturn(local, date); !errors.Is(err, ErrBadToken) {
			t.Errorf("with another key: %v", err)
		}
	}
	local := k.ReturnLocal(ReturnPath{DeliveryMail, 7}, sent)
	for _, forged := range []string{
		"", "b-", "bounce", "b-7-", "b-8" + local[3:], "b-l7" + local[3:], "b-07" + local[3:], "b-+7" + local[3:], local + "a", local[:len(local)-1] + "=",
		local[1:], " " + local, "b--7" + local[3:], "b-0" + local[3:], "b-99999999999999999999" + local[3:],
	} {
		if got, err := k.VerifyReturn(forged, date); !errors.Is(err, ErrBadToken) {
			t.Errorf("%q is read as %v, %v", forged, got, err)
		}
	}
	other := func(ReturnPath) (time.Time, error) { return sent.Add(time.Second), nil }
	if _, err := k.VerifyReturn(local, other); !errors.Is(err, ErrBadToken) {
		t.Errorf("of a mail that was given the same number after a restore: %v", err)
	}
	if _, err := k.VerifyReturn(local, func(ReturnPath) (time.Time, error) { return sent, ErrNotFound }); !errors.Is(err, ErrBadToken) {
		t.Errorf("of no mail: %v", err)
	}
	if _, err := k.VerifyReturn(local, func(ReturnPath) (time.Time, error) { return sent, ErrBusy }); !errors.Is(err, ErrBusy) {
		t.Errorf("a fault of the database: %v", err)
	}
}

func TestAStatusSaysWhoseFaultABounceIs(t *testing.T) {
	t.Parallel()
	for verdict, statuses := range map[BounceVerdict]string{
		BounceHard:    "5.1.1 5.1.2 5.1.3 5.1.6 5.1.10 5.2.1",
		BounceSoft:    "5.2.2 4.0.0 4.2.2 4.4.7 4.7.1 5.0.0 5.1.0 5.1.11 5.2.0 5.3.0 5.4.4 5.5.0",
		BounceAlarm:   "5.1.7 5.1.8 5.3.4 5.7.1 5.7.26 5.7.509 5.6.1",
		BounceNothing: "2.0.0 2.1.5 x 5 5.1 6.1.1 55.1.1",
	} {
		for _, status := range append(strings.Fields(statuses), "") {
			if got := VerdictOf(status); got != verdict && status != "" || status == "" && got != BounceNothing {
				t.Errorf("%q: %s, want %s", status, got, verdict)
			}
		}
	}
	order := []BounceVerdict{BounceNothing, BounceAlarm, BounceSoft, BounceHard}
	for i, v := range order {
		for j, w := range order {
			if v.Worse(w) != (i > j) || v.Milder(w) != order[min(i, j)] {
				t.Errorf("%s and %s", v, w)
			}
		}
	}
}
