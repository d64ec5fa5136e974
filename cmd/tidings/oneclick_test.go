package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings/doctor"
)

// TestTheDoctorKnowsItsOwnSiteByTheAnswerToAOneClick asks the real site, and one that answers everything with a page.
func TestTheDoctorKnowsItsOwnSiteByTheAnswerToAOneClick(t *testing.T) {
	t.Parallel()
	h, _ := testHouse(t, "bounce = \"b@agency.org\"")
	h.dns = records{}
	var site http.Handler
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { site.ServeHTTP(w, r) }))
	defer server.Close()
	var err error
	if h.site.Base, err = url.Parse(server.URL + "/"); err != nil {
		t.Fatal(err)
	}
	ours, err := h.web(t.Context(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	foreign := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "page.html", time.Time{}, strings.NewReader("<p>Hello</p>"))
	})
	for want, handler := range map[doctor.Severity]http.Handler{doctor.OK: ours, doctor.Hard: foreign} {
		site = handler
		facts, err := h.facts(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		facts.Relays = nil
		d := h.doctor()
		d.Web = server.Client()
		found := false
		for _, f := range d.OutsideChecks(t.Context(), facts, time.Now()) {
			if f.Check == doctor.CheckOneClick && strings.HasPrefix(f.Seen, "a POST to ") {
				found = true
				if f.Severity != want {
					t.Errorf("%s, want %s: %s", f.Severity, want, f.Seen)
				}
			}
		}
		if !found {
			t.Errorf("nothing is said of the POST, want %s", want)
		}
	}
}
