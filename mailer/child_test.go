package mailer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/templates"
)

// The environment that makes the test binary a process to be killed.
const (
	childDatabase = "TIDINGS_TEST_CHILD_DATABASE"
	childRelay    = "TIDINGS_TEST_CHILD_RELAY"
)

func runsAsChild() bool { return os.Getenv(childDatabase) != "" }

// impatient claims at once what is uncertain or deferred for the first times, so that nobody need wait for hours.
type impatient struct{ *store.DB }

func (o impatient) Claim(ctx context.Context, now time.Time, limit int) ([]tidings.Delivery, error) {
	return o.DB.Claim(ctx, now.Add(3*time.Hour), limit)
}

// childMain drains the outbox, as `digest run` does, and gives the exit code.
func childMain() int {
	if err := drainAsChild(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func drainAsChild(ctx context.Context) error {
	keys, err := tidings.NewKeyring(bytes.Repeat([]byte("k"), 32))
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, os.Getenv(childDatabase), store.Keyed(keys))
	if err != nil {
		return err
	}
	defer db.Close()
	set, err := templates.New(nil)
	if err != nil {
		return err
	}
	composer, err := NewComposer(testSite(), set, keys, testSender())
	if err != nil {
		return err
	}
	relay := &Relay{Host: "127.0.0.1", Security: Plain}
	if _, err := fmt.Sscanf(os.Getenv(childRelay), "127.0.0.1:%d", &relay.Port); err != nil {
		return err
	}
	for {
		m, err := New(Config{Relay: relay, Composer: composer, Outbox: impatient{db}, Journal: db, Editions: db, Connections: crashConnections})
		if err != nil {
			return err
		}
		sum, err := m.Drain(ctx)
		switch {
		case errors.Is(err, ErrRelay): // the next mailer knows nothing of it, and need not wait
		case err != nil:
			return err
		case sum == Summary{}:
			return nil
		}
	}
}
