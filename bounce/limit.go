package bounce

import (
	"io"
	"net"
	"sync"
)

const (
	connectionsMost = 100 // at once
	perHostMost     = 20  // of them from one host: postfix has as many at the most
)

// limitedListener turns connections beyond its limits away at once, and waits for no client for ever.
type limitedListener struct {
	net.Listener
	name  string // that it gives itself
	waits patience
	mu    sync.Mutex
	hosts map[string]int
	open  map[net.Conn]string // with their hosts
}

func limited(l net.Listener, name string, p patience) *limitedListener {
	return &limitedListener{Listener: l, name: name, waits: p, hosts: map[string]int{}, open: map[net.Conn]string{}}
}

// Accept gives the next connection for which there is room.
func (l *limitedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		host, _, err := net.SplitHostPort(conn.RemoteAddr().String())
		if err != nil {
			host = conn.RemoteAddr().String()
		}
		if l.enter(conn, host) {
			return newLimitedConn(conn, l.waits, func() { l.exit(conn) }), nil
		}
		l.turnAway(conn)
	}
}

// turnAway says that it is not for good (RFC 5321 §3.8). Nobody waits for it: a line fits into the buffer of a connection that is new.
func (l *limitedListener) turnAway(conn net.Conn) {
	_, _ = io.WriteString(conn, "421 4.7.0 "+l.name+" too many connections, try again later\r\n")
	_ = conn.Close()
}

func (l *limitedListener) enter(conn net.Conn, host string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.open) >= connectionsMost || l.hosts[host] >= perHostMost {
		return false
	}
	l.open[conn] = host
	l.hosts[host]++
	return true
}

func (l *limitedListener) exit(conn net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	host, there := l.open[conn]
	if !there {
		return // closed a second time
	}
	delete(l.open, conn)
	if l.hosts[host]--; l.hosts[host] == 0 {
		delete(l.hosts, host)
	}
}

// hangUp closes all that are open.
func (l *limitedListener) hangUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for conn := range l.open {
		_ = conn.Close() // whoever has it notices, and leaves
	}
}
