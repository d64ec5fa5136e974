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
		s.Postal["ko"] != "402 Hannuri-daero\nSejong" || s.TagEntity != "press@example.org,2026-03-01" {
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
		"TIDINGS_SMTP_HOST=mail.example.org": true, "TIDINGS_MAIL_FROM=x@example.org": true, "TIDINGS_SITE_POSTAL_ADDRESS=x": false,
		"TIDINGS_SITE_BASE_URL=https://news.example.org": true,
		"TIDINGS_SITE_NAME=Other":                        false, "TIDINGS_SITE_BASE_URL=https://b.example.org": false, "TIDINGS_SITE_TIME_ZONE=Asia/Seoul": false,
		"TIDINGS_SITE_LANGUAGES=en,ko": false, "TIDINGS_BRAND_COLOUR=#8a1538": false, "TIDINGS_BRAND_FOOTER=x": false,
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
		s.Postal["en"] != "1 Main Street\nTown \\" || s.TagEntity != "a.example.org,2026" || len(s.Languages) != 2 {
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
