package config

import (
	"net/netip"
	"strconv"

	"github.com/tidings/tidings"
)

// Backup is how the daemon makes backups by itself.
type Backup struct {
	Dir      string           // where they are put; empty: it makes none
	At       string           // a cron spec, or an hour of the day
	Keep     int              // how many stay
	Schedule tidings.Schedule // what At says, in the site's zone
}

// Doctor is what the daemon does about mail that would not arrive.
type Doctor struct {
	Hold      bool     // it holds bulk mail while its examination finds a hard fault of SPF, DKIM or DMARC
	Addresses []string // see Exits
}

// Exits are the addresses from which mail leaves to the world; none: they are not known.
func (d *Doctor) Exits() []netip.Addr {
	var all []netip.Addr
	for _, text := range d.Addresses {
		if ip, err := netip.ParseAddr(text); err == nil { // they are checked
			all = append(all, ip.Unmap())
		}
	}
	return all
}

// mostKept is how many backups may be kept.
const mostKept = 10_000

// checkKeeping judges how what is here is kept.
func (p *problems) checkKeeping(c *Config, folder string) {
	b := &c.Backup
	b.Dir = within(folder, b.Dir)
	p.between("backup.keep", b.Keep, 1, mostKept)
	spec := b.At
	if hour, err := strconv.Atoi(b.At); err == nil && hour >= 0 && hour < 24 {
		spec = "0 " + strconv.Itoa(hour) + " * * *"
	}
	for _, text := range c.Doctor.Addresses {
		if ip, err := netip.ParseAddr(text); err != nil || ip.Zone() != "" || !ip.IsGlobalUnicast() || ip.IsPrivate() {
			p.add("doctor.addresses", `%q is no public IP address, such as "192.0.2.1" or "2001:db8::1"`, text)
		}
	}
	var err error
	if b.Schedule, err = tidings.ParseSchedule(spec); err != nil {
		p.add("backup.at", `must be an hour such as "3", or five fields such as "30 3 * * *": %v`, err)
	}
}
