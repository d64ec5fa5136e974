package doctor

import (
	"fmt"
	"slices"
)

// Severity is how much a finding matters.
type Severity string

// From good to bad.
const (
	OK   Severity = "ok"
	Note Severity = "note" // worth knowing, or could not be found out
	Warn Severity = "warn" // some mail may not arrive, or something may go wrong
	Hard Severity = "hard" // mail does not arrive, or something is wrong
)

// The checks, by the names that people overrule them by.
const (
	CheckSPF       = "spf"
	CheckDKIM      = "dkim"
	CheckDMARC     = "dmarc"
	CheckMX        = "mx"
	CheckPTR       = "ptr"
	CheckRelay     = "relay"
	CheckOneClick  = "one-click"
	CheckClock     = "clock"
	CheckBounceTLS = "bounce-tls"
	CheckZones     = "zones"
	CheckDisk      = "disk"
	CheckDatabase  = "database"
	CheckKeys      = "keys"
	CheckBackup    = "backup"
)

// Checks are all of them, in the order in which they are made.
func Checks() []string {
	return []string{
		CheckSPF, CheckDKIM, CheckDMARC, CheckMX, CheckPTR, CheckRelay, CheckOneClick, CheckClock, CheckBounceTLS, CheckZones,
		CheckDisk, CheckDatabase, CheckKeys, CheckBackup,
	}
}

// Finding is what one look at something gave.
type Finding struct {
	Check     string   `json:"check"`
	Severity  Severity `json:"severity"`
	Seen      string   `json:"seen"`
	Why       string   `json:"why,omitempty"`
	Mend      string   `json:"mend,omitempty"`
	Unsure    bool     `json:"unsure,omitempty"`    // it could not be found out
	Overruled bool     `json:"overruled,omitempty"` // it was hard or could not be found out, and a person says that it does not matter
}

func ok(check, format string, args ...any) Finding {
	return Finding{Check: check, Severity: OK, Seen: fmt.Sprintf(format, args...)}
}

func note(check, format string, args ...any) Finding {
	return Finding{Check: check, Severity: Note, Seen: fmt.Sprintf(format, args...)}
}

func warn(check, format string, args ...any) Finding {
	return Finding{Check: check, Severity: Warn, Seen: fmt.Sprintf(format, args...)}
}

func hard(check, format string, args ...any) Finding {
	return Finding{Check: check, Severity: Hard, Seen: fmt.Sprintf(format, args...)}
}

func unsure(check, format string, args ...any) Finding {
	return Finding{Check: check, Severity: Note, Seen: fmt.Sprintf(format, args...), Unsure: true}
}

// because and mend add the rest of a finding.
func (f Finding) because(format string, args ...any) Finding {
	f.Why = fmt.Sprintf(format, args...)
	return f
}

func (f Finding) mend(format string, args ...any) Finding {
	f.Mend = fmt.Sprintf(format, args...)
	return f
}

// Unasked are notes of the checks that ask others, for when nobody is to be asked.
func Unasked(why string) []Finding {
	var findings []Finding
	for _, check := range Checks()[:slices.Index(Checks(), CheckClock)+1] {
		findings = append(findings, note(check, "not checked: %s", why))
	}
	return findings
}

// Overrule makes warnings of the hard findings of these checks, and nothing waits for what could not be found out of them.
func Overrule(findings []Finding, checks []string) {
	for i := range findings {
		f := &findings[i]
		if !slices.Contains(checks, f.Check) {
			continue
		}
		f.Overruled = f.Severity == Hard || f.Unsure
		if f.Severity == Hard {
			f.Severity = Warn
		}
	}
}

// Unknown reports whether something of a check could not be found out, unless it is overruled.
func Unknown(findings []Finding, check string) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Check == check && f.Unsure && !f.Overruled })
}

// Holding gives the findings for which bulk mail should wait: the hard ones of SPF, DKIM and DMARC. Sure is false when one of these
// checks could not be made: then nothing follows from there being none.
func Holding(findings []Finding) (holding []Finding, sure bool) {
	sure = true
	for _, f := range findings {
		if f.Check != CheckSPF && f.Check != CheckDKIM && f.Check != CheckDMARC {
			continue
		}
		if f.Unsure && !f.Overruled {
			sure = false
		}
		if f.Severity == Hard {
			holding = append(holding, f)
		}
	}
	return holding, sure
}
