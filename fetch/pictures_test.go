package fetch

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestPicturesAskForEachAddressOnceAndLeaveAHostInTroubleAlone(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	url := site(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		switch r.URL.Path {
		case "/a.png":
			fmt.Fprint(w, "octets")
		case "/busy.png":
			w.WriteHeader(http.StatusTooManyRequests)
		case "/large.png":
			_, _ = w.Write(make([]byte, largestPicture+1))
		case "/broken.png":
			if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
				_ = conn.Close() // without an answer
			}
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
	for name, c := range map[string]struct {
		paths []string
		asked int64
		last  string // of the last one: the error, or the octets
	}{
		"once":   {[]string{"/a.png", "/a.png", "/none.png", "/none.png", "/a.png"}, 2, "octets"},
		"busy":   {[]string{"/busy.png", "/a.png"}, 1, "is left alone"},
		"silent": {[]string{"/broken.png?1", "/broken.png?2", "/broken.png?3", "/a.png"}, 3, "is left alone"},
		"absent": {[]string{"/1.png", "/2.png", "/3.png", "/4.png", "/a.png"}, 5, "octets"},
		"large":  {[]string{"/large.png"}, 1, "is larger than 8 MB"},
	} {
		asked.Store(0)
		p := NewPictures(client(t), true, now)
		last := ""
		for _, path := range c.paths {
			data, err := p.Get(t.Context(), url+path)
			if last = string(data); err != nil {
				last = err.Error()
			}
		}
		if !strings.Contains(last, c.last) || asked.Load() != c.asked {
			t.Errorf("%s: asked %d times, %s", name, asked.Load(), last)
		}
	}
}

func TestPicturesAreNotSoughtInsideAndEndWithTheirTime(t *testing.T) {
	t.Parallel()
	url := site(t, func(http.ResponseWriter, *http.Request) { t.Error("asked") })
	if _, err := NewPictures(client(t), false, now).Get(t.Context(), url); err == nil || !strings.Contains(err.Error(), "private network") {
		t.Errorf("%v", err)
	}
	clock := now()
	p := NewPictures(client(t), true, func() time.Time { return clock })
	if _, err := p.Get(t.Context(), "http://127.0.0.1:1/"); err == nil {
		t.Error("a port that is not asked was")
	}
	p.until, clock = clock.Add(longestGather), clock.Add(longestGather+1)
	if _, err := p.Get(t.Context(), url); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("%v", err)
	}
}
