package fetch

import (
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// How far an answer may put off the next visit, and failures in a row.
const (
	longestRest  = 7 * 24 * time.Hour // Retry-After
	longestFresh = 24 * time.Hour     // max-age, ttl
	longestBack  = 24 * time.Hour     // after failures
)

// wait is how long the site asks to be left alone: by Retry-After (RFC 9110 §10.2.3), seconds or a date, else by max-age less
// Age (RFC 9111 §4.2). 0: it does not ask.
func wait(h http.Header, now time.Time) time.Duration {
	if retry := strings.TrimSpace(h.Get("Retry-After")); retry != "" {
		if at, err := http.ParseTime(retry); err == nil {
			return min(max(at.Sub(now), 0), longestRest)
		}
		return min(seconds(retry), longestRest)
	}
	for _, line := range h.Values("Cache-Control") {
		for part := range strings.SplitSeq(line, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			if strings.EqualFold(name, "max-age") {
				return min(max(seconds(strings.Trim(value, `"`))-seconds(h.Get("Age")), 0), longestFresh)
			}
		}
	}
	return 0
}

// seconds reads a number of them; what is none is 0, and what is more than a year is a year.
func seconds(s string) time.Duration {
	const year = 365 * 24 * 3600
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil && n <= 0 || n < 0 {
		return 0
	}
	return time.Duration(min(n, year)) * time.Second
}

// backOff doubles with each failure in a row, up to a day or the feed's own interval.
func backOff(every time.Duration, failures int) time.Duration {
	d := every
	for range min(failures, 40) {
		if d >= longestBack {
			break
		}
		d *= 2
	}
	return max(min(d, longestBack), every)
}

// spread puts feeds that are asked at one time a little apart: up to a tenth of the wait more, the same for a URL each time.
func spread(url string, d time.Duration) time.Duration {
	h := fnv.New32a()
	_, _ = h.Write([]byte(url)) // a hash cannot fail
	return d + time.Duration(float64(d)/10*float64(h.Sum32()%1000)/1000)
}
