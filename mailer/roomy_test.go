package mailer

import (
	"net"
	"sync"
)

// roomy is an end of a net.Pipe with room for what was written and not read yet, as every socket has: who pipelines writes while the
// other side answers. It works in a synctest bubble.
type roomy struct {
	net.Conn
	mu     sync.Mutex
	more   sync.Cond
	queue  []byte
	closed bool
	err    error
}

func newRoomy(conn net.Conn) *roomy {
	r := &roomy{Conn: conn}
	r.more.L = &r.mu
	go r.drain()
	return r
}

// roomyBlock is enough for the commands of a transaction, and not for a body: that is stopped when the other side does not read.
const roomyBlock = 512

func (r *roomy) Write(p []byte) (n int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for n < len(p) {
		for len(r.queue) > 0 && r.err == nil && !r.closed {
			r.more.Wait()
		}
		switch {
		case r.err != nil:
			return n, r.err
		case r.closed:
			return n, net.ErrClosed
		}
		some := p[n:min(n+roomyBlock, len(p))]
		r.queue = append(r.queue, some...)
		n += len(some)
		r.more.Broadcast()
	}
	return n, nil
}

func (r *roomy) Close() error {
	r.mu.Lock()
	r.closed = true
	r.more.Broadcast()
	r.mu.Unlock()
	return r.Conn.Close()
}

func (r *roomy) drain() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.err == nil && !r.closed {
		if len(r.queue) == 0 {
			r.more.Wait()
			continue
		}
		r.mu.Unlock()
		_, err := r.Conn.Write(r.queue) // nobody adds to it meanwhile
		r.mu.Lock()
		r.queue, r.err = r.queue[:0], err
		r.more.Broadcast()
	}
}
