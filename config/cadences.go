package config

import (
	"slices"
	"time"

	"github.com/tidings/tidings"
)

// cadence is what is set of one cadence.
type cadence struct {
	name, spec    string // of cron
	latest, quiet string // empty: however late; at any hour
	veto          string // empty: its runs go at once
}

func (c *Config) cadenceKeys() []key {
	var schedules, rest []key
	for i := range c.cadences {
		of := &c.cadences[i]
		schedules = append(schedules, key{name: "cadences." + of.name, text: &of.spec})
		if of.name != tidings.Immediate { // it has no due times that could be missed
			rest = append(rest, key{name: "cadence." + of.name + ".latest", text: &of.latest})
		}
		rest = append(rest, key{name: "cadence." + of.name + ".quiet", text: &of.quiet}, key{name: "cadence." + of.name + ".veto", text: &of.veto})
	}
	return append(schedules, rest...)
}

// The bounds of how long a run waits for the press office: less is nobody's notice, and more than that the readers'.
const (
	leastVeto = time.Minute
	mostVeto  = 12 * time.Hour
)

// The bounds of how late a digest may be made up for.
const (
	leastLatest = 5 * time.Minute // a restart takes its time, and the planning of those before
	mostLatest  = 31 * 24 * time.Hour
)

func (p *problems) checkCadences(c *Config) {
	for _, to := range c.Desk.Notify {
		if p.bareAddress("desk.notify", to); to == "" {
			p.add("desk.notify", "holds an empty address")
		}
	}
	for i := range c.cadences {
		of := &c.cadences[i]
		built := tidings.Cadence{Name: of.name}
		key := "cadence." + of.name
		built.Latest = p.duration(key+".latest", of.latest, leastLatest, mostLatest)
		built.Veto = p.duration(key+".veto", of.veto, leastVeto, mostVeto)
		var err error
		if built.Quiet, err = tidings.ParseQuiet(of.quiet); err != nil {
			p.add(key+".quiet", "%v", err)
		}
		if of.spec == "" {
			continue // not on offer
		}
		if built.Schedule, err = tidings.ParseSchedule(of.spec); err != nil {
			p.add("cadences."+of.name, "%v", err)
			continue
		}
		c.built = append(c.built, built)
	}
	if len(c.built) == 0 && !slices.ContainsFunc(c.cadences, func(n cadence) bool { return n.spec != "" }) {
		p.add("cadences", "all are empty: nobody could subscribe")
	}
}
