package fetch

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

// world is a web, a ledger and a desk in memory, on virtual time.
type world struct {
	mu     sync.Mutex
	answer func(r *http.Request, n int) *http.Response // n counts the requests for the URL, from 1
	asked  map[string][]time.Time
	busy   map[string]int // requests under way by host
	most   int            // hosts at once
	ledger map[string]tidings.Source
	firsts []bool
	takes  error
	rest   time.Duration
}

func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	u := r.URL.String()
	w.asked[u] = append(w.asked[u], time.Now())
	n := len(w.asked[u])
	w.busy[r.URL.Host]++
	together := w.busy[r.URL.Host]
	w.most = max(w.most, len(w.busy))
	w.mu.Unlock()
	<-time.After(time.Second)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busy[r.URL.Host]--; w.busy[r.URL.Host] == 0 {
		delete(w.busy, r.URL.Host)
	}
	if together > 1 {
		return nil, errors.New("two requests at once")
	}
	answer := w.answer(r, n)
	if answer == nil {
		return nil, errors.New("no route to host")
	}
	answer.Body = http.NoBody
	return answer, nil
}

func (w *world) Sources(context.Context) ([]tidings.Source, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []tidings.Source
	for _, s := range w.ledger {
		all = append(all, s)
	}
	return all, nil
}

func (w *world) SaveSource(_ context.Context, s tidings.Source) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ledger[s.URL] = s
	return nil
}

func (w *world) gaps(url string) []time.Duration {
	var gaps []time.Duration
	for i, at := range w.asked[url] {
		if i > 0 {
			gaps = append(gaps, at.Sub(w.asked[url][i-1]).Round(time.Minute))
		}
	}
	return gaps
}

// runs lets a poller run for so long, in a bubble of virtual time.
func (w *world) runs(t *testing.T, long time.Duration, feeds ...Feed) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), long)
	defer stop()
	if err := w.poller(feeds...).Run(ctx); err != nil {
		t.Error(err)
	}
}

func (w *world) poller(feeds ...Feed) *Poller {
	return &Poller{
		Feeds: feeds, Client: &Client{public: w, private: w}, Ledger: w, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Take: func(_ context.Context, v Visit) (Taken, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.firsts = append(w.firsts, v.First)
			return Taken{Rest: w.rest}, w.takes
		},
	}
}

func web(answer func(r *http.Request, n int) *http.Response) *world {
	return &world{answer: answer, asked: map[string][]time.Time{}, busy: map[string]int{}, ledger: map[string]tidings.Source{}}
}

func status(code int, header ...string) *http.Response {
	r := &http.Response{StatusCode: code, Header: http.Header{}}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

const feedA = "https://a.example/feed"
