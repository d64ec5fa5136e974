package metrics

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Dial opens a connection.
type Dial func(ctx context.Context, network, addr string) (net.Conn, error)

// Dial counts the connections to the relay that are open.
func (m *Metrics) Dial(relay string, dial Dial) Dial {
	connections := m.connections.WithLabelValues(relay)
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		connections.Inc()
		return &counted{Conn: conn, closed: sync.OnceFunc(connections.Dec)}, nil
	}
}

type counted struct {
	net.Conn
	closed func()
}

// Close is that of net.Conn.
func (c *counted) Close() error {
	c.closed()
	return c.Conn.Close()
}

// Requests counts what a handler answers.
func (m *Metrics) Requests(next http.Handler) http.Handler {
	kinds := map[string]http.Handler{}
	for _, of := range []string{"feed", "release", "own", "static", "page"} {
		kinds[of] = promhttp.InstrumentHandlerCounter(m.requests.MustCurryWith(prometheus.Labels{"of": of}), next)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { kinds[kindOf(r.URL.Path)].ServeHTTP(w, r) })
}

// kindOf says what a path is of. Pages of single readers are one kind: whose they are is in no number.
func kindOf(path string) string {
	first, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch first {
	case "feeds":
		if rest != "" {
			return "feed"
		}
	case "releases":
		return "release"
	case "u", "me", "confirm", "link", "subscribe":
		return "own"
	case "files", "cards", "static", "robots.txt", "favicon.ico", "healthz", "readyz":
		return "static"
	}
	return "page"
}
