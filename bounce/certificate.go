package bounce

import (
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Certificate is one in two files of PEM, which are read anew when they have changed: whoever renews it need not restart anything.
type Certificate struct {
	CertFile, KeyFile string
	Log               *slog.Logger

	mu     sync.Mutex
	loaded *tls.Certificate
	seen   [2]fileState // of the files as they were loaded
	told   [2]fileState // of the files that could not be, when that was said last
}

// fileState tells a file from what it was.
type fileState struct {
	at   time.Time
	size int64
}

// Config is for a server that has this certificate.
func (c *Certificate) Config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.Load() }}
}

// Load gives the certificate as it stands in the files, or else as it stood in them before.
func (c *Certificate) Load() (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, err := c.look()
	if err == nil && c.loaded != nil && now == c.seen {
		return c.loaded, nil
	}
	var fresh tls.Certificate
	if err == nil {
		fresh, err = tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
	}
	switch {
	case err == nil:
		c.loaded, c.seen = &fresh, now
	case c.loaded == nil:
		return nil, err
	case now != c.told: // said once for each state that the files are in, such as a new certificate whose key is still to come
		c.told = now
		c.Log.Error("the certificate for reports has changed, and cannot be read; the one of before is shown", "error", err)
	}
	return c.loaded, nil
}

// End is when the certificate that is shown ends; zero: there is none to show.
func (c *Certificate) End() time.Time {
	loaded, err := c.Load()
	if err != nil {
		return time.Time{}
	}
	return loaded.Leaf.NotAfter
}

func (c *Certificate) look() (state [2]fileState, err error) {
	for i, name := range []string{c.CertFile, c.KeyFile} {
		info, err := os.Stat(name)
		if err != nil {
			return state, err
		}
		state[i] = fileState{info.ModTime(), info.Size()}
	}
	return state, nil
}
