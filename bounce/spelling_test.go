package bounce

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

const (
	munich = "Üser@xn--mnchen-3ya.example" // as it is kept
	other  = "other@xn--mnchen-3ya.example"
)

func TestRelaysAndServersMayWriteAnAddressAsTheyLike(t *testing.T) {
	t.Parallel()
	for _, written := range []string{munich, "Üser@münchen.example", "üser@MÜNCHEN.example", " U\u0308ser@mu\u0308nchen.example"} {
		for _, more := range []string{"", `, "message_id": "` + "%s" + `"`, `, "message_id": "none@relay.example"`} {
			d := newDesk(t, munich, other)
			if strings.Contains(more, "%s") {
				more = fmt.Sprintf(more, d.messageID(munich))
			}
			body := `{"kind": "bounce", "recipient": ` + strconv.Quote(written) + `, "status": "5.1.1"` + more + `}`
			stamp := strconv.FormatInt(now().Unix(), 10)
			call := Call{Kind: "generic", Body: []byte(body), Header: http.Header{
				"Tidings-Timestamp": {stamp}, "Tidings-Signature": {sign(stamp + "." + body)},
			}}
			if err := d.hooks(nil).Take(t.Context(), call, now()); err != nil {
				t.Error(err)
			}
			if d.state(munich) != tidings.Suppressed || d.state(other) != tidings.Active {
				t.Errorf("%s: %s, the other %s", body, d.state(munich), d.state(other))
			}
		}
		d := newDesk(t, munich)
		report := strings.Replace(dsn(
			"Final-Recipient: rfc822; gone@x.example\nAction: failed\nStatus: 5.2.2\n",
			"Final-Recipient: utf-8; "+written+"\nAction: failed\nStatus: 5.1.1\n"),
			path7, d.returnPath(munich), 1)
		if _, err := d.Mail(t.Context(), "", []byte(report), "pipe", now()); err != nil || d.state(munich) != tidings.Suppressed {
			t.Errorf("a report of %q: %v, and they are %s", written, err, d.state(munich))
		}
	}
}

// messageID is that of the mail to a reader.
func (d *desk) messageID(reader string) string {
	d.t.Helper()
	s, err := d.db.Subscriber(d.t.Context(), reader)
	if err != nil {
		d.t.Fatal(err)
	}
	mails, err := d.db.Deliveries(d.t.Context(), s.ID, 1)
	if err != nil || len(mails) != 1 {
		d.t.Fatal(mails, err)
	}
	return mails[0].MessageID
}
