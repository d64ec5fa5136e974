package mailer

import (
	"slices"
	"testing"

	"github.com/tidings/tidings"
)

// Of three mails the second meets the reply; the others, before and behind it, are sent all the same.
func TestTheFirstDigitOfAReplyDecidesAndAnOddOneIsNeverFinal(t *testing.T) {
	t.Parallel()
	const sent, deferred, uncertain = tidings.DeliverySent, tidings.DeliveryDeferred, tidings.DeliveryUncertain
	for _, c := range []struct {
		command, reply string
		want           tidings.DeliveryState
		connections    int
	}{
		{"MAIL", "200 fine", sent, 1},
		{"MAIL", "354 what?", deferred, 2},
		{"RCPT", "211 fine", sent, 1},
		{"RCPT", "354 what?", deferred, 2},
		{"DATA", "250 what?", deferred, 2},
		{"DATA", "350 what?", deferred, 2},
		{".", "200 queued", sent, 1},
		{".", "299 2.0.0 queued", sent, 1},
		{".", "354 go on", uncertain, 2},
		{".", "400 later", deferred, 1},
		{".", "599 never", tidings.DeliveryFailed, 1},
	} {
		for name, extensions := range map[string]string{"pipelined": pipelining, "in turns": ""} {
			t.Run(c.command+" "+c.reply+" "+name, func(t *testing.T) {
				t.Parallel()
				plain, odd := usual(extensions), usual(extensions, c.command, c.reply+"\r\n")
				var s *scripted
				s = listenScripted(t, func(line string) string {
					if s.count("MAIL") == 2 && (line != "." || s.count("body") == 2) {
						return odd(line)
					}
					return plain(line)
				})
				o := s.office(3)
				o.drain()
				got, connections := []tidings.DeliveryState{}, s.count("EHLO")
				for n := range int64(3) {
					got = append(got, o.delivery(n+1).State)
				}
				if !slices.Equal(got, []tidings.DeliveryState{sent, c.want, sent}) || connections != c.connections {
					t.Errorf("%v over %d connections: %s", got, connections, o.delivery(2).LastReply)
				}
			})
		}
	}
}
