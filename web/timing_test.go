package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestAnswersTakeAsLongForAllAddresses looks for a difference in time between addresses of all kinds, in what a stranger measures.
func TestAnswersTakeAsLongForAllAddresses(t *testing.T) {
	t.Parallel()
	n := newJoinroom(t)
	n.joining.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	n.open()
	kinds := n.kinds()
	server := httptest.NewServer(n)
	t.Cleanup(server.Close)
	rounds := 12
	if testing.Short() {
		rounds = 4 // under the race detector: see Makefile
	}
	took := map[string][]time.Duration{}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	asked := 0
	for range rounds { // one after another, so that what else the machine does troubles all alike
		n.read = n.read.Add(9 * time.Hour) // so that each is met in full, within all limits
		stamp := stampIn(t, n.page("/subscribe"))
		n.read = n.read.Add(time.Minute)
		for kind, address := range kinds {
			body := strings.NewReader(wish(address, "stamp", stamp).Encode())
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/subscribe", body)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			asked++
			r.Header.Set("X-Forwarded-For", fmt.Sprintf("203.0.%d.1", asked))
			start := time.Now()
			resp, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			took[kind] = append(took[kind], time.Since(start))
			if resp.StatusCode != http.StatusSeeOther {
				t.Fatalf("%s: %d", kind, resp.StatusCode)
			}
		}
	}
	var medians []time.Duration
	var noise time.Duration // how far the middle half of one kind's answers lie apart: what the machine does, whoever is asked about
	for kind, all := range took {
		slices.Sort(all)
		t.Logf("%-10s from %v to %v, in the middle %v", kind, all[0], all[rounds-1], all[rounds/2])
		if all[0] < 300*time.Millisecond {
			t.Errorf("%s was answered after %v", kind, all[0])
		}
		medians = append(medians, all[rounds/2])
		noise = max(noise, all[rounds*3/4]-all[rounds/4])
	}
	// What an answer took is rounded up to a step: what is left is the noise of timers and of the network.
	if spread := slices.Max(medians) - slices.Min(medians); spread > 20*time.Millisecond+2*noise {
		t.Errorf("the medians are %v apart, and one kind's own answers %v", spread, noise)
	}
}
