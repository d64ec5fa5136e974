package roster

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/tabular"
)

// Register takes in those who are on a list.
type Register interface {
	// Enrol takes in a part of a list, and says what became of each. The same again changes nothing.
	Enrol(ctx context.Context, part []tidings.Enrolment, now time.Time, actor string) ([]tidings.Enrolled, error)
}

// Options say how a list is to be taken in.
type Options struct {
	Format    string            // one of Formats; empty: as the heading shows
	Columns   map[string]string // by key ("address"), the column that it stands in; over what the format says
	Status    string            // in a list's own word, what all in it are at least: "unsubscribed"; empty: nothing
	Basis     string            // the consent that those rest on whose row says none; empty: every row must say one
	Cadence   string            // of those whose row says none; one of Cadences
	Cadences  tidings.Cadences
	Hour      int             // of those whose row says none
	Topics    []tidings.Topic // all that there are
	Default   tidings.Filter  // what those get who have no topic of ours; zero: every release
	Languages []string        // that mails are written in, the default first
	Zone      *time.Location  // of those whose row says none
	Address   func(string) (string, error)
	Now       time.Time
	Actor     string
	Counted   func(rows int) // is told how many rows there are, before the first is taken; nil: nobody is
	Each      func(Line)     // is told what became of each row, in their order; nil: nobody is
}

// The fates that a list itself decides; those that a store decides are tidings.Fate's.
const (
	FateDuplicate tidings.Fate = "duplicate" // the address stands on an earlier line
	FateSkipped   tidings.Fate = "skipped"   // has not confirmed
	FateBroken    tidings.Fate = "broken"    // cannot be understood
)

// Line says what became of a row.
type Line struct {
	Number  int // of its first line; 0: the file as a whole
	Address string
	Fate    tidings.Fate
	Reason  string
	Notes   []string
	Choices []tidings.Subscription // of those who are Added
}

// batchSize is how many are taken in at a time: few enough for a transaction that keeps no other writer waiting.
const batchSize = 500

// Import takes in a list, which open opens anew at each call, and says what became of its rows. A fault of the list as a whole is an
// error, and nothing is taken then; faults of rows are in the report. What was taken before an error stays.
func Import(ctx context.Context, open func() (io.ReadCloser, error), name string, reg Register, opts Options) (Report, error) {
	opts.Basis = strings.TrimSpace(opts.Basis) // blanks are no ground to write to anybody
	im := &importer{reg: reg, opts: &opts, name: name, seen: map[key]sighting{}, report: newReport()}
	if err := im.pass(ctx, open, im.survey); err != nil {
		return im.report, err
	}
	if im.rows == 0 {
		return im.report, tidings.Invalidf(name, "has a heading and no row below it: there is nobody to take in")
	}
	if opts.Counted != nil {
		opts.Counted(im.rows)
	}
	err := im.pass(ctx, open, im.take)
	if err == nil {
		err = im.flush(ctx)
	}
	return im.report, err
}

// key stands for an address: the first half of its hash.
type key [16]byte

// sighting is what the list says of an address.
type sighting struct {
	line     int32
	standing standing // the greatest
}

type importer struct {
	reg    Register
	opts   *Options
	name   string
	rows   int
	seen   map[key]sighting
	reader *reader
	report Report
	part   []tidings.Enrolment
	lines  []Line // in the order of the list
	waits  []int  // the lines that wait for what becomes of the part
}

// pass reads the list from its beginning to its end.
func (im *importer) pass(ctx context.Context, open func() (io.ReadCloser, error), row func(context.Context, []string, int, error) error) (err error) {
	file, err := open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	t, err := openList(file, im.name)
	if err != nil {
		return err
	}
	p, err := planOf(t.Header, im.opts.Format, im.opts.Columns)
	if err != nil {
		return err
	}
	if im.opts.Basis == "" && p.places[keyBasis] == nil {
		return tidings.Invalidf("--basis", `say what their consent rests on: "double opt-in at the old newsletter, 2019 to 2026"`)
	}
	if err := oneLine("--basis", im.opts.Basis); err != nil {
		return err
	}
	im.report.Format, im.report.NotTaken = p.format, p.notTaken(t.Header)
	im.reader = &reader{
		plan: p, opts: im.opts, words: standings(), file: ofFile(p.format, im.name), zones: map[string]bool{}, topics: slugsOf(im.opts.Topics),
	}
	if im.opts.Status != "" {
		s, known := im.reader.words[fold(im.opts.Status)]
		if !known {
			return tidings.Invalidf("--status", "%.40q is none that is known, such as subscribed, unconfirmed, unsubscribed or bounced", im.opts.Status)
		}
		im.reader.file = max(im.reader.file, s)
	}
	im.reader.whole = im.opts.Status != "" || im.reader.file != subscribed
	for n := 0; ; n++ {
		if n%batchSize == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		cells, line, fault := t.next()
		if errors.Is(fault, io.EOF) {
			return nil
		}
		var invalid *tidings.InvalidError
		if fault != nil && !errors.As(fault, &invalid) {
			return fault
		}
		if err := row(ctx, cells, line, fault); err != nil {
			return err
		}
		if errors.Is(fault, tabular.ErrTorn) {
			im.report.Torn = reasonOf(fault)
			return nil
		}
	}
}

// slugsOf are the slugs of the topics in use, by all that they are called.
func slugsOf(topics []tidings.Topic) map[string]string {
	names := map[string]string{}
	for i := range topics {
		if t := &topics[i]; t.Ended.IsZero() {
			for _, name := range t.Names {
				names[fold(name)] = t.Slug
			}
		}
	}
	for i := range topics { // a slug is surer than a name
		if t := &topics[i]; t.Ended.IsZero() {
			names[fold(t.Slug)] = t.Slug
		}
	}
	return names
}

// survey notes what is said of each address.
func (im *importer) survey(_ context.Context, cells []string, line int, fault error) error {
	im.rows++
	if fault != nil {
		return nil //nolint:nilerr // told when it is taken
	}
	address, err := im.reader.address(cells)
	s, _, unknown := im.reader.standingOf(cells)
	if err != nil || unknown != nil {
		return nil //nolint:nilerr // likewise
	}
	k := keyOf(address)
	was, again := im.seen[k]
	if !again {
		was.line = int32(min(line, 1<<31-1)) //nolint:gosec // cut to what fits
	}
	was.standing = max(was.standing, s)
	im.seen[k] = was
	return nil
}

func keyOf(address string) (k key) {
	sum := sha256.Sum256([]byte(strings.ToLower(address)))
	copy(k[:], sum[:])
	return k
}

// take takes in a row, or says why not.
func (im *importer) take(ctx context.Context, cells []string, line int, fault error) error {
	l := Line{Number: line, Fate: FateBroken}
	if fault != nil {
		l.Reason = reasonOf(fault)
		return im.tell(ctx, l)
	}
	l.Address = printable(im.reader.plan.cell(cells, keyAddress))
	address, err := im.reader.address(cells)
	s, said, unknown := im.reader.standingOf(cells)
	if err = errors.Join(err, unknown); err != nil {
		l.Reason = reasonOf(err)
		return im.tell(ctx, l)
	}
	seen := im.seen[keyOf(address)]
	if int(seen.line) != line {
		l.Fate, l.Reason = FateDuplicate, fmt.Sprintf("stands on line %d already", seen.line)
		return im.tell(ctx, l)
	}
	if seen.standing > s {
		s, said = seen.standing, "a later line says so"
	}
	if s == unconfirmed {
		l.Fate, l.Reason = FateSkipped, "has not confirmed: "+printable(said)
		return im.tell(ctx, l)
	}
	e, err := im.reader.read(cells, address, s, said)
	im.report.terms(e.unknown)
	if l.Notes = e.notes; err != nil {
		l.Reason = reasonOf(err)
		return im.tell(ctx, l)
	}
	im.waits = append(im.waits, len(im.lines))
	im.part = append(im.part, e.who)
	return im.tell(ctx, l)
}

// tell keeps a line until all before it are known.
func (im *importer) tell(ctx context.Context, l Line) error {
	im.lines = append(im.lines, l)
	if len(im.part) < batchSize && len(im.lines) < 4*batchSize {
		return nil
	}
	return im.flush(ctx)
}

// flush takes the part in, and tells what became of the lines.
func (im *importer) flush(ctx context.Context) error {
	if len(im.part) > 0 {
		became, err := im.reg.Enrol(ctx, im.part, im.opts.Now, im.opts.Actor)
		if err != nil {
			return err
		}
		for i, at := range im.waits {
			l := &im.lines[at]
			l.Fate, l.Reason = became[i].Fate, became[i].Reason
			if l.Fate == tidings.FateAdded {
				l.Choices = im.part[i].Subscriber.Subscriptions
			}
			if stays(&im.part[i], became[i]) {
				l.Notes = append(l.Notes, NoteStays)
			}
		}
	}
	for i := range im.lines {
		im.report.count(&im.lines[i])
		if im.opts.Each != nil {
			im.opts.Each(im.lines[i])
		}
	}
	clear(im.part) // so that nothing of it is kept alive
	clear(im.lines)
	im.part, im.lines, im.waits = im.part[:0], im.lines[:0], im.waits[:0]
	return nil
}
