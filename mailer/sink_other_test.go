//go:build !linux

package mailer

import (
	"io"
	"net"
	"time"
)

func ofThread(conn net.Conn) io.ReadWriteCloser { return conn }

func pause(d time.Duration) { time.Sleep(d) }
