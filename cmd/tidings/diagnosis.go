package main

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/config"
	"github.com/tidings/tidings/dkim"
	"github.com/tidings/tidings/doctor"
	"github.com/tidings/tidings/subscribe"
	"github.com/tidings/tidings/web"
)

const (
	// doctorEvery is how often the daemon looks whether mail can arrive.
	doctorEvery = 24 * time.Hour
	// doctorAgain is how soon it looks again when bulk mail is held, or when DNS did not answer.
	doctorAgain = time.Hour
	// doctorFirst is how long the first look may take, which bulk mail waits for.
	doctorFirst = 30 * time.Second
	// doctorRetry is how soon it looks again when it could not write down that bulk mail is held.
	doctorRetry = time.Minute
	// doctorPatience is with a web server.
	doctorPatience = 15 * time.Second
)

func (h *house) doctor() *doctor.Doctor {
	d := &doctor.Doctor{
		Resolver: h.dns, Dial: (&net.Dialer{}).DialContext,
		Web: &http.Client{
			Timeout:       doctorPatience,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	if d.Resolver == nil {
		d.Resolver = net.DefaultResolver
	}
	return d
}

// facts are what the doctor looks at; addresses, from which mail leaves, take the place of those in the configuration. The database is
// not read for them.
func (h *house) facts(ctx context.Context, addresses []string) (*doctor.Facts, error) {
	exits := h.cfg.Doctor.Exits()
	if len(addresses) > 0 {
		var err error
		if exits, err = addressList(addresses); err != nil {
			return nil, err
		}
	}
	standings, err := h.db.Standings(ctx, time.Time{}) // which slots there are does not depend on the time
	if err != nil {
		return nil, err
	}
	zones := []string{h.site.Zone.String()}
	for _, s := range standings {
		if s.Slot.Zone != "" {
			zones = append(zones, s.Slot.Zone)
		}
	}
	slices.Sort(zones)
	last, err := h.db.LastBackup(ctx)
	if err != nil {
		return nil, err
	}
	f := &doctor.Facts{
		From: domainOf(bare(h.cfg.Mail.From)), Bounce: domainOf(h.envelope()), Addresses: exits,
		Relays: h.relaysToSee(),
		Base:   h.site.Base, OneClick: h.site.LeaveURL(h.keys.Mint(tidings.PurposeLeave, subscribe.TestDelivery, 0, time.Time{})),
		Proof: web.TestHeader,
		Zones: slices.Compact(zones), Free: diskFree(filepath.Dir(h.cfg.Database.Path)), Backup: last.At,
	}
	if b := h.cfg.Bounce; b.Domain != "" {
		f.Bounce = b.Domain
		f.Reports = doctor.Listener{At: b.ListenSMTP, CertFile: b.CertFile, KeyFile: b.KeyFile}
	}
	keys, err := dkimKeys(h.cfg)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		f.DKIM = append(f.DKIM, doctor.Selector{Domain: cmp.Or(k.Domain, f.From), Selector: k.Selector, Key: k.Private.Public()})
		f.Signed = dkim.Fields()
	}
	if file := keyPath(h.cfg.Database.Path); hasContent(file) {
		f.KeyFile, f.KeyMode = file, openMode(file)
	}
	if st, err := os.Stat(h.cfg.Database.Path); err == nil {
		f.Size = st.Size()
	}
	if b := h.cfg.Backup; b.Dir != "" {
		first := b.Schedule.Next(last.At, h.site.Zone)
		f.Schedule = b.Schedule.Next(first, h.site.Zone).Sub(first)
	}
	return f, nil
}

// relaysToSee are all relays, as the doctor looks at them.
func (h *house) relaysToSee() []doctor.Relay {
	see := func(section string, r *config.Relay) doctor.Relay {
		return doctor.Relay{Section: section, Host: r.Host, Port: r.Port, Security: r.Security, Hello: hello(r.Hello)}
	}
	all := []doctor.Relay{see("smtp", &h.cfg.SMTP.Relay)}
	for i := range h.cfg.Relays {
		all = append(all, see("relay."+strconv.Itoa(i+1), &h.cfg.Relays[i]))
	}
	return all
}

// domainOf is what stands behind an address's @.
func domainOf(address string) string {
	return strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
}

// overrule makes warnings of what a person has overruled.
func (h *house) overrule(ctx context.Context, findings []doctor.Finding) error {
	overruled, err := h.db.Overruled(ctx)
	if err != nil {
		return err
	}
	checks := make([]string, 0, len(overruled))
	for check := range overruled {
		checks = append(checks, check)
	}
	doctor.Overrule(findings, checks)
	return nil
}

// heed holds all bulk mail while it could not arrive, and ends such a hold when it can. A hold stands as it is while something that
// made it cannot be asked.
func (h *house) heed(ctx context.Context, findings []doctor.Finding, now time.Time) error {
	var holding []doctor.Finding
	if h.cfg.Doctor.Hold {
		stands, err := h.heldFor(ctx)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(stands, func(check string) bool { return doctor.Unknown(findings, check) }) {
			return nil
		}
		holding, _ = doctor.Holding(findings)
	}
	if len(holding) > 0 {
		reasons := make([]string, len(holding))
		for i, f := range holding {
			reasons[i] = f.Check + ": " + f.Seen
		}
		return h.db.Hold(ctx, tidings.Hold{By: tidings.HeldByDoctor, Reason: strings.Join(reasons, heldAnd)}, now, "doctor")
	}
	lifted, err := h.db.Lift(ctx, 0, tidings.HeldByDoctor, now, "doctor")
	if len(lifted) > 0 {
		h.log.Info("bulk mail is no longer held for what the doctor had found")
	}
	return err
}

// heldAnd stands between the reasons of a hold.
const heldAnd = "; "

// heldFor are the checks for which the doctor holds all bulk mail, as its reason names them; none: it does not.
func (h *house) heldFor(ctx context.Context) ([]string, error) {
	holds, err := h.db.Holds(ctx)
	i := slices.IndexFunc(holds, func(one tidings.Hold) bool { return one.Run == 0 && one.By == tidings.HeldByDoctor })
	if err != nil || i < 0 {
		return nil, err
	}
	return slices.DeleteFunc(doctor.Checks(), func(check string) bool {
		return !strings.Contains(heldAnd+holds[i].Reason, heldAnd+check+": ")
	}), nil
}

// checkMail looks whether mail can arrive, and heeds what it finds.
func (h *house) checkMail(ctx context.Context, now time.Time) ([]doctor.Finding, error) {
	return h.checkMailWithin(ctx, doctorEvery, now)
}

// checkMailWithin is checkMail that asks for so long at the most. What nobody has answered by then is not known.
func (h *house) checkMailWithin(ctx context.Context, most time.Duration, now time.Time) ([]doctor.Finding, error) {
	facts, err := h.facts(ctx, nil)
	if err != nil {
		return nil, err
	}
	asking, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	findings := slices.Concat(h.doctor().MailChecks(asking, facts), doctor.LocalChecks(facts, now))
	if err := h.overrule(ctx, findings); err != nil {
		return nil, err
	}
	return findings, h.heed(ctx, findings, now)
}

// watchMail looks at the daemon's start, and once a day, until ctx ends. Bulk mail waits for the first look; wake wakes who sends it.
func (h *house) watchMail(ctx context.Context, wake func()) {
	for most, start := doctorFirst, true; ctx.Err() == nil; start = false {
		begun := time.Now()
		findings, err := h.checkMailWithin(ctx, most, begun)
		if ctx.Err() != nil {
			return
		}
		holding, sure := doctor.Holding(findings)
		pause := doctorEvery
		switch {
		case err != nil && len(holding) > 0:
			pause = doctorRetry // and bulk mail waits on
		case time.Since(begun) >= most: // it was cut short: now without haste
			pause = 0
		case err != nil || len(holding) > 0 || !sure:
			pause = doctorAgain
		}
		if pause != doctorRetry && h.look != nil && h.look.end() {
			wake()
		}
		most = doctorEvery
		if start {
			findings = h.soonMended(findings)
		}
		h.logFindings(ctx, findings, err)
		rest(ctx, pause)
	}
}

// soonMended takes out of what is found at the daemon's start what it mends by itself: a backup that is missing is made within the minute.
func (h *house) soonMended(findings []doctor.Finding) []doctor.Finding {
	if h.cfg.Backup.Dir == "" {
		return findings
	}
	return slices.DeleteFunc(findings, func(f doctor.Finding) bool { return f.Check == doctor.CheckBackup })
}

// logFindings tells the log what somebody should mend.
func (h *house) logFindings(ctx context.Context, findings []doctor.Finding, err error) {
	for _, f := range findings {
		if f.Check == doctor.CheckBackup && h.cfg.Backup.Dir == "" {
			continue // whoever makes them otherwise sees to it otherwise
		}
		if f.Severity == doctor.Hard || f.Severity == doctor.Warn && !f.Overruled {
			h.log.Warn("doctor", "check", f.Check, "severity", f.Severity, "seen", f.Seen, "mend", f.Mend)
		}
	}
	held, fault := h.db.HeldAll(ctx)
	switch {
	case err != nil:
		h.log.Error("looking whether mail can arrive", "error", err)
	case ctx.Err() != nil: // asked to stop: who looks at the next start tells it
	case fault != nil:
		h.log.Error("reading the hold", "error", fault)
	case held.By == tidings.HeldByDoctor:
		h.log.Warn("all bulk mail is held", "why", held.Reason, "since", held.Since, "by", held.By, "mend", "tidings doctor")
	}
}
