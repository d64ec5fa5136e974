package config

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestABackupIsDueAtAnHourOrByASchedule(t *testing.T) {
	t.Parallel()
	for at, want := range map[string]string{`"3"`: "0 3 * * *", `"30 4 * * mon"`: "30 4 * * mon", `"0"`: "0 0 * * *"} {
		c, err := parseWith(t, "[backup]\ndir = \"saved\"\nat = "+at)
		if err != nil || c.Backup.Schedule.String() != want || c.Backup.Dir != "etc/saved" || c.Backup.Keep != 14 || !c.Doctor.Hold {
			t.Errorf("%s: %v, %+v", at, err, c)
		}
	}
	for text, want := range map[string]string{
		"[backup]\nat = \"24\"":         `backup.at: must be an hour such as "3", or five fields`,
		"[backup]\nat = \"\"":           `backup.at: must be an hour such as "3", or five fields`,
		"[backup]\nat = \"0 0 31 2 *\"": "never comes",
		"[backup]\nkeep = 0":            "backup.keep: must be between 1 and",
		"[doctor]\nhold = \"yes\"":      "doctor.hold: must be true or false",

		"[doctor]\naddresses = [\"192.0.2.1\", \"mx.example.org\"]": `doctor.addresses: "mx.example.org" is no public IP address`,
		"[doctor]\naddresses = [\"10.0.0.1\"]":                      `doctor.addresses: "10.0.0.1" is no public IP address`,
		"[doctor]\naddresses = [\"fe80::1%eth0\"]":                  `doctor.addresses: "fe80::1%eth0" is no public IP address`,

		"[backup]\nfolder = \"backups\"": "backup.folder: is unknown",
	} {
		if _, err := parseWith(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	c, err := parseWith(t, "[doctor]\naddresses = [\"192.0.2.1\", \"::ffff:192.0.2.2\", \"2001:db8::1\"]")
	if err != nil || fmt.Sprint(c.Doctor.Exits()) != "[192.0.2.1 192.0.2.2 2001:db8::1]" {
		t.Errorf("addresses: %v, %v", c.Doctor.Exits(), err)
	}
	c, err = parseWith(t, "")
	if err != nil || c.Backup.Dir != "" || c.Backup.Schedule.Next(time.Unix(0, 0), time.UTC).Hour() != 3 {
		t.Errorf("without: %v", err)
	}
}

// parseWith parses the required keys and the text.
func parseWith(t *testing.T, text string) (*Config, error) {
	t.Helper()
	return Parse([]byte(strings.Join([]string{
		"[site]", `name = "N"`, `base_url = "https://news.example.org"`, `tag = "example.org,2026"`, "[mail]", `from = "p@example.org"`, text,
	}, "\n")), "etc/tidings.toml", nil)
}
