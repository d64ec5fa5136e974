package mailer

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

var update = flag.Bool("update", false, "write the goldens anew")

func TestMain(m *testing.M) {
	if runsAsChild() {
		os.Exit(childMain())
	}
	if os.Getenv(sinkAway) != "" {
		os.Exit(sinkMain())
	}
	goleak.VerifyTestMain(m)
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func seoul() *time.Location { return time.FixedZone("KST", 9*60*60) }

func testSite() *tidings.Site {
	return &tidings.Site{
		Names:      map[string]string{"en": "Ministry of Trade, Industry and Energy", "ko": "산업통상자원부"},
		Base:       &url.URL{Scheme: "https", Host: "news.example.org"},
		Language:   "en",
		Languages:  []string{"en", "ko"},
		Zone:       seoul(),
		Postal:     map[string]string{"en": "402 Hannuri-daero, Sejong 30118"},
		TagEntity:  "news.example.org,2026",
		MailDomain: "news.example.org",
	}
}

func testSender() Sender {
	return Sender{From: "news@example.org", ReplyTo: "press@example.org", Bounce: "bounce@example.org", Leave: "leave@example.org"}
}

func testKeys(t testing.TB) tidings.Keyring {
	return must(tidings.NewKeyring([]byte(strings.Repeat("k", 32))))(t)
}

func testComposer(t testing.TB) *Composer {
	t.Helper()
	set := must(templates.New(nil))(t)
	return must(NewComposer(testSite(), set, testKeys(t), testSender()))(t)
}

// composing is made once: parsing all templates takes longer than most tests.
var composing = sync.OnceValues(func() (*Composer, error) {
	set, err := templates.New(nil)
	if err != nil {
		return nil, err
	}
	keys, err := tidings.NewKeyring([]byte(strings.Repeat("k", 32)))
	if err != nil {
		return nil, err
	}
	return NewComposer(testSite(), set, keys, testSender())
})

// sharedComposer is like testComposer, for who changes nothing of it.
func sharedComposer(t testing.TB) *Composer {
	t.Helper()
	return must(composing())(t)
}

func testTopics() []tidings.Topic {
	return []tidings.Topic{
		{Slug: "energy", Names: map[string]string{"en": "Energy", "ko": "에너지"}},
		{Slug: "trade", Names: map[string]string{"en": "Trade", "ko": "통상"}},
	}
}

func testRun(cadence string) tidings.Run {
	created := time.Date(2026, 3, 30, 7, 0, 0, 0, seoul())
	return tidings.Run{
		ID: 7, Slot: tidings.Slot{Cadence: cadence, Zone: "Asia/Seoul", Hour: tidings.AnyHour},
		Due: created, Created: created, Domain: "news.example.org",
	}
}

func testEdition(language string, releases ...tidings.Release) *tidings.Edition {
	e := &tidings.Edition{ID: 3, Run: testRun(tidings.Weekly), Language: language, Releases: releases}
	for i := range releases {
		section := ""
		if len(releases[i].Topics) > 0 {
			section = releases[i].Topics[0]
		}
		e.Entries = append(e.Entries, tidings.Entry{Release: int64(i + 1), Revision: 1, Section: section})
	}
	return e
}

func testRelease(n int, language, title, text string, topics ...string) tidings.Release {
	return tidings.Release{
		ID: int64(n), Slug: fmt.Sprintf("release-%d", n), Language: language, Title: title, Summary: text,
		Topics: topics, Published: time.Date(2026, 3, 20+n%8, 9, 0, 0, 0, seoul()), Revision: 1,
	}
}

func english() *tidings.Edition {
	return testEdition("en",
		testRelease(1, "en", "Energy Commission approves four agendas", "The commission met for the second time.", "energy", "trade"),
		testRelease(2, "en", "ICT exports rise 3.1 percent: “a record”", "Exports came to ₩20 trillion, says Mr. Šefčovič.", "trade"),
		testRelease(3, "en", "=?utf-8?q?not_encoded?= & <b>bold</b>", ".\nA lead that starts with a dot."))
}

func korean() *tidings.Edition {
	return testEdition("ko",
		testRelease(1, "ko", "에너지위원회, 네 가지 안건을 심의·의결하고 향후 전력 수급 계획을 논의하였다", "제2차 에너지위원회가 열렸다.", "energy"),
		testRelease(2, "ko", "2월 정보통신기술 수출 3.1% 증가", "수출은 역대 최대를 기록하였다.", "trade"))
}

func testDelivery(id int64, address string) *tidings.Delivery {
	run := testRun(tidings.Weekly)
	return &tidings.Delivery{
		ID: id, RunID: run.ID, EditionID: 3, Subscriber: id, Since: run.Created.AddDate(-1, 0, 0),
		Cadence: tidings.Weekly, Address: address,
		MessageID: run.MessageID(id), Date: run.Created, State: tidings.DeliveryPending,
	}
}

// golden compares with a file under testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs; -update writes it anew:\n%s", name, diff)
	}
}
