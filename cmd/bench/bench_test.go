package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

func output(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if err := run(t.Context(), args, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestTheArchiveIsAlwaysTheSame(t *testing.T) {
	t.Parallel()
	archive := output(t, "releases", "50")
	if again := output(t, "releases", "50"); again != archive {
		t.Error("the second one is another")
	}
	lines := strings.Split(strings.TrimSpace(archive), "\n")
	if len(lines) != 50 {
		t.Fatalf("%d lines", len(lines))
	}
	for _, text := range lines {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil || l.ID == "" || l.Title == "" || l.Body == "" || len(l.Topics) == 0 {
			t.Errorf("%v: %s", err, text)
		}
	}
	for _, word := range strings.Fields(output(t, "words", "10")) {
		if len([]rune(word)) != 2 || !strings.Contains(archive, word) {
			t.Errorf("%s is no word of two syllables that is in the archive", word)
		}
	}
}

func TestTheListOfSubscribersIsAlwaysTheSame(t *testing.T) {
	t.Parallel()
	list := output(t, "subscribers", "100")
	if again := output(t, "subscribers", "100"); again != list {
		t.Error("the second one is another")
	}
	if lines := strings.Split(strings.TrimSpace(list), "\n"); len(lines) != 101 || strings.Count(lines[1], "topic-") != 4 {
		t.Errorf("%d lines, the first %s", len(lines), lines[1])
	}
	if n := strings.Count(output(t, "topics"), "[[topic]]"); n != 40 {
		t.Errorf("%d topics", n)
	}
}

func TestLoadAsksForEveryURLInTurnAndCountsWhatIsNot200(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) > 2 && r.URL.Query().Get("q") == "수소" {
			w.WriteHeader(http.StatusTeapot)
		}
	}))
	defer server.Close()
	got := output(t, "load", "--clients", "2", "--duration", "50ms", "--together", server.URL+"/a", server.URL+"/b?q=수소")
	fields := strings.Fields(strings.Split(got, "\n")[1])
	if faults := fields[7]; faults == "0" || !strings.Contains(got, "/a and 1 more") {
		t.Errorf("%s", got)
	}
	if err := run(t.Context(), []string{"load", server.URL + "/b?q=수소"}, &bytes.Buffer{}); err == nil {
		t.Error("measures what answers with a fault at once")
	}
}
