package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"
)

// TestMain lets scripts run the program as `exec tidings`, and looks at the end whether a goroutine stayed behind.
func TestMain(m *testing.M) {
	testscript.Main(leakless{m}, map[string]func(){"tidings": main})
}

type leakless struct{ m *testing.M }

// Run runs the tests; what they started must have ended with them.
func (l leakless) Run() int {
	code := l.m.Run()
	if code != 0 {
		return code
	}
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// result is what a command left behind.
type result struct {
	code     int
	out, err string
}

// program runs the program in this process, at the instant that now gives.
func program(t *testing.T, now func() time.Time, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	a := &app{in: strings.NewReader(""), out: &out, errs: &errs, now: now}
	code := a.run(t.Context(), args)
	return result{code, out.String(), errs.String()}
}

func TestWhoInterruptsACommandIsToldSoInWords(t *testing.T) {
	t.Parallel()
	if got := explain(errors.Join(fmt.Errorf("read list.csv: %w", context.Canceled), io.ErrShortWrite)); got != "read list.csv: interrupted\nshort write" {
		t.Error(got)
	}
}

func TestWhoMeetsAnOlderDaemonIsToldToStopIt(t *testing.T) {
	t.Parallel()
	if got := explain(fmt.Errorf("opening x.db: %w", tidings.ErrOlderSender)); !strings.Contains(got, "older version") || !strings.Contains(got, "\n  stop it: ") {
		t.Error(got)
	}
}

// must is program, of a command that has to succeed; it gives what was printed.
func must(t *testing.T, now func() time.Time, args ...string) string {
	t.Helper()
	r := program(t, now, args...)
	if r.code != exitDone {
		t.Fatalf("tidings %s: exit code %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return r.out
}

// at is a clock that stands still.
func at(year int) func() time.Time {
	return func() time.Time { return time.Date(year, time.May, 4, 9, 30, 0, 0, time.UTC) }
}

func TestRunReadsTheWordsGivenAndNothingElse(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	if code := run(context.Background(), []string{"version"}, strings.NewReader(""), &out, &errs); code != exitDone {
		t.Fatalf("exit code %d: %s", code, &errs)
	}
	if !strings.HasPrefix(out.String(), "tidings ") || errs.Len() > 0 {
		t.Errorf("version printed %q and %q", &out, &errs)
	}
}
