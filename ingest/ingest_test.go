package ingest_test

import (
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings/ingest"
)

var update = flag.Bool("update", false, "write the goldens anew")

const ministry = "../examples/ministry/"

// options are a Korean ministry's.
func options(t testing.TB) ingest.Options {
	t.Helper()
	seoul, err := time.LoadLocation("Asia/Seoul")
	if err != nil {
		t.Fatal(err)
	}
	base, err := url.Parse("https://news.example.org/")
	if err != nil {
		t.Fatal(err)
	}
	return ingest.Options{Zone: seoul, Language: "en", Base: base}
}

// archive reads a text as an archive named "a.txt".
func archive(t testing.TB, text string) []ingest.Item {
	t.Helper()
	return slices.Collect(ingest.Archive(strings.NewReader(text), "a.txt", options(t)))
}

// golden compares with the file of that name under testdata, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run go test -update ./ingest/ and look at the difference\ngot:\n%s", path, got)
	}
}

func open(t testing.TB, path string) *os.File {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}
