package mailer

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/tidings/tidings/mailer/mailbox"
)

// scripted is a relay that says what a test wants it to say, and remembers what it heard.
type scripted struct {
	t     *testing.T
	relay *Relay
	say   func(line string) string // the reply to a command, or to "."; "" is silence, "-" hangs up

	mu     sync.Mutex
	heard  []string // commands, and "body of N lines"
	ahead  int      // commands that came behind a body before that was answered
	bodies int
}

func listenScripted(t *testing.T, say func(line string) string) *scripted {
	t.Helper()
	s := &scripted{t: t, say: say}
	l := must(net.Listen("tcp", "127.0.0.1:0"))(t)
	s.relay = relayTo(t, l.Addr().String())
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); serving.Wait() })
	return s
}

func (s *scripted) serve(conn net.Conn) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	answer := func(line string) bool {
		reply := s.say(line)
		if reply == "-" {
			return false
		}
		_, err := conn.Write([]byte(reply))
		return err == nil
	}
	if !answer("hello") {
		return
	}
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		s.hear(line)
		if !answer(line) {
			return
		}
		if line == "DATA" && strings.HasPrefix(s.say(line), "354") && !s.body(r, answer) {
			return
		}
	}
}

func (s *scripted) hear(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard = append(s.heard, what)
}

func (s *scripted) body(r *bufio.Reader, answer func(string) bool) bool {
	lines := 0
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			s.hear("body cut off")
			return false
		}
		if line == ".\r\n" {
			break
		}
		lines++
	}
	s.hear(fmt.Sprintf("body of %d lines", min(lines, 1)))
	s.mu.Lock()
	s.bodies++
	if next, _ := r.Peek(r.Buffered()); strings.Contains(string(next), "MAIL FROM:") && strings.HasSuffix(string(next), "DATA\r\n") {
		s.ahead++
	}
	s.mu.Unlock()
	return answer(".")
}

func (s *scripted) count(prefix string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, line := range s.heard {
		if strings.HasPrefix(line, prefix) {
			n++
		}
	}
	return n
}

// usual replies as relays do; with the exceptions first.
func usual(extensions string, exceptions ...string) func(string) string {
	return func(line string) string {
		for i := 0; i+1 < len(exceptions); i += 2 {
			if strings.HasPrefix(line, exceptions[i]) {
				return exceptions[i+1]
			}
		}
		switch {
		case line == "hello":
			return "220 mx ESMTP\r\n"
		case strings.HasPrefix(line, "EHLO"):
			return "250-mx\r\n" + extensions + "250 SIZE\r\n"
		case line == "DATA":
			return "354 go on\r\n"
		case line == "QUIT":
			return "221 bye\r\n"
		}
		return "250 2.0.0 fine\r\n"
	}
}

const pipelining = "250-PIPELINING\r\n"

func (s *scripted) office(subscribers int) *office {
	o := overTCP(s.t, subscribers, mailbox.Options{})
	o.relay = s.relay
	return o
}
