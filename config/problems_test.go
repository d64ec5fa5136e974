package config_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings/config"
)

func TestEveryProblemIsReportedAtOnceWithKeyAndLine(t *testing.T) {
	t.Parallel()
	_, err := config.Parse([]byte(`[site]
name = 7
base_url = "news.example.org"
language = "english!"
time_zone = "Seoul"
tag = "news"
titel = "x"

[sevrer]
listen = "8080"

[mail]
from = "Press"
reply-to = "x@example.org"
[smtp]
host = "mail.example.org"
security = "none"
port = "25"
connections = 0
user = "u"

[cadences]
daily = "0 8 * *"

[cadence.dayly]
hold = "5m"
`), "tidings.toml", []string{"TIDINGS_SMTP_RATE=fast", "TIDINGS_LOG_LEVEL=loud", "TIDINGS_PORT=tcp://10.0.0.1", "HOME=/root"})
	var problems config.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("got %v", err)
	}
	want := `tidings.toml:2: site.name: must be text in quotes, or a table of texts by language: { en = "…", ko = "…" }
tidings.toml:3: site.base_url: must be a whole address, such as https://news.example.org
tidings.toml:4: site.language: "english!" is no language: write a tag such as en, ko or pt-BR
tidings.toml:5: site.time_zone: "Seoul" is no time zone: write one such as Asia/Seoul, Europe/Paris or UTC
tidings.toml:6: site.tag: must be a domain in lower case and a year (or a day), such as "news.example.org,2026"
tidings.toml:7: site.titel: is unknown
tidings.toml:9: sevrer: is unknown: did you mean server?
tidings.toml:13: mail.from: must be an address, such as "press@example.org" or "Press office <press@example.org>"
tidings.toml:14: mail.reply-to: is unknown: did you mean mail.reply_to?
tidings.toml:17: smtp.security: "none" would send mails and password readable over the network: only a relay on this machine (localhost) may go without TLS
tidings.toml:15: smtp.password: is missing, but there is a user: write smtp.password_file, smtp.password or TIDINGS_SMTP_PASSWORD
tidings.toml:18: smtp.port: must be a whole number, without quotes
tidings.toml:19: smtp.connections: must be between 1 and 100
tidings.toml:23: cadences.daily: schedule: "0 8 * *" has 4 fields; write five: minute, hour, day of the month, month, weekday
tidings.toml:25: cadence.dayly: is unknown: did you mean cadence.daily?
environment: TIDINGS_SMTP_RATE: must be a whole number, without quotes
environment: TIDINGS_LOG_LEVEL: must be one of debug, info, warn, error`
	got, wanted := strings.Split(problems.Error(), "\n"), strings.Split(want, "\n")
	slices.Sort(wanted)
	inOrder := slices.Clone(got)
	slices.Sort(got)
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	last := 0
	for i, p := range problems {
		if p.File == "tidings.toml" && p.Line < last || p.File == "environment" && i < len(problems)-2 {
			t.Errorf("not in the order of lines:\n%s", strings.Join(inOrder, "\n"))
		}
		last = p.Line
	}
}

func TestEachFaultIsCaught(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, old, with, want string }{
		{"no name", `name = "Ministry"`, ``, "t.toml:1: site.name: is missing"},
		{"empty name", `"Ministry"`, `" "`, "t.toml:2: site.name: is empty"},
		{"name in no language", `"Ministry"`, `{ english = "x" }`, `t.toml:2: site.name.english: "english" is no language`},
		{"name of two lines", `"Ministry"`, `"a\nb"`, "t.toml:2: site.name: must be one line"},
		{"no base URL", `base_url = "https://news.example.org/"`, ``, "t.toml:1: site.base_url: is missing"},
		{"base URL with a path", `org/"`, `org/news"`, "t.toml:3: site.base_url: must be scheme and host alone"},
		{"base URL of no host", `https://news.example.org/`, `https://ne_ws/`, `"ne_ws" is no name of a host`},
		{"base URL of FTP", `https:`, `ftp:`, "t.toml:3: site.base_url: must be a whole address"},
		{"no tag", `tag = "news.example.org,2026"`, ``, "t.toml:1: site.tag: is missing"},
		{"tag without a day", `org,2026`, `org,2026-02-30`, "t.toml:4: site.tag: must be a domain"},
		{"tag in capitals", `"news.example.org,2026"`, `"News.example.org,2026"`, "t.toml:4: site.tag"},
		{"language not canonical", `[mail]`, "language = \"EN\"\n[mail]", `t.toml:5: site.language: "EN" must be written "en"`},
		{"language left out", `[mail]`, "languages = [\"ko\"]\n[mail]", `t.toml:5: site.languages: must hold site.language, which is "en"`},
		{"language twice", `[mail]`, "languages = [\"en\", \"en\"]\n[mail]", `t.toml:5: site.languages: holds "en" twice`},
		{"languages no list", `[mail]`, "languages = \"en\"\n[mail]", `t.toml:5: site.languages: must be a list of texts`},
		{"local zone", `[mail]`, "time_zone = \"Local\"\n[mail]", `t.toml:5: site.time_zone: "Local" is no time zone`},
		{"control in address", `[mail]`, "postal_address = \"a\\u0007\"\n[mail]", `t.toml:5: site.postal_address: holds a control character`},
		{"listen", `[mail]`, "[server]\nlisten = \"localhost\"\n[mail]", `t.toml:6: server.listen: must be host:port`},
		{"listen on a wrong port", `[mail]`, "[server]\nlisten = \":99999\"\n[mail]", `t.toml:6: server.listen: must be host:port`},
		{"no database", `[mail]`, "[database]\npath = \"\"\n[mail]", `t.toml:6: database.path: is empty`},
		{"no theme", `[mail]`, "[theme]\ndir = \"nowhere\"\n[mail]", `t.toml:6: theme.dir: there is no folder`},
		{"no from", `from = "Press <press@example.org>"`, ``, "t.toml:5: mail.from: is missing"},
		{"header in from", `Press <`, `Press\r\nBcc: x@y.org <`, "t.toml:6: mail.from: must be an address"},
		{"bounce with a name", `[mail]`, "[mail]\nbounce = \"B <b@example.org>\"", "t.toml:6: mail.bounce: must be an address without a name"},
		{"mailto", `[mail]`, "[mail]\nunsubscribe_mailto = \"leave\"", "t.toml:6: mail.unsubscribe_mailto: must be an address"},
		{"mail domain", `[mail]`, "[mail]\ndomain = \"a..b\"", `t.toml:6: mail.domain: "a..b" is no name of a host`},
		{"security", `[mail]`, "[smtp]\nsecurity = \"ssl\"\n[mail]", `t.toml:6: smtp.security: must be one of starttls, tls, none`},
		{"port", `[mail]`, "[smtp]\nport = 70000\n[mail]", `t.toml:6: smtp.port: must be between`},
		{"rate", `[mail]`, "[smtp]\nrate = -1\n[mail]", `t.toml:6: smtp.rate: must be between`},
		{"per domain", `[mail]`, "[smtp]\nper_domain = 101\n[mail]", `t.toml:6: smtp.per_domain: must be between 0 and 100`},
		{"hello", `[mail]`, "[smtp]\nhello = \"my host\"\n[mail]", `t.toml:6: smtp.hello: "my host" is no name`},
		{"host", `[mail]`, "[smtp]\nhost = \"\"\n[mail]", `t.toml:6: smtp.host: must be the name`},
		{"password alone", `[mail]`, "[smtp]\npassword = \"x\"\n[mail]", `t.toml:5: smtp.user: is missing`},
		{"no password file", `[mail]`, "[smtp]\nuser = \"u\"\npassword_file = \"nowhere\"\n[mail]", `t.toml:7: smtp.password_file: cannot be read`},
		{"log format", `[mail]`, "[log]\nformat = \"xml\"\n[mail]", `t.toml:6: log.format: must be one of text, json`},
		{"no cadence", `[mail]`, "[cadences]\nimmediate = \"\"\ndaily = \"\"\nweekly = \"\"\nmonthly = \"\"\n[mail]", `t.toml:5: cadences: all are empty`},
		{"unknown cadence", `[mail]`, "[cadences]\nhourly = \"0 * * * *\"\n[mail]", `t.toml:6: cadences.hourly: is unknown`},
		{"wrong section", `[mail]`, "listen = \":80\"\n[mail]", `t.toml:5: site.listen: is unknown: did you mean server.listen?`},
		{"a section as a value", `[mail]`, "[mail]\nfrom.name = \"x\"\n[x]", `t.toml:6: mail.from: must be text in quotes`},
		{"inline", `"Ministry"`, `{ en = "x", xx-1 = "y" }`, `t.toml:2: site.name.xx-1`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(least, tc.old, tc.with, 1)
			if text == least {
				t.Fatal("changed nothing")
			}
			_, err := config.Parse([]byte(text), "t.toml", nil)
			if err == nil || !strings.Contains("\n"+err.Error(), "\n"+strings.TrimPrefix(tc.want, "\n")) && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v\nwant %s", err, tc.want)
			}
			if n := strings.Count(err.Error(), "\n"); n > 0 && tc.name != "a section as a value" {
				t.Errorf("one fault makes %d problems:\n%v", n+1, err)
			}
		})
	}
}

func TestNoMessageHoldsASecret(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		`password = "hunter2" x`, `password = hunter2`, `password = "hunter2`, `password = ["hunter2"]`, `pasword = "hunter2"`,
		"password = \"hunter2\"\npassword = \"hunter2\"", "password = \"hunter2\"\npassword_file = \"x\"", `password = { hunter2 = 1 }`,
	} {
		_, err := config.Parse([]byte(least+"[smtp]\n"+line+"\n"), "t.toml", nil)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", line, err)
		}
		if !strings.HasPrefix(err.Error(), "t.toml:") {
			t.Errorf("%s: no place in %v", line, err)
		}
	}
}

func TestOfAFileThatIsNoTOMLOnlyThePlaceIsTold(t *testing.T) {
	t.Parallel()
	for text, place := range map[string]string{
		"[site\nname=1": "tidings.toml:1: is not TOML from column 6 on: ",
		least + "\n[smtp]\nhost = \"a\"\nhost = \"b\"": "is not TOML from column 1 on: ",
		least + "\n[smtp]\npassword = \"hunter2":       "is not TOML from column ",
	} {
		_, err := config.Parse([]byte(text), "tidings.toml", []string{"TIDINGS_SMTP_PORT=many"})
		if err == nil || !strings.Contains(err.Error(), place) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q:\n%v", text, err)
		}
	}
}
