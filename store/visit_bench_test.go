package store

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/subscribe"
)

var visitors = flag.Int("visitors", 100_000, "how many subscribers BenchmarkVisitBesideADigest has")

// BenchmarkVisitBesideADigest opens own pages, half of them by the links of digests and half by those of letters, which show past
// mails too, while a digest to everybody is decided and sent as fast as the database allows:
//
//	go test ./store -run - -bench VisitBesideADigest -benchtime 20000x -visitors 1000000
func BenchmarkVisitBesideADigest(b *testing.B) {
	db := withSubscribers(b, *visitors)
	for n := range 5 { // mails of before
		save(b, db, n, fmt.Sprint(n), "")
		openForAll(b, db, n)
	}
	if _, err := db.writer.ExecContext(b.Context(), `UPDATE deliveries SET state = 'sent', settled = 1`); err != nil {
		b.Fatal(err)
	}
	service, tokens := benchService(b, db), benchTokens(b, db)
	b.Run("alone", func(b *testing.B) { visit(b, service, tokens) }) // what the machine itself makes them wait
	ctx, stop := context.WithCancel(b.Context())
	var digest sync.WaitGroup
	var sent atomic.Int64
	digest.Go(func() { sendForEver(ctx, b, db, &sent) })
	b.Run("beside", func(b *testing.B) {
		before := sent.Load()
		visit(b, service, tokens)
		b.ReportMetric(float64(sent.Load()-before)/b.Elapsed().Seconds(), "mails/s")
	})
	stop()
	digest.Wait()
}

// visit opens own pages one after the other.
func visit(b *testing.B, service *subscribe.Service, tokens []string) {
	b.Helper()
	var waits []time.Duration
	rnd := rand.New(rand.NewPCG(1, 2))
	for b.Loop() {
		token := tokens[rnd.IntN(len(tokens))]
		start := time.Now()
		v, err := service.Visit(b.Context(), token, at(10))
		waits = append(waits, time.Since(start))
		if err != nil || v.Own != (len(v.Mails) > 0) {
			b.Fatalf("%+v, %v", v, err)
		}
	}
	slices.Sort(waits)
	b.ReportMetric(float64(waits[len(waits)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(waits[(len(waits)*99-1)/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(waits[len(waits)-1].Microseconds())/1000, "max-ms")
}

func benchService(b *testing.B, db *DB) *subscribe.Service {
	b.Helper()
	keys, err := tidings.NewKeyring([]byte(strings.Repeat("k", 32)))
	if err != nil {
		b.Fatal(err)
	}
	return &subscribe.Service{
		Register: db, Personal: db, Tickets: db, Requests: db, Topics: db, Suppressions: db, Keyring: keys, Languages: []string{"en"},
		Site: &tidings.Site{Base: &url.URL{Scheme: "https", Host: "news.example.org"}, MailDomain: "news.example.org"},
	}
}

// benchTokens are those of 2,000 of the subscribers.
func benchTokens(b *testing.B, db *DB) (tokens []string) {
	b.Helper()
	keys, since := benchService(b, db).Keyring, time.UnixMilli(1).UTC()
	for i := range 1000 {
		id := int64(1 + i*(*visitors/1000))
		var delivery int64
		err := db.readers.QueryRowContext(b.Context(), `SELECT id FROM deliveries WHERE id IN (SELECT (id << 25) + ? FROM runs) LIMIT 1`, id).Scan(&delivery)
		if err != nil {
			b.Fatal(err)
		}
		tokens = append(tokens, keys.Mint(tidings.PurposeManage, delivery, id, since))
		l := tidings.Letter{Kind: tidings.LinkLetter, Purpose: tidings.PurposeManage, Subscriber: id, Expires: at(1000)}
		l.Nonce, l.TicketHash = keys.NewTicket(l.Purpose)
		if _, err := db.PostPersonal(b.Context(), &tidings.Request{Kind: tidings.LinkRequest}, &l, at(0), "bench"); err != nil {
			b.Fatal(err)
		}
		token, err := keys.TicketOf(l.Purpose, l.Nonce, l.TicketHash)
		if err != nil {
			b.Fatal(err)
		}
		tokens = append(tokens, token)
	}
	return tokens
}

// sendForEver decides runs for everybody, one after the other, and sends their mails in fifties as the mailer does.
func sendForEver(ctx context.Context, b *testing.B, db *DB, sent *atomic.Int64) {
	b.Helper()
	for n := 5; ctx.Err() == nil; n++ {
		save(b, db, n, fmt.Sprint(n), "")
		openForAll(b, db, n)
		for ctx.Err() == nil {
			claimed, err := db.Claim(b.Context(), at(10_000), 50)
			if err != nil {
				b.Error(err)
				return
			}
			if len(claimed) == 0 {
				break
			}
			outcomes := make([]tidings.Outcome, len(claimed))
			for i, d := range claimed {
				outcomes[i] = tidings.Outcome{
					Delivery: d.ID, Letter: d.Letter != nil, State: tidings.DeliverySent, Attempts: 1, Reply: "250 ok", At: at(n),
				}
			}
			if err := db.Settle(b.Context(), outcomes); err != nil {
				b.Error(err)
				return
			}
			sent.Add(int64(len(outcomes)))
		}
	}
}
