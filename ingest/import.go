package ingest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/tidings/tidings"
)

// Desk is where releases are filed.
type Desk interface {
	Topics(ctx context.Context) ([]tidings.Topic, error)
	Save(ctx context.Context, site *tidings.Site, r *tidings.Release, now time.Time, actor string) (tidings.Change, error)
}

// Line is what became of one record.
type Line struct {
	Change tidings.Change
	File   string
	Line   int
	Title  string // may be empty for a broken record
	Slug   string
	Topics []string
	Err    error // why it is Broken: begins with file:line
}

// Report counts what an import did.
type Report struct {
	Created, Changed, Same, Broken int
}

func (r *Report) count(c tidings.Change) {
	switch c {
	case tidings.Created:
		r.Created++
	case tidings.Changed:
		r.Changed++
	case tidings.Same:
		r.Same++
	case tidings.Broken:
		r.Broken++
	}
}

// Import files the releases, each by itself: a broken one is counted and the next one filed. Topics are suggested by
// their rules where no person has chosen them. Each (if not nil) hears of every record as it is done. An error ends
// the import: the file or the store failed, or ctx was cancelled; what was filed before stays, and doing it again goes on.
func Import(
	ctx context.Context, desk Desk, site *tidings.Site, items iter.Seq[Item], now time.Time, actor string, each func(Line),
) (Report, error) {
	var report Report
	topics, err := desk.Topics(ctx)
	if err != nil {
		return report, fmt.Errorf("import: %w", err)
	}
	for item := range items {
		if err := ctx.Err(); err != nil {
			return report, fmt.Errorf("import: stopped before %s:%d: %w", item.File, item.Line, err)
		}
		line, err := file(ctx, desk, site, topics, item, now, actor)
		if err != nil {
			return report, fmt.Errorf("import: %w", err)
		}
		report.count(line.Change)
		if each != nil {
			each(line)
		}
	}
	return report, nil
}

// file files one release. The error is one that mending the record would not help against.
func file(
	ctx context.Context, desk Desk, site *tidings.Site, topics []tidings.Topic, item Item, now time.Time, actor string,
) (Line, error) {
	r := item.Release
	line := Line{Change: tidings.Broken, File: item.File, Line: item.Line, Title: r.Title}
	var invalid *tidings.InvalidError
	if item.Err != nil {
		line.Err = item.Err
		if !errors.As(item.Err, &invalid) {
			return line, item.Err
		}
		return line, nil
	}
	if !r.TopicsByHand && len(r.Topics) == 0 {
		r.Topics = tidings.SuggestTopics(topics, &r, site.Zone)
	}
	change, err := desk.Save(ctx, site, &r, now, actor)
	switch {
	case errors.As(err, &invalid):
		line.Err = fault(item.File, item.Line, "%s", invalid.Error())
		return line, nil
	case err != nil:
		return line, fmt.Errorf("%s:%d: %w", item.File, item.Line, err)
	}
	line.Change, line.Slug, line.Topics = change, r.Slug, r.Topics
	return line, nil
}
