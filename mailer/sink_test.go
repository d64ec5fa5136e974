package mailer

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
)

// The environment that makes the test binary a sink: how far away it is.
const sinkAway = "TIDINGS_TEST_SINK_AWAY"

// sink is a relay that counts messages and keeps none, in a process of its own. It does as little as a relay can, so that the bench is of
// the sender.
type sink struct {
	addr      string
	counts    bool          // can be asked how many it has taken
	roundtrip time.Duration // what a NOOP takes
}

func newSink(tb testing.TB, away time.Duration) *sink {
	tb.Helper()
	child := exec.Command(must(os.Executable())(tb))
	child.Env = append(os.Environ(), sinkAway+"="+away.String())
	child.Stderr = os.Stderr
	life := must(child.StdinPipe())(tb)
	out := must(child.StdoutPipe())(tb)
	if err := child.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = life.Close()
		_ = child.Wait()
	})
	s := &sink{counts: true}
	if _, err := fmt.Fscan(out, &s.addr); err != nil {
		tb.Fatal(err)
	}
	s.measure(tb)
	return s
}

// postfixSink is Postfix's own counting relay: one process for all connections, which looks at each octet.
func postfixSink(tb testing.TB) *sink {
	tb.Helper()
	program, err := postfixProgram("smtp-sink")
	if err != nil {
		tb.Skip("postfix is not installed, and with it its sink")
	}
	place := must(net.Listen("tcp", "127.0.0.1:0"))(tb)
	s := &sink{addr: place.Addr().String()}
	_ = place.Close()
	args := []string{s.addr, "256"}
	if os.Geteuid() == 0 {
		args = append([]string{"-u", "nobody"}, args...)
	}
	child := exec.Command(program, args...)
	child.Stderr = os.Stderr
	if err := child.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = child.Process.Kill()
		_ = child.Wait()
	})
	for deadline := time.Now().Add(10 * time.Second); ; <-time.After(10 * time.Millisecond) {
		conn, err := net.Dial("tcp", s.addr)
		if err == nil {
			_ = conn.Close()
			break
		}
		if time.Now().After(deadline) {
			tb.Fatal(err)
		}
	}
	s.measure(tb)
	return s
}

// measure finds out how long a round trip takes.
func (s *sink) measure(tb testing.TB) {
	tb.Helper()
	var took []time.Duration
	s.talk(tb, func(ask func(string) string) {
		for range 101 {
			start := time.Now()
			ask("NOOP")
			took = append(took, time.Since(start))
		}
	})
	slices.Sort(took)
	s.roundtrip = took[len(took)/2]
}

func (s *sink) port(tb testing.TB) int {
	tb.Helper()
	return must(net.ResolveTCPAddr("tcp", s.addr))(tb).Port
}

// taken is how many messages it has counted.
func (s *sink) taken(tb testing.TB) (n int) {
	tb.Helper()
	s.talk(tb, func(ask func(string) string) { n = must(strconv.Atoi(ask("COUNT")))(tb) })
	return n
}

func (s *sink) talk(tb testing.TB, about func(ask func(command string) string)) {
	tb.Helper()
	conn := must(net.Dial("tcp", s.addr))(tb)
	defer conn.Close()
	r := bufio.NewReader(conn)
	_, greeting, err := hear(r)
	about(func(command string) string {
		_, _ = io.WriteString(conn, command+"\r\n")
		_, greeting, err = hear(r)
		return greeting
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// sinkMain serves until its parent is gone.
func sinkMain() int {
	away, err := time.ParseDuration(os.Getenv(sinkAway))
	if err != nil {
		return 1
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 1
	}
	runtime.GOMAXPROCS(4 * wireConnections) // each connection has a thread, as those of Postfix have a process
	var taken atomic.Int64
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go serveSink(ofThread(conn), away, &taken)
		}
	}()
	fmt.Println(listener.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

func serveSink(conn io.ReadWriteCloser, away time.Duration, taken *atomic.Int64) {
	defer conn.Close()
	r := bufio.NewReaderSize(conn, 64<<10)
	var out []byte
	say := func(reply string) { out = append(out, reply...) }
	flush := func() bool {
		if away > 0 {
			pause(away)
		}
		_, err := conn.Write(out)
		out = out[:0]
		return err == nil
	}
	say("220 sink ESMTP\r\n")
	for {
		if r.Buffered() == 0 && !flush() {
			return
		}
		line, err := r.ReadSlice('\n')
		if err != nil {
			return
		}
		switch string(line[:4]) {
		case "EHLO":
			say("250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n")
		case "DATA":
			say("354 go on\r\n")
			if !flush() || !skipBody(r) {
				return
			}
			taken.Add(1)
			say("250 2.0.0 taken\r\n")
		case "COUN":
			say(fmt.Sprintf("250 %d\r\n", taken.Load()))
		case "QUIT":
			_, _ = conn.Write([]byte("221 bye\r\n"))
			return
		default:
			say("250 2.1.0 fine\r\n")
		}
	}
}

// skipBody reads up to the dot.
func skipBody(r *bufio.Reader) bool {
	end := []byte("\r\n.\r\n")
	for {
		if _, err := r.Peek(len(end)); err != nil {
			return false
		}
		here, _ := r.Peek(r.Buffered())
		if i := bytes.Index(here, end); i >= 0 {
			_, err := r.Discard(i + len(end))
			return err == nil
		}
		if _, err := r.Discard(len(here) - len(end) + 1); err != nil {
			return false
		}
	}
}
