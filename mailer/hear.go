package mailer

import (
	"bufio"
	"errors"
	"fmt"
	"net/textproto"
	"strconv"
	"strings"
)

// What a reply may have (RFC 5321 §4.5.3.1.5 allows lines of 512 octets; relays write longer ones).
const (
	replyLineMost  = 4096
	replyLinesMost = 100
)

// errGarbage: what came is no reply. Nobody knows what the relay meant, so it counts as silence.
var errGarbage = errors.New("what the relay says is no reply")

// hear reads one reply (RFC 5321 §4.2), and gives its code and its words. Half a line is no reply: who is cut off in the middle of
// "250" may have meant anything.
func hear(r *bufio.Reader) (code int, words string, err error) {
	var text strings.Builder
	for range replyLinesMost {
		line, err := r.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull) || len(line) > replyLineMost:
			return 0, "", fmt.Errorf("%w: a line without end", errGarbage)
		case err != nil:
			return 0, "", err
		}
		rest := strings.TrimRight(string(line), "\r\n")
		n, ok := replyCode(rest)
		if !ok || code != 0 && n != code {
			return 0, "", fmt.Errorf("%w: %.60q", errGarbage, rest)
		}
		code = n
		if text.Len() > 0 {
			text.WriteByte('\n')
		}
		if len(rest) > 4 {
			text.WriteString(rest[4:])
		}
		if len(rest) == 3 || rest[3] == ' ' {
			return code, text.String(), nil
		}
	}
	return 0, "", fmt.Errorf("%w: it has no end", errGarbage)
}

func replyCode(line string) (code int, ok bool) {
	if len(line) < 3 || len(line) > 3 && line[3] != ' ' && line[3] != '-' {
		return 0, false
	}
	for _, c := range []byte(line[:3]) {
		if c < '0' || c > '9' {
			return 0, false
		}
		code = 10*code + int(c-'0')
	}
	return code, code >= 200 && code < 600
}

// What can be due. The first digit decides (RFC 5321 §4.2.1); but no body goes to a relay that may not wait for one.
const (
	yes  = 2
	goOn = 354
)

// hearOne reads a reply, which is an error unless it is the one that is due.
func hearOne(r *bufio.Reader, due int) (reply string, err error) {
	code, words, err := hear(r)
	if err != nil {
		return "", err
	}
	if code != due && code/100 != due {
		return "", &textproto.Error{Code: code, Msg: words}
	}
	return strconv.Itoa(code) + " " + words, nil
}
