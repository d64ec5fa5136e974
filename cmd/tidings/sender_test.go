package main

import (
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

func TestADaemonThatWaitsToSendSaysWhatWouldHelp(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]string{
		tidings.ErrFull: "make room on the disk of ", tidings.ErrLocked: "see what else uses ", tidings.ErrBusy: "see what else uses ",
	} {
		h, logs := testHouse(t, "")
		h.tellWaiting(err)
		if got := logs.String(); !strings.Contains(got, `mend="`+want+h.cfg.Database.Path) || !strings.Contains(got, err.Error()) {
			t.Errorf("%v: the log says %s", err, got)
		}
	}
}
