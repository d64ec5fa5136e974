package store

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/tidings/tidings"
)

// stretch is the subscriptions of a part as they were read, in one piece of text: see partQuery.
type stretch struct {
	stamp, upTo int64 // of the state that it was read from
	from, to    int64 // the subscriptions after from, up to to; the last has all that are left
	last        bool
	n           int
	text        string
	err         error
}

// stretchesAhead is how many wait for who decides. One is half a megabyte.
const stretchesAhead = 2

// reading reads stretches one after another, ahead of who decides.
type reading struct {
	stretches chan *stretch
	stop      context.CancelFunc
}

// readOn begins to read after a subscription, each stretch by the state of its moment.
func (p *planning) readOn(ctx context.Context, after int64) {
	ctx, stop := context.WithCancel(ctx)
	r := &reading{make(chan *stretch, stretchesAhead), stop}
	db, slot, upTo := p.db, p.run.Slot, p.run.UpTo // the run is not to be looked at while it is written
	go func() {
		defer close(r.stretches)
		most := few(db.parts)
		for done := false; !done; most = min(most+most/4, db.parts) {
			s := &stretch{from: after, upTo: upTo}
			s.err = db.snapshot(ctx, func(q querier) error { return s.read(ctx, q, slot, most) })
			select {
			case r.stretches <- s:
			case <-ctx.Done():
				return
			}
			after, done = s.to, s.last || s.err != nil
		}
	}()
	p.reading = r
}

// few is how many the first part has, so that there is something to write soon. Each has a quarter more than the one before: while filters
// are new, so are editions, and a part takes three times as long to write.
func few(parts int) int { return max(parts/8, min(parts, 1_000)) }

// stopReading waits until nothing is read any more.
func (p *planning) stopReading() {
	if p.reading == nil {
		return
	}
	p.reading.stop()
	for range p.reading.stretches { //nolint:revive // what waits is thrown away
	}
	p.reading = nil
}

// take gives the stretch after a subscription. Where those that wait begin elsewhere, since a part was read again, or the run takes other
// releases than it seemed, it has them read anew.
func (p *planning) take(ctx context.Context, after int64) (*stretch, error) {
	if p.reading != nil {
		if s := <-p.reading.stretches; s != nil && s.from == after && s.upTo == p.run.UpTo {
			return s, s.err
		}
		p.stopReading()
	}
	p.readOn(ctx, after)
	s := <-p.reading.stretches
	if s == nil {
		return nil, ctx.Err()
	}
	return s, s.err
}

// partQuery gives all of a stretch in one row: what comes out of the database row by row costs a microsecond for each.
const partQuery = `
	SELECT count(*), coalesce(max(id), 0), coalesce(group_concat(line), '') FROM (
		SELECT s.id, s.id || ',' || (s.filter_id << 25 | s.subscriber_id) || ','
			|| (q.position << 2 | iif(p.state = 'active', p.multi, 2)) || ',' || p.language AS line
		FROM subscriptions s CROSS JOIN positions q ON q.subscription_id = s.id CROSS JOIN subscribers p ON p.id = s.subscriber_id
		WHERE s.cadence = ? AND s.slot_zone = ? AND s.slot_hour = ? AND s.id > ? AND q.position <= ? ORDER BY s.id LIMIT ?)`

// read fills the stretch with so many subscriptions of a slot.
func (s *stretch) read(ctx context.Context, q querier, slot tidings.Slot, most int) (err error) {
	if s.stamp, err = stampOf(ctx, q); err != nil {
		return err
	}
	err = q.QueryRowContext(ctx, partQuery, slot.Cadence, slot.Zone, slot.Hour, s.from, s.upTo, most).Scan(&s.n, &s.to, &s.text)
	if s.n < most {
		s.to, s.last = math.MaxInt64, true
	}
	return err
}

// seats fills in a part's rows from a stretch.
func (p *planning) seats(this *part, text string) error {
	for rest := text; rest != ""; {
		var fields [3]int64
		for i := range fields {
			var field string
			field, rest, _ = strings.Cut(rest, ",")
			var err error
			if fields[i], err = strconv.ParseInt(field, 10, 64); err != nil {
				return err
			}
		}
		var language string
		language, rest, _ = strings.Cut(rest, ",")
		if n := len(this.rows); n > 0 && fields[0] <= this.rows[n-1].id {
			return fmt.Errorf("subscription %d was read after %d", fields[0], this.rows[n-1].id) // advance counts on their order
		}
		who, standing := fields[1], fields[2]
		this.rows = append(this.rows, seat{
			id: fields[0], filter: who >> runShift, subscriber: who & maxInRun,
			position: standing >> 2, single: standing&3 == 1, idle: standing&3 == 2, language: p.languages.of(language),
		})
	}
	this.languages = p.languages
	return nil
}
