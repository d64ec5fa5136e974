package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// readURLs escapes what is not, so that words may be given as they are written.
func readURLs(args []string) ([]string, error) {
	var urls []string
	for _, arg := range args {
		u, err := url.Parse(arg)
		if err != nil {
			return nil, err
		}
		u.RawQuery = u.Query().Encode()
		urls = append(urls, u.String())
	}
	return urls, nil
}

// measurement is what the readers of some URLs had to wait.
type measurement struct {
	urls   []string
	firsts []time.Duration // of each URL's first request, sorted
	waits  []time.Duration // of all others, sorted
	took   time.Duration
	octets int64 // of an answer, on average
	faults int64 // answers other than 200
}

// measure asks for each URL once, alone, and then for all of them in turn with so many clients at once.
func measure(ctx context.Context, urls []string, clients int, duration time.Duration) (*measurement, error) {
	m := &measurement{urls: urls}
	transport := &http.Transport{MaxIdleConnsPerHost: clients, DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	for _, u := range urls {
		_, status, wait, err := get(ctx, client, u)
		if err != nil {
			return nil, err
		}
		if status != http.StatusOK {
			return nil, fmt.Errorf("%s answers %d", u, status)
		}
		m.firsts = append(m.firsts, wait)
	}
	slices.Sort(m.firsts)
	return m, m.crowd(ctx, client, clients, duration)
}

func (m *measurement) crowd(ctx context.Context, client *http.Client, clients int, duration time.Duration) error {
	var (
		all           sync.WaitGroup
		mu            sync.Mutex
		turn, octets  atomic.Int64
		failed        error
		start         = time.Now()
		enough, ended = context.WithDeadline(ctx, start.Add(duration))
	)
	defer ended()
	for range clients {
		all.Go(func() {
			var waits []time.Duration
			var faults int64
			for enough.Err() == nil {
				n, status, wait, err := get(ctx, client, m.urls[int(turn.Add(1))%len(m.urls)])
				if err != nil {
					mu.Lock()
					failed = err
					mu.Unlock()
					return
				}
				if status != http.StatusOK {
					faults++
				}
				octets.Add(n)
				waits = append(waits, wait)
			}
			mu.Lock()
			defer mu.Unlock()
			m.waits, m.faults = append(m.waits, waits...), m.faults+faults
		})
	}
	all.Wait()
	m.took = time.Since(start)
	slices.Sort(m.waits)
	m.octets = octets.Load() / int64(max(1, len(m.waits)))
	return failed
}

// get reads an answer to its end.
func get(ctx context.Context, client *http.Client, u string) (octets int64, status int, wait time.Duration, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u, http.NoBody)
	if err != nil {
		return 0, 0, 0, err
	}
	r.Header.Set("Accept-Encoding", "gzip")
	start := time.Now()
	resp, err := client.Do(r)
	if err != nil {
		return 0, 0, 0, err
	}
	defer resp.Body.Close()
	octets, err = io.Copy(io.Discard, resp.Body)
	return octets, resp.StatusCode, time.Since(start), err
}

func (m *measurement) String() string {
	name, err := url.QueryUnescape(m.urls[0])
	if err != nil {
		name = m.urls[0]
	}
	if len(m.urls) > 1 {
		name = fmt.Sprintf("%s and %d more", name, len(m.urls)-1)
	}
	return fmt.Sprintf("%10.1f %10.1f %9.0f %9.2f %9.2f %9.2f %8d %6d  %s",
		ms(at(m.firsts, 50)), ms(at(m.firsts, 100)), float64(len(m.waits))/m.took.Seconds(),
		ms(at(m.waits, 50)), ms(at(m.waits, 99)), ms(at(m.waits, 100)), m.octets, m.faults, name)
}

// at is the wait that so many of a hundred do not exceed.
func at(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(0, (len(sorted)*percent+99)/100-1)]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
