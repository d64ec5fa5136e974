package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

func BenchmarkFeed304(b *testing.B) {
	n := newNewsroom(b)
	for i := range 50 {
		n.save(fmt.Sprintf("r%d", i), nil)
	}
	tag := n.get("/feeds/topics/energy.atom").Header.Get("ETag")
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r := httptest.NewRequest(http.MethodGet, "/feeds/topics/energy.atom", nil)
			r.Header.Set("If-None-Match", tag)
			w := httptest.NewRecorder()
			if n.ServeHTTP(w, r); w.Code != http.StatusNotModified {
				b.Fatal(w.Code)
			}
		}
	})
}
