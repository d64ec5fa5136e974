package web

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

// How a form that comes back is told from one that a program made up.
const (
	formAge  = 2 * time.Second // no person is faster
	formLife = 24 * time.Hour
	unproven = 60        // forms in an hour that are taken without the work that was asked for
	maxSpent = 100_000   // stamps that are remembered, so that work is done once for each form
	busyFor  = time.Hour // Retry-After
)

// purposeForm is what stamps are minted for: they say when a form was handed out.
const purposeForm tidings.Purpose = "form"

// newStamp says when a form is handed out, in a way that nobody else can write. No two are the same.
func (s *site) newStamp() string { return s.stampOf(s.Now()) }

// stampOf is a new stamp of a form that was handed out then.
func (s *site) stampOf(at time.Time) string {
	var nonce [8]byte
	rand.Read(nonce[:]) // never fails: crypto/rand ends the program instead
	const ids = 1 << 48
	id := 1 + int64(binary.BigEndian.Uint64(nonce[:])%(ids-1))
	return s.Joining.Keys.Mint(purposeForm, at.UnixMilli(), id, time.Time{})
}

// stamped is when a form was handed out; ok: it is one of ours.
func (s *site) stamped(stamp string) (at time.Time, ok bool) {
	ms, _, err := s.Joining.Keys.Verify(purposeForm, stamp, func(int64) (time.Time, error) { return time.Time{}, nil })
	return time.UnixMilli(ms), err == nil
}

// nextStamp is the stamp for a form that is shown again: as old as the last, as long as that is good, so that the form is old enough
// to be sent at once; but not the same, since work is taken once for each, and may have been taken for the last.
func (s *site) nextStamp(last string) string {
	if at, ok := s.stamped(last); ok && s.Now().Sub(at) < formLife-time.Hour {
		return s.stampOf(at)
	}
	return s.newStamp()
}

// suspect says why a form is not taken at once; empty: it is.
func (s *site) suspect(form url.Values) templates.Notice {
	at, ok := s.stamped(form.Get("stamp"))
	age := s.Now().Sub(at)
	switch {
	case form.Get("homepage") != "" || !ok || age < formAge || age > formLife:
		return templates.PressAgain
	case s.Joining.Work > 0 && !s.unspent.prove(form.Get("stamp"), form.Get("work"), s.Joining.Work, s.Now()):
		return templates.UnprovenBusy
	}
	return ""
}

// proofs remembers which stamps have been worked for, and how many forms came without.
type proofs struct {
	mu       sync.Mutex
	spent    map[string]time.Time
	hour     time.Time // in which so many came without
	unproven int
	alarmed  time.Time // when the log was last told that the whole site is at its limit
}

// alarm reports whether it is time to tell the log.
func (p *proofs) alarm(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.alarmed.IsZero() && now.Sub(p.alarmed) < time.Hour {
		return false
	}
	p.alarmed = now
	return true
}

// prove takes the work that was done for a stamp, once. Without it a form is one of few that are taken in an hour.
func (p *proofs) prove(stamp, work string, difficulty int, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(work) <= 20 && worked(stamp, work) >= difficulty && p.spend(stamp, now) {
		return true
	}
	if now.Sub(p.hour) >= time.Hour || now.Before(p.hour) {
		p.hour, p.unproven = now, 0
	}
	p.unproven++
	return p.unproven <= unproven
}

// spend reports whether the stamp is spent for the first time.
func (p *proofs) spend(stamp string, now time.Time) bool {
	if p.spent == nil {
		p.spent = map[string]time.Time{}
	}
	if _, known := p.spent[stamp]; known {
		return false
	}
	if len(p.spent) >= maxSpent {
		for old, at := range p.spent {
			if now.Sub(at) > formLife {
				delete(p.spent, old)
			}
		}
		if len(p.spent) >= maxSpent {
			return false // somebody works very hard: what comes now counts as unproven
		}
	}
	p.spent[stamp] = now
	return true
}

// worked is how many zero bits the work has: those that SHA-256 of "stamp:work" begins with.
func worked(stamp, work string) int {
	if _, err := strconv.ParseUint(work, 10, 64); err != nil {
		return -1
	}
	sum := sha256.Sum256([]byte(stamp + ":" + work))
	zeros := 0
	for _, octet := range sum {
		zeros += bits.LeadingZeros8(octet)
		if octet != 0 {
			break
		}
	}
	return zeros
}

// busy is the status of an answer that says to come again later, with its header.
func busy(h http.Header, n templates.Notice) int {
	h.Set("Retry-After", strconv.Itoa(int(busyFor/time.Second)))
	if n == templates.NetworkBusy {
		return http.StatusTooManyRequests
	}
	return http.StatusServiceUnavailable
}

// noticeOf is what a visitor is told who was not admitted; empty: they were. When the whole site is at its limit the log says so, once
// an hour.
func (s *site) noticeOf(a tidings.Admission) templates.Notice {
	switch a {
	case tidings.NetworkBusy:
		return templates.NetworkBusy
	case tidings.SiteBusy:
		if now := s.Now(); s.unspent.alarm(now) {
			s.Log.Warn("as many letters as an hour may have: visitors are told to come again", "setting", "subscribe.letters_per_hour")
		}
		return templates.SiteBusy
	case tidings.Admitted:
	}
	return ""
}

// statusOfNotice is the status of a form that comes back for a reason.
func statusOfNotice(h http.Header, n templates.Notice) int {
	switch n {
	case templates.NetworkBusy, templates.SiteBusy, templates.UnprovenBusy:
		return busy(h, n)
	case templates.PressAgain:
	}
	return http.StatusUnprocessableEntity
}
