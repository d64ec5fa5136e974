package store

import (
	"context"
	"encoding/json"
	"unicode/utf8"

	"github.com/tidings/tidings"
)

// sentQuery settles deliveries that were sent, all at once: what comes after says the same for each of them.
const sentQuery = `
	UPDATE deliveries SET state = 'sent', attempts = o.attempts, next_at = NULL, reply = iif(o.address IS NULL, '', o.reply), settled = o.at
	FROM (SELECT d.id, p.address, j.value ->> 1 AS attempts, j.value ->> 2 AS reply, j.value ->> 3 AS at
		FROM json_each(?) j CROSS JOIN deliveries d ON d.id = j.value ->> 0 CROSS JOIN subscribers p ON p.id = d.subscriber_id
		WHERE d.state = 'sending') o
	WHERE deliveries.id = o.id`

// settleSent writes down the deliveries among the outcomes that were sent and no more, in one statement, and gives the others. When one of
// them was not on the wire it gives all: one by one it shows which, and for the rest it changes nothing.
func (tx *tx) settleSent(ctx context.Context, outcomes []tidings.Outcome) (rest []tidings.Outcome, err error) {
	var sent [][4]any
	for i := range outcomes {
		o := &outcomes[i]
		if o.Letter || o.State != tidings.DeliverySent || o.Bounced != "" || !utf8.ValidString(o.Reply) {
			rest = append(rest, *o)
			continue
		}
		sent = append(sent, [4]any{o.Delivery, o.Attempts, o.Reply, o.At.UnixMilli()})
	}
	if len(sent) < 2 {
		return outcomes, nil
	}
	text, err := json.Marshal(sent)
	if err != nil {
		return nil, err
	}
	done, err := tx.ExecContext(ctx, sentQuery, string(text))
	if err != nil {
		return nil, err
	}
	if n, err := done.RowsAffected(); err != nil || n != int64(len(sent)) {
		return outcomes, err
	}
	return rest, nil
}
