package faulty

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// window is how much a connection in memory buffers in each direction: less than a mail, so that a relay which does not read
// keeps its client from writing the dot.
const window = 512

// stream is one direction of a connection in memory.
type stream struct {
	mu      sync.Mutex
	data    []byte
	ended   bool          // nothing more will be written
	left    bool          // nobody reads any more
	changed chan struct{} // closed at the next change
}

func newStream() *stream { return &stream{changed: make(chan struct{})} }

// change lets f change the stream, and wakes who waits for that. It is called with mu held.
func (s *stream) change(f func()) {
	f()
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *stream) read(p []byte, late *deadline) (int, error) {
	for {
		s.mu.Lock()
		if s.left {
			s.mu.Unlock()
			return 0, net.ErrClosed
		}
		if n := copy(p, s.data); n > 0 || len(p) == 0 {
			s.change(func() { s.data = s.data[n:] })
			s.mu.Unlock()
			return n, nil
		}
		ended, changed := s.ended, s.changed
		s.mu.Unlock()
		if ended {
			return 0, io.EOF
		}
		if err := late.wait(changed); err != nil {
			return 0, err
		}
	}
}

func (s *stream) write(p []byte, late *deadline) (n int, err error) {
	for len(p) > 0 {
		s.mu.Lock()
		switch {
		case s.ended:
			err = net.ErrClosed
		case s.left:
			err = syscall.EPIPE
		}
		if err != nil {
			s.mu.Unlock()
			return n, err
		}
		some := min(len(p), window-len(s.data))
		if some > 0 {
			s.change(func() { s.data = append(s.data, p[:some]...) })
			n, p = n+some, p[some:]
		}
		changed := s.changed
		s.mu.Unlock()
		if len(p) > 0 {
			if err := late.wait(changed); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

// deadline is an instant after which nobody waits, as net.Pipe has it.
type deadline struct {
	mu    sync.Mutex
	timer *time.Timer
	over  chan struct{} // closed when it has come
}

func newDeadline() *deadline { return &deadline{over: make(chan struct{})} }

func (d *deadline) set(at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer != nil && !d.timer.Stop() {
		<-d.over // it fires this moment
	}
	d.timer = nil
	select {
	case <-d.over:
		d.over = make(chan struct{})
	default:
	}
	if at.IsZero() {
		return
	}
	over := d.over
	if left := time.Until(at); left > 0 {
		d.timer = time.AfterFunc(left, func() { close(over) })
	} else {
		close(over)
	}
}

func (d *deadline) wait(changed <-chan struct{}) error {
	d.mu.Lock()
	over := d.over
	d.mu.Unlock()
	select {
	case <-over: // before all else: what is late has failed
		return os.ErrDeadlineExceeded
	default:
	}
	select {
	case <-changed:
		return nil
	case <-over:
		return os.ErrDeadlineExceeded
	}
}

// end is one end of a connection in memory.
type end struct {
	in, out       *stream
	reads, writes *deadline
	once          sync.Once
	closed        func()
}

// connection gives both ends. Each end's function is called once, when that end is closed.
func connection(clientClosed, serverClosed func()) (client, server *end) {
	there, back := newStream(), newStream()
	client = &end{in: back, out: there, reads: newDeadline(), writes: newDeadline(), closed: clientClosed}
	server = &end{in: there, out: back, reads: newDeadline(), writes: newDeadline(), closed: serverClosed}
	return client, server
}

// Read reads what the peer wrote.
func (e *end) Read(p []byte) (int, error) { return e.in.read(p, e.reads) }

// Write waits only while the window is full.
func (e *end) Write(p []byte) (int, error) { return e.out.write(p, e.writes) }

// Close hangs up: the peer reads what is buffered, and then the end.
func (e *end) Close() error {
	e.once.Do(func() {
		e.in.mu.Lock()
		e.in.change(func() { e.in.left = true })
		e.in.mu.Unlock()
		e.out.mu.Lock()
		e.out.change(func() { e.out.ended = true })
		e.out.mu.Unlock()
		_ = e.SetDeadline(time.Time{})
		e.closed()
	})
	return nil
}

// leave waits until the peer or this end has hung up, and reads nothing.
func (e *end) leave() {
	for {
		e.in.mu.Lock()
		over, changed := e.in.ended || e.in.left, e.in.changed
		e.in.mu.Unlock()
		if over {
			return
		}
		<-changed
	}
}

// LocalAddr is made up.
func (e *end) LocalAddr() net.Addr { return loopback() }

// RemoteAddr is made up.
func (e *end) RemoteAddr() net.Addr { return loopback() }

// SetDeadline ends reads and writes, those that wait too.
func (e *end) SetDeadline(t time.Time) error {
	e.reads.set(t)
	e.writes.set(t)
	return nil
}

// SetReadDeadline likewise, for reads.
func (e *end) SetReadDeadline(t time.Time) error {
	e.reads.set(t)
	return nil
}

// SetWriteDeadline likewise, for writes.
func (e *end) SetWriteDeadline(t time.Time) error {
	e.writes.set(t)
	return nil
}

func loopback() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 25} }
