package doctor

import "time"

// smallestDisk is how many octets must be free, however small the database.
const smallestDisk = 50 << 20

// LocalChecks looks at this machine alone: the certificate for reports, zones, disk, database, keys, backup. It asks nobody.
func LocalChecks(f *Facts, now time.Time) []Finding {
	findings := make([]Finding, 0, 6)
	findings = append(findings, certificate(&f.Reports, now), zones(f.Zones))
	if f.Free >= 0 {
		findings = append(findings, disk(f.Size, f.Free))
	} else {
		findings = append(findings, note(CheckDisk, "not checked: how much is free cannot be found out here"))
	}
	switch {
	case !f.Looked:
		findings = append(findings, note(CheckDatabase, "not checked: there is none yet"))
	case f.Damage != nil:
		findings = append(findings, hard(CheckDatabase, "%v", f.Damage).because("What is damaged gets worse.").
			mend("Stop the daemon, and put the newest backup in its place: tidings restore FILE --replace"))
	default:
		findings = append(findings, ok(CheckDatabase, "sound"))
	}
	return append(findings, keys(f.KeyFile, f.KeyMode), backup(f, now))
}

// keys looks at who may read those of the links in mails.
func keys(file, mode string) Finding {
	switch {
	case file == "":
		return note(CheckKeys, "not checked: there are none yet")
	case mode != "":
		return warn(CheckKeys, "the mode of %s, %s, is open to everybody on this machine", file, mode).
			because("Whoever has the keys can make the links in mails: leave for any reader, and open their page.").mend("chmod 600 %s", file)
	}
	return ok(CheckKeys, "not open to everybody")
}

func zones(names []string) Finding {
	for _, name := range names {
		if _, err := time.LoadLocation(name); err != nil {
			return hard(CheckZones, "%v", err).because("Digests of this zone are not made.").
				mend("Install the zone data of the system (tzdata).")
		}
	}
	return ok(CheckZones, "all %d known here", len(names))
}

func disk(size, free int64) Finding {
	least := max(size/10, smallestDisk)
	switch {
	case free < least:
		return hard(CheckDisk, "%d MB are free", free>>20).
			because("When the disk is full, nothing can be written down, so nothing is sent.").
			mend("Make room: %d MB at the least.", least>>20)
	case free < size+smallestDisk:
		return warn(CheckDisk, "%d MB are free, and the database has %d", free>>20, size>>20).
			because("A backup onto this disk, or an upgrade, may need as much again.").mend("Make room, or put backups on another disk.")
	}
	return ok(CheckDisk, "%d MB are free, and the database has %d", free>>20, size>>20)
}

// late is how old the last backup may be where nobody makes them by a schedule.
const late = 7 * 24 * time.Hour

func backup(f *Facts, now time.Time) Finding {
	why := "What is lost with this disk is lost for good: who is subscribed, who has left, who must not be written to."
	mend := "Set backup.dir in the configuration, and copy that folder to another machine."
	due := late
	if f.Schedule > 0 {
		due = f.Schedule + f.Schedule/2 + time.Hour
		mend = "See the log of the daemon for why none was made."
	}
	switch age := now.Sub(f.Backup); {
	case age < -time.Minute: // which is more than a clock is put right by as it goes
		mend = "See that the clock is right, and make another: tidings backup FILE"
		if f.Schedule > 0 {
			mend = "See that the clock is right. The daemon makes another within the hour."
		}
		return warn(CheckBackup, "the last is of %s, which is later than now", f.Backup.UTC().Format("2006-01-02 15:04 UTC")).
			because("A clock was wrong then, or is wrong now: how old that backup is nobody knows.").mend("%s", mend)
	case f.Backup.IsZero():
		if f.Schedule > 0 {
			mend = "The daemon makes the first within a minute of its start; if it has run, its log says why there is none."
		}
		return warn(CheckBackup, "none has been made").because("%s", why).mend("%s", mend)
	case age > due:
		return warn(CheckBackup, "the last was made and checked %d hours ago", int(age.Hours())).because("%s", why).mend("%s", mend)
	default:
		return ok(CheckBackup, "the last was made and checked %d hours ago", int(age.Hours()))
	}
}
