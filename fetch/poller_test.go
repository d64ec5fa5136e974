package fetch

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings"
)

// about says whether a wait is what was asked for and at most a tenth more.
func about(got, want time.Duration) bool {
	return got >= want-time.Minute && got <= want+want/10+time.Minute
}

func TestPollerAsksAsOftenAsConfiguredAndNeverMoreOftenThanAskedTo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rest   time.Duration
		header []string
		want   time.Duration
	}{
		"every":     {0, nil, time.Hour},
		"ttl":       {5 * time.Hour, nil, 5 * time.Hour},
		"long ttl":  {99 * time.Hour, nil, 24 * time.Hour},
		"max-age":   {0, []string{"Cache-Control", "max-age=14400"}, 4 * time.Hour},
		"short age": {0, []string{"Cache-Control", "max-age=60"}, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := web(func(*http.Request, int) *http.Response { return status(200, c.header...) })
				w.rest = c.rest
				w.runs(t, 60*time.Hour, Feed{URL: feedA, Every: time.Hour})
				gaps := w.gaps(feedA)
				if len(gaps) < 2 || slices.ContainsFunc(gaps, func(d time.Duration) bool { return !about(d, c.want) }) {
					t.Errorf("%v, want %v", gaps, c.want)
				}
				if !w.firsts[0] || slices.Contains(w.firsts[1:], true) {
					t.Errorf("first visits %v", w.firsts)
				}
			})
		})
	}
}

func TestPollerIsConditionalAlsoAfterARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := web(func(r *http.Request, n int) *http.Response {
			if n > 1 && (r.Header.Get("If-None-Match") != `"x"` || r.Header.Get("If-Modified-Since") != "then") {
				t.Errorf("request %d: %v", n, r.Header)
			}
			if n > 1 {
				return status(304)
			}
			return status(200, "ETag", `"x"`, "Last-Modified", "then")
		})
		w.runs(t, 90*time.Minute, Feed{URL: feedA, Every: time.Hour})
		w.runs(t, 90*time.Minute, Feed{URL: feedA, Every: time.Hour})
		if gaps := w.gaps(feedA); len(gaps) != 2 || !about(gaps[0], time.Hour) || !about(gaps[1], time.Hour) || len(w.firsts) != 1 {
			t.Errorf("%v, %d visits taken", gaps, len(w.firsts))
		}
	})
}

func TestPollerBacksOffUpToADayAndRecovers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := web(func(_ *http.Request, n int) *http.Response {
			switch {
			case n <= 3:
				return nil
			case n <= 7:
				return status(500)
			}
			return status(200)
		})
		w.runs(t, 130*time.Hour, Feed{URL: feedA, Every: time.Hour})
		want := []time.Duration{2, 4, 8, 16, 24, 24, 24, 1, 1}
		gaps := w.gaps(feedA)
		for i, hours := range want {
			if i >= len(gaps) || !about(gaps[i], hours*time.Hour) {
				t.Fatalf("%v, want %v hours", gaps, want)
			}
		}
		if s := w.ledger[feedA]; s.Failures != 0 || s.Trouble != "" {
			t.Errorf("%+v", s)
		}
	})
}

func TestPollerHeedsRetryAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := web(func(_ *http.Request, n int) *http.Response {
			switch n {
			case 1:
				return status(429, "Retry-After", "18000")
			case 2:
				return status(503, "Retry-After", time.Now().Add(30*time.Hour).UTC().Format(http.TimeFormat))
			}
			return status(200)
		})
		w.runs(t, 40*time.Hour, Feed{URL: feedA, Every: time.Hour})
		if gaps := w.gaps(feedA); len(gaps) < 2 || !about(gaps[0], 5*time.Hour) || !about(gaps[1], 30*time.Hour) {
			t.Errorf("%v", gaps)
		}
	})
}

func TestPollerGoesWhereAFeedHasMovedAndComesBackWhenItIsLostThere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const old, next = "https://a.example/old", "https://a.example/new"
		lost := false
		w := web(func(r *http.Request, _ int) *http.Response {
			switch {
			case r.URL.Path == "/old" && !lost:
				return status(301, "Location", "/new")
			case r.URL.Path == "/new" && lost:
				return status(404)
			}
			return status(200)
		})
		w.runs(t, 150*time.Minute, Feed{URL: old, Every: time.Hour})
		if len(w.asked[old]) != 1 || len(w.asked[next]) != 3 || w.ledger[old].Moved != next {
			t.Errorf("old %d, new %d, %+v", len(w.asked[old]), len(w.asked[next]), w.ledger[old])
		}
		lost = true
		w.runs(t, 72*time.Hour, Feed{URL: old, Every: time.Hour})
		if len(w.asked[old]) < 2 || w.ledger[old].Moved != "" || w.ledger[old].Failures != 0 {
			t.Errorf("old %d, %+v", len(w.asked[old]), w.ledger[old])
		}
	})
}

func TestPollerNeverAsksAgainForWhatIsGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := web(func(*http.Request, int) *http.Response { return status(410) })
		for range 2 {
			w.runs(t, 99*time.Hour, Feed{URL: feedA, Every: time.Hour})
		}
		if len(w.asked[feedA]) != 1 || w.ledger[feedA].Gone.IsZero() {
			t.Errorf("asked %d times, %+v", len(w.asked[feedA]), w.ledger[feedA])
		}
	})
}

func TestPollerTakesUpWhatWasGoneWhenAVisitFindsItBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		answers := []int{410, 503, 200}
		w := web(func(_ *http.Request, n int) *http.Response { return status(answers[n-1]) })
		p := w.poller(Feed{URL: feedA, Every: time.Hour})
		s := tidings.Source{URL: feedA}
		for i, gone := range []bool{true, true, false} {
			var err error
			s, err = p.Visit(t.Context(), p.Feeds[0], s)
			if err != nil || s.Gone.IsZero() == gone || w.ledger[feedA].Gone.IsZero() == gone {
				t.Errorf("visit %d: %+v, %v", i+1, s, err)
			}
		}
	})
}

func TestPollerAsksAgainInFullForWhatItCouldNotTake(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := web(func(r *http.Request, _ int) *http.Response {
			if r.Header.Get("If-None-Match") != "" {
				t.Error("asked as if it had been taken")
			}
			return status(200, "ETag", `"x"`)
		})
		w.takes = errors.New("no feed")
		w.runs(t, 5*time.Hour, Feed{URL: feedA, Every: time.Hour})
		if s := w.ledger[feedA]; s.Failures != 2 || s.Trouble != "no feed" || !s.Visited.IsZero() || slices.Contains(w.firsts, false) {
			t.Errorf("%+v, first visits %v", s, w.firsts)
		}
	})
}

func TestPollerAsksManyHostsAtOnceAndEachForOneThing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := web(func(*http.Request, int) *http.Response { return status(200) })
		var feeds []Feed
		for _, host := range []string{"a", "b", "c", "d", "e", "f", "g"} {
			for _, path := range []string{"1", "2", "3"} {
				feeds = append(feeds, Feed{URL: (&url.URL{Scheme: "https", Host: host + ".example", Path: "/" + path}).String(), Every: time.Hour})
			}
		}
		w.runs(t, 30*time.Minute, feeds...)
		for _, f := range feeds {
			if s := w.ledger[f.URL]; len(w.asked[f.URL]) != 1 || s.Trouble != "" {
				t.Errorf("%s: asked %d times, %+v", f.URL, len(w.asked[f.URL]), s)
			}
		}
		if w.most != atOnce {
			t.Errorf("%d hosts at once, want %d", w.most, atOnce)
		}
	})
}

func TestPollerThatIsStoppedForgetsTheVisitThatWasUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := web(func(*http.Request, int) *http.Response { return status(500) })
		w.runs(t, time.Second/2, Feed{URL: feedA, Every: time.Hour})
		if len(w.ledger) != 0 {
			t.Errorf("%+v", w.ledger)
		}
	})
}
