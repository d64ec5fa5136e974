package main

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/config"
	"github.com/tidings/tidings/store/storetest"
)

func TestDaemonForgetsWhatNobodyConfirmedAfterAWeek(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		h := &house{cfg: &config.Config{Retention: config.Retention{UnconfirmedDays: 7}}, db: storetest.New(t), log: slog.New(slog.NewTextHandler(&log, nil))}
		asked := time.Now()
		letter := &tidings.Letter{
			Kind: tidings.ConfirmLetter, Address: "kim@example.org", Language: "en", Domain: "news.example.org",
			SignUp: tidings.SignUp{Address: "kim@example.org", Language: "en"},
		}
		r := tidings.Request{Kind: tidings.SignUpRequest, Address: "kim@example.org"}
		if a, err := h.db.AdmitSignUp(t.Context(), &r, letter, asked); a != tidings.Admitted || err != nil {
			t.Fatal(a, err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			h.forget(ctx)
		}()
		kept := func() bool {
			_, _, err := h.db.SignUp(t.Context(), letter.SignUp.ID)
			return err == nil
		}
		<-time.After(6*24*time.Hour + 12*time.Hour)
		if synctest.Wait(); !kept() {
			t.Error("it is gone before its time")
		}
		<-time.After(36 * time.Hour)
		if synctest.Wait(); kept() {
			t.Errorf("it is kept after %v", time.Since(asked))
		}
		stop()
		<-ended
		if text := log.String(); !strings.Contains(text, "sign-ups=1") || strings.Contains(text, "ERROR") || strings.Contains(text, "kim@") {
			t.Errorf("the log says\n%s", text)
		}
	})
}
