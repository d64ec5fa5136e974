package store

import (
	"context"
	"slices"
	"strings"

	"github.com/tidings/tidings"
)

// firstPublication is the gate: the one place where a release becomes public. r is its current revision; kind is
// FirstPublication or ArchivePublication. The release's date must not lie after now.
func (tx *tx) firstPublication(ctx context.Context, r *tidings.Release, kind tidings.PublicationKind) error {
	touched, err := tx.touchedBy(ctx, r)
	if err != nil {
		return err
	}
	seq, err := tx.publication(ctx, r, kind, touched)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE releases SET seq = ?, status = 'published', published = ? WHERE id = ?`,
		seq, r.Published.UnixMilli(), r.ID)
	if err != nil {
		return err
	}
	r.Seq, r.Status = seq, tidings.Published
	if r.Updated.Before(r.Published) {
		r.Updated = r.Published
	}
	return tx.audit(ctx, "release.publish", releaseSubject(r.ID), details{"seq": seq, "kind": kind})
}

// publication numbers a public change of a release and touches the marks of every selection that shows it.
func (tx *tx) publication(
	ctx context.Context, r *tidings.Release, kind tidings.PublicationKind, touched []string,
) (seq int64, err error) {
	err = tx.QueryRowContext(ctx, `
		INSERT INTO publications (release_id, revision, kind, at)
		VALUES (?, ?, ?, max(?, coalesce((SELECT at FROM marks WHERE selection = 'all'), 0))) RETURNING seq`,
		r.ID, r.Revision, string(kind), tx.now.UnixMilli()).Scan(&seq)
	if err != nil {
		return 0, err
	}
	tx.changed = append(tx.changed, r.ID)
	for _, selection := range touched {
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO marks (selection, seq, at) SELECT ?, seq, at FROM publications WHERE seq = ?
			ON CONFLICT (selection) DO UPDATE SET seq = excluded.seq, at = excluded.at`, selection, seq); err != nil {
			return 0, err
		}
	}
	return seq, nil
}

// touchForTopic moves every mark, and makes those of the topic and of all releases, because a topic's name may show
// anywhere. There is no publication, so the instant must move by itself: equal marks mean equal content.
func (tx *tx) touchForTopic(ctx context.Context, slug string) error {
	for _, selection := range []string{allReleases, topicMark(slug)} {
		if _, err := tx.ExecContext(ctx,
			`INSERT INTO marks (selection, seq, at) VALUES (?, 0, 0) ON CONFLICT DO NOTHING`, selection); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `
		WITH next (at) AS (SELECT max(?, at + 1) FROM marks WHERE selection = 'all')
		UPDATE marks SET at = (SELECT at FROM next)`, tx.now.UnixMilli())
	return err
}

// allReleases is the mark of everything. No other mark is ever newer.
const allReleases = "all"

func topicMark(slug string) string { return markKey(tidings.Selection{Topic: slug}) }

// markKey names the mark of a selection. What a filter selects may change with anything.
func markKey(sel tidings.Selection) string {
	if key := sel.Filter(); key != "" && sel.Query == "" {
		return key
	}
	return allReleases
}

// selections are the marks of every selection that shows any of the releases: all, each topic, and each
// language with the wider ones around it ("zh-Hant-TW" is in "zh-Hant" and in "zh" too).
func selections(releases ...*tidings.Release) []string {
	keys := []string{allReleases}
	for _, r := range releases {
		for _, slug := range r.Topics {
			keys = append(keys, topicMark(slug))
		}
		for tag := r.Language; tag != ""; {
			keys = append(keys, markKey(tidings.Selection{Language: tag}))
			tag = tag[:max(0, strings.LastIndexByte(tag, '-'))]
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
