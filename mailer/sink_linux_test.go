package mailer

import (
	"io"
	"net"
	"syscall"
	"time"
)

// thread is a socket whose reads and writes block a thread.
type thread int

// ofThread gives the connection a thread of its own, as a relay's that has a process for each: what comes in is seen at once.
func ofThread(conn net.Conn) io.ReadWriteCloser {
	file, err := conn.(*net.TCPConn).File()
	if err != nil {
		return conn
	}
	fd, err := syscall.Dup(int(file.Fd()))
	_, _ = file.Close(), conn.Close()
	if err != nil || syscall.SetNonblock(fd, false) != nil {
		return thread(-1)
	}
	return thread(fd)
}

func (t thread) Read(p []byte) (int, error) {
	n, err := syscall.Read(int(t), p)
	if n == 0 && err == nil {
		err = io.EOF
	}
	return max(n, 0), err
}

func (t thread) Write(p []byte) (int, error) { return syscall.Write(int(t), p) }

func (t thread) Close() error { return syscall.Close(int(t)) }

// pause waits in the kernel: Go's own timers are late by half a millisecond.
func pause(d time.Duration) {
	wait := syscall.NsecToTimespec(d.Nanoseconds())
	_ = syscall.Nanosleep(&wait, nil)
}
