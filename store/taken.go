package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/tidings/tidings"
)

// hear compares what the release's source says with what it said last. When it says the same, next becomes the stored content:
// whatever the desk has made of it since stands. When it is the desk that speaks, nothing of the source is remembered.
func (tx *tx) hear(ctx context.Context, stored, next *tidings.Release) error {
	if next.AtDesk {
		return nil
	}
	says, err := statementOf(next)
	if err != nil {
		return err
	}
	var said string
	if err := tx.QueryRowContext(ctx, `SELECT taken FROM releases WHERE id = ?`, stored.ID).Scan(&said); err != nil {
		return err
	}
	if says == said {
		leaveContent(stored, next)
		return nil
	}
	tx.heard = true
	_, err = tx.ExecContext(ctx, `UPDATE releases SET taken = ? WHERE id = ?`, says, stored.ID)
	return err
}

// statementOf is the hash of what a source says of a release: its content as it came in, without what we make of it (the
// renderings, and topics that rules suggest).
func statementOf(r *tidings.Release) (string, error) {
	said := *r
	said.Body.HTML, said.Body.Text = "", ""
	if !said.TopicsByHand {
		said.Topics = nil
	}
	c, err := contentOf(&said)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%#v %t", c, r.SlugByHand))
	return hex.EncodeToString(sum[:]), nil
}

// leaveContent makes the stored content that of next, which keeps its status and its dates, and what is made anew of the same
// words: renderings and suggested topics.
func leaveContent(stored, next *tidings.Release) {
	said := *next
	*next = *stored
	next.Status, next.Published, next.Updated, next.Note = said.Status, said.Published, said.Updated, ""
	if stored.Body.Source == said.Body.Source {
		next.Body = said.Body
	}
	if !stored.TopicsByHand {
		next.Topics, next.TopicsByHand = said.Topics, said.TopicsByHand
	}
}
