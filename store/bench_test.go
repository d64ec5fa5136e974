package store_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// BenchmarkOutbox claims and settles in fifties, as the mailer does.
func BenchmarkOutbox(b *testing.B) {
	db := storetest.New(b)
	for i := range 5_000 {
		storetest.Subscribe(b, db, at(0), fmt.Sprintf("s%d@example.org", i), storetest.To(b, tidings.Daily, ""))
	}
	n := 0
	for b.Loop() {
		claimed, err := db.Claim(b.Context(), at(n), 50)
		if err != nil {
			b.Fatal(err)
		}
		if len(claimed) == 0 {
			b.StopTimer()
			n++
			storetest.Save(b, db, at(n), tidings.Release{Slug: fmt.Sprintf("r-%d", n)})
			run := newRun(tidings.Daily, at(n).Add(-time.Minute))
			if _, err := db.OpenRun(b.Context(), run, takeAll(&run.UpTo)); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
			continue
		}
		outcomes := make([]tidings.Outcome, len(claimed))
		for i, d := range claimed {
			outcomes[i] = tidings.Outcome{Delivery: d.ID, State: tidings.DeliverySent, Attempts: 1, Reply: "250 ok", At: at(n)}
		}
		if err := db.Settle(b.Context(), outcomes); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReleases reads first pages of an archive of 20,000.
func BenchmarkReleases(b *testing.B) {
	db := archive(b, 20_000)
	for _, sel := range []tidings.Selection{{}, {Topic: "t7"}, {Language: "ko"}} {
		b.Run(sel.Filter(), func(b *testing.B) {
			for b.Loop() {
				if all, err := db.Releases(b.Context(), tidings.Query{Selection: sel, Limit: 20}); err != nil || len(all) != 20 {
					b.Fatal(len(all), err)
				}
			}
		})
	}
}

func archive(b *testing.B, n int) *store.DB {
	b.Helper()
	db := storetest.New(b)
	for i := range 40 {
		storetest.Topics(b, db, at(0), fmt.Sprintf("t%d", i))
	}
	languages := []string{"en", "ko", "en", "en"}
	for i := range n {
		storetest.Save(b, db, at(0), tidings.Release{
			Slug: fmt.Sprintf("r%d", i), Published: at(-i), Language: languages[i%4], Topics: []string{fmt.Sprintf("t%d", i%40)},
		})
	}
	return db
}

// BenchmarkImport takes an archive over in batches of 500, on a disk that is waited for: -benchtime 200x is one of 100,000
// releases, half of them in Korean, with texts of about 2 KB and three topics each.
func BenchmarkImport(b *testing.B) {
	db, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "tidings.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	for i := range 40 {
		storetest.Topics(b, db, at(0), fmt.Sprintf("t%d", i))
	}
	rng, site := rand.New(rand.NewPCG(1, 2)), storetest.Site(b)
	made := 0
	for b.Loop() {
		b.StopTimer()
		batch := make([]tidings.Filing, 500)
		for i := range batch {
			batch[i] = tidings.Filing{Release: archived(rng, made), Archived: true}
			made++
		}
		b.StartTimer()
		filed, err := db.SaveBatch(b.Context(), site, batch, at(0), "bench")
		if err != nil || filed[499].Change != tidings.Created {
			b.Fatal(filed[499], err)
		}
	}
	b.ReportMetric(float64(made)/b.Elapsed().Seconds(), "releases/s")
	b.ReportMetric(float64(resident(b))/(1<<20), "MB-resident")
}

// archived is the nth release of an archive: the even ones in English, each with a Korean version.
func archived(rng *rand.Rand, n int) *tidings.Release {
	language, first, letters := "en", 'a', 26
	if n%2 == 1 {
		language, first, letters = "ko", '가', 11172
	}
	text := []byte{}
	for len(text) < 2000 {
		for range 2 + rng.IntN(6)*26/max(26, letters/64) {
			text = utf8.AppendRune(text, first+rune(rng.IntN(letters)*rng.IntN(letters)/letters))
		}
		text = append(text, ' ')
	}
	return &tidings.Release{
		Source: fmt.Sprintf("file:%d", n), Slug: "release", Language: language, Title: string(text[:60]),
		Body:   tidings.Body{Format: tidings.Markdown, Source: string(text), HTML: "<p>" + string(text) + "</p>", Text: string(text)},
		Topics: []string{fmt.Sprintf("t%d", n%40), fmt.Sprintf("t%d", (n+7)%40), fmt.Sprintf("t%d", (n+13)%40)},
		Status: tidings.Published, Published: at(-n), Translation: fmt.Sprintf("key-%d", n/2),
		Aliases: []string{fmt.Sprintf("/news/%d.html", n)}, Office: fmt.Sprintf("Office %d", n%12),
	}
}

// resident is how much memory the process has had at the most, in octets; 0 where the system does not tell.
func resident(b *testing.B) (octets int64) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if n, found := strings.CutPrefix(line, "VmHWM:"); found {
			if _, err := fmt.Sscanf(n, "%d kB", &octets); err != nil {
				b.Fatal(err)
			}
		}
	}
	return octets << 10
}
