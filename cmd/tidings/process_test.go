package main

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestTheDaemonEndsOnASignalWithExitCodeZero runs the program as a process of its own, as a service manager does.
func TestTheDaemonEndsOnASignalWithExitCodeZero(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		dir := t.TempDir()
		demoOnce(t, time.Now, dir)
		cmd := exec.CommandContext(t.Context(), "tidings", "serve", "--listen", "127.0.0.1:0", "--config", filepath.Join(dir, "tidings.toml"))
		logs, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var log strings.Builder
		for lines := bufio.NewScanner(logs); lines.Scan(); {
			log.WriteString(lines.Text() + "\n")
			if strings.Contains(lines.Text(), "msg=serving") {
				if err := cmd.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := cmd.Wait(); err != nil || !strings.Contains(log.String(), "stopping") {
			t.Errorf("%s: %v\n%s", signal, err, &log)
		}
	}
}
