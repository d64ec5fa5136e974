package bounce

import (
	"fmt"
	"testing"
)

func TestSESTellsOfReadersWhoAreAwayAndNothingFollows(t *testing.T) {
	t.Parallel()
	s := newSNS(t)
	const said = `{"notificationType": "Bounce", "bounce": {"bounceType": %q, "bounceSubType": %q,
		"bouncedRecipients": [{"emailAddress": "john@example.com"%s}]}, "mail": {"source": "sender@example.com"}}`
	for what, c := range map[string]struct {
		kind, sub, more, status string
	}{
		"an answer of who is away":  {"Transient", "General", "", ""},
		"Amazon does not know":      {"Undetermined", "Undetermined", "", ""},
		"a server's temporary no":   {"Transient", "General", `, "action": "failed", "status": "4.4.7"`, "4.4.7"},
		"a server's words":          {"Transient", "General", `, "diagnosticCode": "smtp; 451 not now"`, "4.0.0"},
		"a server's unclear word":   {"Undetermined", "Undetermined", `, "action": "failed"`, "4.0.0"},
		"a full mailbox":            {"Transient", "MailboxFull", "", "5.2.2"},
		"something new that passes": {"Transient", "Weather", "", "4.0.0"},
		"no such mailbox":           {"Permanent", "NoEmail", "", "5.1.1"},
		"for good":                  {"Permanent", "General", "", "5.1.1"},
	} {
		d := newDesk(t, john)
		if err := d.hooks(s.get).Take(t.Context(), s.call(fmt.Sprintf(said, c.kind, c.sub, c.more), nil, nil), now()); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		kept, err := d.db.Bounces(t.Context(), 0, 0)
		if err != nil || len(kept) > 1 || (len(kept) == 1) != (c.status != "") || len(kept) == 1 && kept[0].Status != c.status {
			t.Errorf("%s: %+v, %v; want %q", what, kept, err, c.status)
		}
	}
}
