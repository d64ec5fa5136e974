package ingest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tidings/tidings"
)

// Desk is where releases are filed.
type Desk interface {
	Topics(ctx context.Context) ([]tidings.Topic, error)
	SaveTopic(ctx context.Context, t *tidings.Topic, now time.Time, actor string) (tidings.Change, error)
	// SaveBatch files the releases in their order and says of each what became of it. An error means that none was filed.
	SaveBatch(ctx context.Context, site *tidings.Site, batch []tidings.Filing, now time.Time, actor string) ([]tidings.Filed, error)
}

// ImportOptions are what an import does beyond filing.
type ImportOptions struct {
	Now   time.Time
	Actor string // who stands in the audit log

	Archived      bool      // what goes public is never mailed
	ArchiveBefore time.Time // likewise, of a release whose date is older; zero: none is
	Topics        []string  // slugs of topics in use that every release gets besides its own
	MakeTopics    bool      // a term that names no topic makes one
	One           bool      // it is one release, and whoever files it knows which: an error does not say from where on the import ended

	Each func(Line) // hears of every record, in order, once it is done; nil: nobody does
}

// Line is what became of one record.
type Line struct {
	Change  tidings.Change // empty: Skipped
	File    string
	Line    int    // 0: the file has no lines
	Title   string // may be empty for a broken record
	Slug    string
	Topics  []string
	Notes   []string // see Item.Notes
	Skipped string   // see Item.Skipped
	Err     error    // why it is Broken: begins with file:line
}

// Counts are how many records became what.
type Counts struct {
	Created, Changed, Same, Broken, Skipped int
}

// Report is what an import did.
type Report struct {
	Counts
	Notes    map[string]int      // how many releases have a note of this kind: what stands before its first ": "
	Examples map[string][]string // of each kind the first few of what stands behind
	Unknown  map[string]int      // how many releases name this term, which names no topic
	Made     []string            // slugs of the topics that were made
}

// mostExamples is how many things of a kind a report keeps.
const mostExamples = 10

func (r *Report) count(l *Line) {
	switch l.Change {
	case tidings.Created:
		r.Created++
	case tidings.Changed:
		r.Changed++
	case tidings.Same:
		r.Same++
	case tidings.Broken:
		r.Broken++
	default:
		r.Skipped++
	}
	kinds := map[string]bool{}
	for _, n := range l.Notes {
		kind, what, _ := strings.Cut(n, ": ")
		kinds[kind] = true
		if known := r.Examples[kind]; what != "" && len(known) < mostExamples && !slices.Contains(known, what) {
			r.Examples[kind] = append(known, what)
		}
	}
	for kind := range kinds {
		r.Notes[kind]++
	}
}

// Import files the releases, a batch at a time and each for itself: a broken one is counted and the next one filed. Topics are
// those that a person chose, else those that the release's terms name, else what the topics' rules suggest. An error ends
// the import: the file or the store failed, or ctx was cancelled; what was told of before stays, and doing it again goes on.
func Import(ctx context.Context, desk Desk, site *tidings.Site, items iter.Seq[Item], opts ImportOptions) (Report, error) {
	in := importer{desk: desk, site: site, opts: opts, report: Report{
		Notes: map[string]int{}, Examples: map[string][]string{}, Unknown: map[string]int{},
	}}
	topics, err := desk.Topics(ctx)
	if err != nil {
		return in.report, fmt.Errorf("import: %w", err)
	}
	in.topics = newTermBook(topics)
	for item := range ahead(items) {
		if err = in.take(ctx, item); err != nil {
			break
		}
	}
	if err == nil {
		err = in.flush(ctx)
	}
	if err != nil && !opts.One {
		err = fmt.Errorf("import: %w", err)
	}
	return in.report, err
}

// readAhead is how many items may wait to be filed.
const readAhead = 16

// ahead reads the next items while those before them are being filed, which takes as long.
func ahead(items iter.Seq[Item]) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		read, stop := make(chan Item, readAhead), make(chan struct{})
		var reader sync.WaitGroup
		reader.Go(func() {
			defer close(read)
			for item := range items {
				select {
				case read <- item:
				case <-stop:
					return
				}
			}
		})
		defer reader.Wait()
		defer close(stop)
		for item := range read {
			if !yield(item) {
				return
			}
		}
	}
}

// A batch is one transaction of the store: large enough that its commit does not count, small enough to be held in memory.
const (
	mostFilings = 400
	mostOctets  = 8 << 20
)

type importer struct {
	desk   Desk
	site   *tidings.Site
	opts   ImportOptions
	topics *termBook
	report Report

	lines   []Line // not told of yet, in order
	filings []tidings.Filing
	filed   []int // the place in lines of each filing
	size    int   // octets in the filings, about
}

// take puts an item into the batch. The error is one that mending the record would not help against.
func (in *importer) take(ctx context.Context, item Item) error {
	if err := ctx.Err(); err != nil {
		first := Line{File: item.File, Line: item.Line}
		if len(in.lines) > 0 {
			first = in.lines[0]
		}
		return fmt.Errorf("stopped before %s: %w", place(first.File, first.Line), err)
	}
	r := item.Release
	line := Line{Change: tidings.Broken, File: item.File, Line: item.Line, Title: r.Title, Notes: item.Notes, Skipped: item.Skipped}
	var invalid *tidings.InvalidError
	switch {
	case item.Skipped != "":
		line.Change = ""
	case item.Err != nil && !errors.As(item.Err, &invalid):
		return errors.Join(in.flush(ctx), item.Err) // what came before it is whole
	case item.Err != nil:
		line.Err = item.Err
	default:
		notes, err := in.choose(ctx, &r, item.Terms)
		if err != nil {
			return fmt.Errorf("%s: %w", place(item.File, item.Line), err)
		}
		line.Notes = slices.Concat(line.Notes, notes)
		in.filed = append(in.filed, len(in.lines))
		archived := in.opts.Archived || r.Published.Before(in.opts.ArchiveBefore) && !r.Published.IsZero()
		in.filings = append(in.filings, tidings.Filing{Release: &r, Files: item.Files, Archived: archived})
		in.size += octets(&r, item.Files)
	}
	in.lines = append(in.lines, line)
	if len(in.lines) >= mostFilings || in.size >= mostOctets {
		return in.flush(ctx)
	}
	return nil
}

// UnknownTerm is the kind of the notes on terms that name no topic.
const UnknownTerm = "a term names no topic"

// choose gives the release its topics.
func (in *importer) choose(ctx context.Context, r *tidings.Release, terms []string) (notes []string, err error) {
	if !r.TopicsByHand && len(r.Topics) == 0 {
		var unknown []string
		if in.opts.MakeTopics {
			if err := in.make(ctx, terms, r.Language); err != nil {
				return nil, err
			}
		}
		r.Topics, unknown = in.topics.find(terms)
		for _, term := range unknown {
			in.report.Unknown[term]++
			notes = append(notes, UnknownTerm+": "+term)
		}
		if len(r.Topics) == 0 {
			r.Topics = tidings.SuggestTopics(in.topics.all, r, in.site.Zone)
		}
	}
	for _, slug := range in.opts.Topics {
		if !slices.Contains(r.Topics, slug) {
			r.Topics = append(slices.Clip(r.Topics), slug)
		}
	}
	return notes, nil
}

// make makes the topics that the terms name and that are not there yet.
func (in *importer) make(ctx context.Context, terms []string, language string) error {
	for _, term := range terms {
		if len(in.report.Made) >= mostNewTopics {
			return nil
		}
		t, ok := in.topics.invent(term, language)
		if !ok {
			continue
		}
		if _, err := in.desk.SaveTopic(ctx, &t, in.opts.Now, in.opts.Actor); err != nil {
			return fmt.Errorf("topic %s: %w", t.Slug, err)
		}
		in.topics.add(t)
		in.report.Made = append(in.report.Made, t.Slug)
	}
	return nil
}

// flush files the batch and tells of it.
func (in *importer) flush(ctx context.Context) error {
	if len(in.filings) > 0 {
		first := in.lines[in.filed[0]]
		filed, err := in.desk.SaveBatch(ctx, in.site, in.filings, in.opts.Now, in.opts.Actor)
		if err != nil && in.opts.One {
			return err
		}
		if err != nil {
			return fmt.Errorf("from %s on: %w", place(first.File, first.Line), err)
		}
		for i, at := range in.filed {
			l, r := &in.lines[at], in.filings[i].Release
			l.Change, l.Slug, l.Topics = filed[i].Change, r.Slug, r.Topics
			if filed[i].Err != nil {
				l.Err = tidings.Invalidf(place(l.File, l.Line), "%s", filed[i].Err.Error())
			}
		}
	}
	for i := range in.lines {
		in.report.count(&in.lines[i])
		if in.opts.Each != nil {
			in.opts.Each(in.lines[i])
		}
	}
	in.lines, in.filings, in.filed, in.size = in.lines[:0], in.filings[:0], in.filed[:0], 0
	return nil
}

// place is where a record begins, as errors name it.
func place(file string, line int) string {
	if line == 0 {
		return file
	}
	return fmt.Sprintf("%s:%d", file, line)
}

// octets is about how much memory a release takes.
func octets(r *tidings.Release, files []tidings.File) int {
	n := len(r.Body.Source) + len(r.Body.HTML) + len(r.Body.Text)
	for i := range files {
		n += len(files[i].Data)
	}
	return n
}
