package store_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
	site, languages, made := storetest.Site(b), []vocabulary{newVocabulary("en", 'a', 26, 12), newVocabulary("ko", '가', 2350, 5)}, 0
	for b.Loop() {
		b.StopTimer()
		batch := make([]tidings.Filing, 500)
		for i := range batch {
			batch[i] = tidings.Filing{Release: languages[made%2].release(made), Archived: true}
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

// vocabulary is the words of a language, as often as Zipf says.
type vocabulary struct {
	language string
	words    []string
	often    *rand.Zipf
}

func newVocabulary(language string, first rune, letters, longest int) vocabulary {
	rng := rand.New(rand.NewPCG(1, 2))
	v := vocabulary{language: language, words: make([]string, 30_000)}
	v.often = rand.NewZipf(rng, 1.1, 5, uint64(len(v.words)-1))
	for i := range v.words {
		for range 1 + rng.IntN(longest) {
			v.words[i] += string(first + rune(rng.IntN(letters)))
		}
	}
	return v
}

func (v *vocabulary) text(octets int) string {
	var b strings.Builder
	for b.Len() < octets {
		b.WriteString(v.words[v.often.Uint64()])
		b.WriteByte(' ')
	}
	return b.String()
}

// release is the nth of an archive.
func (v *vocabulary) release(n int) *tidings.Release {
	text := v.text(2000)
	return &tidings.Release{
		Source: fmt.Sprintf("file:%d", n), Slug: "release", Language: v.language, Title: v.text(40),
		Body:   tidings.Body{Format: tidings.Markdown, Source: text, HTML: "<p>" + text + "</p>", Text: text},
		Topics: []string{fmt.Sprintf("t%d", n%40), fmt.Sprintf("t%d", (n+7)%40), fmt.Sprintf("t%d", (n+13)%40)},
		Status: tidings.Published, Published: at(-n), Translation: fmt.Sprintf("key-%d", n/2),
		Aliases: []string{fmt.Sprintf("/news/%d.html", n)}, Office: fmt.Sprintf("Office %d", n%12),
	}
}

// resident is how much memory the process has had at the most, in octets; 0 where the system does not tell.
func resident(b *testing.B) (octets int64) {
	b.Helper()
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
