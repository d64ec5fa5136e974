package main

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// stopsAt is a log whose reader asks the program to stop as soon as it has so many lines.
type stopsAt struct {
	bytes.Buffer
	lines int
	stop  context.CancelFunc
}

func (s *stopsAt) Write(line []byte) (int, error) { // slog writes each with one call, and one after the other
	n, err := s.Buffer.Write(line)
	if s.lines--; s.lines == 0 {
		s.stop()
	}
	return n, err
}

func TestServeStopsInPeaceAtWhateverLineOfItsLogItIsAsked(t *testing.T) {
	t.Parallel()
	config := demoWith(t,
		"\n[bounce]\n", "\n[bounce]\ndomain = \"bounce.example.org\"\nlisten_smtp = \"127.0.0.1:0\"\nlisten_lmtp = \"127.0.0.1:0\"\n"+
			"cert_file = \"cert.pem\"\nkey_file = \"key.pem\"\n",
		"\n[metrics]\n", "\n[metrics]\nlisten = \"127.0.0.1:0\"\n",
		"\n[desk]\n", "\n[desk]\nnotify = [\"desk@example.org\"]\n",
		"\n[cadence.immediate]\n", "\n[cadence.immediate]\nveto = \"1h\"\n",
	)
	certify(t, filepath.Dir(config), time.Now().Add(5*24*time.Hour)) // so that the doctor has something to tell the log, which is its last line
	for line, want := range []string{"", "msg=serving", `msg="taking reports"`, `lmtp=true`, `msg="serving metrics"`, "check=bounce-tls"} {
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		logs := &stopsAt{lines: line, stop: stop}
		if line == 0 {
			stop()
		}
		a := &app{in: strings.NewReader(""), out: &bytes.Buffer{}, errs: logs, now: time.Now}
		code := a.run(ctx, []string{"serve", "--config", config, "--listen", "127.0.0.1:0"})
		stop()
		log := logs.String()
		if code != exitDone || logs.lines > 0 || !strings.Contains(log, want) || strings.Contains(log, "level=ERROR") {
			t.Errorf("asked to stop at line %d of its log: exit code %d\n%s", line, code, log)
		}
	}
}
