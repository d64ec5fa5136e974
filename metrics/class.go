package metrics

import (
	"regexp"
	"strings"

	"github.com/tidings/tidings"
)

// replyCodes are a reply's code and enhanced status (RFC 3463), where replies have them: at the beginning, or after our own words
// about it. Elsewhere such numbers are addresses.
var replyCodes = regexp.MustCompile(`^(?:given up after \d+ attempts: |no reply after the dot: )?` +
	`([245]\d\d)(?:[ -]+([245]\.[0-7]\.\d{1,3})(?:\s|$))?`)

// classOf is the class of a reply: the enhanced status, else the reply code, else "none". What is sent is one class. There are no more
// classes than a few hundred, whatever a relay says.
func classOf(state tidings.DeliveryState, reply string) string {
	if state == tidings.DeliverySent {
		return "2xx"
	}
	m := replyCodes.FindStringSubmatch(reply)
	switch {
	case m == nil:
		return "none"
	case m[2] == "":
		return m[1][:1] + "xx"
	}
	at := strings.LastIndexByte(m[2], '.')
	if len(m[2])-at > 3 { // 5.7.509: some provider's own
		return m[2][:at] + ".x"
	}
	return m[2]
}
