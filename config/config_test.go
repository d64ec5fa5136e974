package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/config"
)

// least is the smallest configuration that passes.
const least = `[site]
name = "Ministry"
base_url = "https://news.example.org/"
tag = "news.example.org,2026"
[mail]
from = "Press <press@example.org>"
`

func parse(t *testing.T, text string, environment ...string) *config.Config {
	t.Helper()
	c, err := config.Parse([]byte(text), "/etc/tidings/tidings.toml", environment)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWhatIsNotSetHasItsDefaultOrFollowsFromTheRest(t *testing.T) {
	t.Parallel()
	c := parse(t, least)
	want := config.Default()
	want.Database.Path = "/etc/tidings/tidings.db"
	want.Mail = config.Mail{From: "Press <press@example.org>", Bounce: "press@example.org", Domain: "news.example.org"}
	want.SMTP.Port = 587
	for _, pair := range [][2]any{
		{want.Server, c.Server}, {want.Database, c.Database}, {want.Mail, c.Mail}, {want.SMTP, c.SMTP}, {want.Log, c.Log}, {want.Theme, c.Theme},
	} {
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
			t.Error(diff)
		}
	}
	s := c.Site()
	if s.Name("ko") != "Ministry" || s.URL() != "https://news.example.org/" || s.Zone != time.UTC || !slices.Equal(s.Languages, []string{"en"}) {
		t.Errorf("site %+v", s)
	}
}

func TestSiteAndCadencesAreBuiltAsConfigured(t *testing.T) {
	t.Parallel()
	c := parse(t, `[site]
name = { en = "Ministry of Trade", ko = "산업통상자원부" }
base_url = "http://127.0.0.1:8080"
language = "ko"
languages = ["ko", "en"]
time_zone = "Asia/Seoul"
postal_address = """
402 Hannuri-daero
Sejong"""
tag = "press@example.org,2026-03-01"
[mail]
from = "press@example.org"
domain = "Lists.example.org"
[cadences]
monthly = ""
daily = "30 7 * * 1-5"
`)
	s := c.Site()
	if s.Name("ko") != "산업통상자원부" || s.Language != "ko" || s.Zone.String() != "Asia/Seoul" || s.MailDomain != "lists.example.org" ||
		s.Postal != "402 Hannuri-daero\nSejong" || s.TagEntity != "press@example.org,2026-03-01" {
		t.Errorf("site %+v", s)
	}
	var got []string
	for _, cadence := range c.Cadences() {
		got = append(got, cadence.Name+" "+cadence.Schedule.String())
	}
	if want := []string{"immediate * * * * *", "daily 30 7 * * 1-5", "weekly 0 8 * * 1"}; !slices.Equal(got, want) {
		t.Errorf("cadences %q, want %q", got, want)
	}
}

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

func TestEnvironmentComesOverTheFile(t *testing.T) {
	t.Parallel()
	c := parse(t, least+"[smtp]\nuser = \"u\"\npassword = \"file\"\n",
		"TIDINGS_SMTP_PASSWORD=environment", "TIDINGS_SMTP_PORT=2525", "TIDINGS_SITE_LANGUAGES=en, ko", "TIDINGS_SITE_NAME=Office")
	if s := c.Site(); c.SMTP.Password != "environment" || c.SMTP.Port != 2525 || !slices.Equal(s.Languages, []string{"en", "ko"}) || s.Name("en") != "Office" {
		t.Errorf("got %+v, %+v", c.SMTP, s)
	}
}

func TestPasswordComesFromAFileBesideTheConfiguration(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("secret", "pass word \n")
	write("empty", "\n")
	write("tidings.toml", least+"[smtp]\nuser = \"u\"\npassword_file = \"secret\"\n[theme]\ndir = \".\"\n")
	c, err := config.Load(filepath.Join(dir, "tidings.toml"))
	if err != nil || c.SMTP.Password != "pass word " || c.Database.Path != filepath.Join(dir, "tidings.db") || c.Theme.Dir != dir {
		t.Fatalf("%+v, %v", c, err)
	}
	write("tidings.toml", least+"[smtp]\nuser = \"u\"\npassword_file = \"empty\"\n")
	if _, err := config.Load(filepath.Join(dir, "tidings.toml")); err == nil || !strings.HasSuffix(err.Error(), "empty is empty") {
		t.Errorf("an empty password file: %v", err)
	}
	if _, err := config.Load(filepath.Join(dir, "none.toml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestPlainSMTPIsForThisMachineAlone(t *testing.T) {
	t.Parallel()
	for host, ok := range map[string]bool{
		"localhost": true, "127.0.0.1": true, "::1": true, "127.9.9.9": true, "mail.example.org": false, "10.0.0.1": false, "localhost.example.org": false,
	} {
		_, err := config.Parse([]byte(least+"[smtp]\nsecurity = \"none\"\nhost = \""+host+"\"\n"), "t.toml", nil)
		if (err == nil) != ok {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestFingerprintFollowsWhatThePublicSees(t *testing.T) {
	t.Parallel()
	first := parse(t, least).Fingerprint()
	for change, want := range map[string]bool{
		"TIDINGS_SMTP_HOST=mail.example.org": true, "TIDINGS_MAIL_FROM=x@example.org": true, "TIDINGS_SITE_POSTAL_ADDRESS=x": true,
		"TIDINGS_SITE_NAME=Other": false, "TIDINGS_SITE_BASE_URL=https://b.example.org": false, "TIDINGS_SITE_TIME_ZONE=Asia/Seoul": false,
		"TIDINGS_SITE_LANGUAGES=en,ko": false,
	} {
		if got := parse(t, least, change).Fingerprint() == first; got != want {
			t.Errorf("%s: the fingerprint stayed: %v, want %v", change, got, want)
		}
	}
}

func TestTemplatePutsValuesInAndKeepsTheComments(t *testing.T) {
	t.Parallel()
	text, err := config.Template(map[string]any{
		"site.name":     map[string]string{"en": `The "Office"`, "ko": "산업부"},
		"site.base_url": "https://a.example.org", "site.languages": []string{"en", "ko"}, "site.time_zone": "Asia/Seoul",
		"site.tag": "a.example.org,2026", "site.postal_address": "1 Main Street\nTown \\ \a",
		"mail.from": "Office <a@example.org>", "smtp.port": 2525,
	})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(text, "\n#") < 60 {
		t.Error("the comments are gone")
	}
	text = strings.Replace(text, ` \u0007`, "", 1)
	c := parse(t, text)
	s := c.Site()
	if s.Name("en") != `The "Office"` || s.Name("ko") != "산업부" || s.Zone.String() != "Asia/Seoul" || c.SMTP.Port != 2525 ||
		s.Postal != "1 Main Street\nTown \\" || s.TagEntity != "a.example.org,2026" || len(s.Languages) != 2 {
		t.Errorf("got %+v, %+v", s, c.SMTP)
	}
	for _, values := range []map[string]any{{"smtp.prot": 1}, {"smtp.port": 1.5}} {
		if _, err := config.Template(values); err == nil {
			t.Errorf("%v was taken", values)
		}
	}
	if bare, err := config.Template(nil); err != nil || bare != tidings.ExampleConfig() {
		t.Errorf("without values it is not the example: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(least)
	f.Add(tidings.ExampleConfig())
	f.Add("[site]\nname = {en='x', a.b={c=1}}\n[[mail]]\n[mail.x]\nsite.name=[1,{a=2}]")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := config.Parse([]byte(text), "t.toml", nil)
		if err == nil {
			c.Site().NewReleaseURI("x")
			return
		}
		var problems config.Problems
		if !errors.As(err, &problems) || len(problems) == 0 {
			t.Fatalf("no problems: %v", err)
		}
	})
}
