package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/tidings/tidings"
)

// part is a stretch of a slot's subscriptions, of which a run settles one in each transaction.
type part struct {
	stamp, upTo int64 // of the state that it was read from
	stale       bool  // it must be read within the transaction
	from, to    int64 // the subscriptions after from, up to to; the last has all that are left
	last        bool
	rows        []seat
	fresh       []unnumbered   // of the cohorts that were not met before
	entries     []printedEntry // what the run's editions need that is not stored yet
	editions    printedEditions
}

// seat is a subscription of a part, and what was decided for it: nil when its subscriber gets nothing at present.
type seat struct {
	id, subscriber, position int64
	single                   bool   // its subscriber has, or had, several
	facts                    string // of such a one: what they know
	verdict                  *verdict
}

// verdict is what was decided for a cohort.
type verdict struct {
	edition int64 // its number within the run; 0: no mail
	next    int64 // the position afterwards
	asked   bool  // it is that of a seat: the edition is needed
}

// unnumbered is a verdict whose edition has no number yet.
type unnumbered struct {
	*verdict
	language string
	entries  []tidings.Entry
}

// ahead reads and decides the next part before its transaction.
func (p *planning) ahead(ctx context.Context, after int64) (next *part, err error) {
	err = p.db.snapshot(ctx, func(q querier) error {
		upTo := p.run.UpTo
		if !p.stored {
			if upTo, err = newestSeq(ctx, q); err != nil {
				return err
			}
			if err := q.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) FROM subscriptions`).Scan(&p.newer); err != nil {
				return err
			}
		}
		next, err = p.read(ctx, q, after, upTo, false)
		return err
	})
	return next, err
}

// read gives the part after a subscription, decided but for those whose subscriber has several.
func (p *planning) read(ctx context.Context, q querier, after, upTo int64, within bool) (this *part, err error) {
	if !p.stored { // or else it is the same
		p.run.UpTo = upTo
	}
	this = &part{from: after, upTo: upTo}
	if this.stamp, err = stampOf(ctx, q); err != nil {
		return nil, err
	}
	cohorts, err := p.readRows(ctx, q, this)
	if err != nil {
		return nil, err
	}
	if err := p.load(ctx, q, this); err != nil {
		return nil, err
	}
	if len(p.questions) > 0 && !within {
		this.stale = true
		return this, nil
	}
	if len(p.questions) > 0 {
		if err := p.learn(ctx, q, this, cohorts); err != nil {
			return nil, err
		}
	}
	return this, p.think(ctx, q, this, cohorts)
}

const partQuery = `
	SELECT s.id, s.subscriber_id, s.filter_id, s.position << 2 | iif(p.state = 'active', p.multi, 2), p.language
	FROM subscriptions s CROSS JOIN subscribers p ON p.id = s.subscriber_id
	WHERE s.cadence = ? AND s.slot_zone = ? AND s.slot_hour = ? AND s.id > ? AND s.position <= ? ORDER BY s.id LIMIT ?`

// readRows fills in a part's rows, and gives the cohort of each.
func (p *planning) readRows(ctx context.Context, q querier, this *part) (cohorts []cohortKey, err error) {
	slot := p.run.Slot
	this.rows = make([]seat, 0, p.db.parts)
	_, err = list(ctx, q, func(row *sql.Rows) (none struct{}, err error) {
		var s seat
		var c cohortKey
		var standing int64
		var language string
		err = row.Scan(&s.id, &s.subscriber, &c.filter, &s.position, &language) // each column costs a run of a million a tenth of a second
		standing, s.position = s.position&3, s.position>>2
		c.position, s.single, c.kind = s.position, standing == 1, p.kinds.of(kind{language: language})
		if standing == 2 {
			c.filter = 0 // of nobody who gets anything
		}
		this.rows, cohorts = append(this.rows, s), append(cohorts, c)
		return none, err
	}, partQuery, slot.Cadence, slot.Zone, slot.Hour, this.from, this.upTo, p.db.parts)
	if this.to = math.MaxInt64; len(this.rows) == p.db.parts {
		this.to = this.rows[len(this.rows)-1].id
	}
	this.last = this.to == math.MaxInt64
	return cohorts, err
}

// load takes the candidates for a part, unless those that are there will do.
func (p *planning) load(ctx context.Context, q querier, this *part) error {
	seq, err := newestSeq(ctx, q)
	if err != nil || len(this.rows) == 0 {
		return err
	}
	oldest, newest := this.rows[0].position, this.rows[0].position
	for i := range this.rows {
		oldest, newest = min(oldest, this.rows[i].position), max(newest, this.rows[i].position)
	}
	if p.loaded && seq == p.seq && oldest >= p.oldest && newest <= p.newest {
		return nil
	}
	if p.loaded {
		oldest, newest = min(oldest, p.oldest), max(newest, p.newest)
	}
	p.loaded, p.seq, p.oldest, p.newest = true, seq, oldest, newest
	p.verdicts = map[cohortKey]*verdict{}
	p.view = view{}
	if err := p.view.loadCandidates(ctx, q, oldest, this.upTo); err != nil {
		return err
	}
	p.all = p.view.all()
	p.questions, err = p.view.questions(ctx, q, newest)
	return err
}

// learn writes into the cohorts what their subscribers know.
func (p *planning) learn(ctx context.Context, q querier, this *part, cohorts []cohortKey) error {
	text, err := json.Marshal(p.questions)
	if err != nil {
		return err
	}
	facts := map[int64]string{}
	slot := p.run.Slot
	_, err = list(ctx, q, func(row *sql.Rows) (none struct{}, err error) {
		var subscriber int64
		var known string
		err = row.Scan(&subscriber, &known)
		facts[subscriber] = known
		return none, err
	}, knownInSlot, string(text), slot.Cadence, slot.Zone, slot.Hour, this.from, this.to)
	for i := range this.rows {
		one := kind{p.kinds.all[cohorts[i].kind].language, facts[this.rows[i].subscriber]}
		cohorts[i].kind = p.kinds.of(one)
		if this.rows[i].single {
			this.rows[i].facts = one.facts
		}
	}
	return err
}

// think decides for the cohorts of many that were not met before.
func (p *planning) think(ctx context.Context, q querier, this *part, cohorts []cohortKey) error {
	var keys []cohortKey
	for i := range this.rows {
		key := cohorts[i]
		if key.filter == 0 || this.rows[i].single {
			continue
		}
		v := p.verdicts[key]
		if v == nil {
			v = &verdict{}
			p.verdicts[key], keys = v, append(keys, key)
		}
		this.rows[i].verdict = v
	}
	slices.SortFunc(keys, p.kinds.compare)
	// Filters are read as often as their cohorts are decided, and not kept: there may be a hundred thousand.
	filters, err := filtersOf(ctx, q, keys)
	if err != nil {
		return err
	}
	members := make([]member, len(keys))
	this.fresh = make([]unnumbered, len(keys))
	for i, key := range keys {
		m := &members[i]
		m.Filter, m.Position = filters[key.filter], key.position
		m.Language, m.facts = p.kinds.all[key.kind].language, p.kinds.all[key.kind].facts
		if err := p.view.recall(m); err != nil {
			return err
		}
		this.fresh[i].verdict = p.verdicts[key]
	}
	return p.judge(members, this.fresh)
}

// filtersOf are the filters of the cohorts, by number.
func filtersOf(ctx context.Context, q querier, keys []cohortKey) (map[int64]tidings.Filter, error) {
	ids := make([]int64, len(keys))
	for i, key := range keys {
		ids[i] = key.filter
	}
	ids = slices.Compact(ids) // they are sorted
	filters := make(map[int64]tidings.Filter, len(ids))
	_, err := list(ctx, q, func(row *sql.Rows) (none struct{}, err error) {
		var id int64
		var text string
		if err := row.Scan(&id, &text); err != nil {
			return none, err
		}
		filters[id], err = tidings.ParseFilter(text)
		return none, err
	}, `SELECT id, text FROM filters WHERE id IN (SELECT value FROM json_each(?))`, listText(ids))
	return filters, err
}

// judge has members decided, and writes down what comes out.
func (p *planning) judge(members []member, verdicts []unnumbered) error {
	if len(members) == 0 {
		return nil
	}
	v := view{members: members}
	decisions, err := p.decide(v.cohorts(), p.all)
	if err != nil {
		return err
	}
	if len(decisions) != len(members) {
		return fmt.Errorf("%d decisions for %d cohorts", len(decisions), len(members))
	}
	for i, d := range decisions {
		if d.Position < members[i].Position || d.Position > p.run.UpTo {
			return fmt.Errorf("a position cannot go from %d to %d in a run up to %d", members[i].Position, d.Position, p.run.UpTo)
		}
		verdicts[i].language, verdicts[i].entries, verdicts[i].next = members[i].Language, d.Entries, d.Position
	}
	return nil
}

// number gives what was decided and is needed the numbers of its editions. What nobody has come to need stays for the parts to come: whom it
// was decided for may have gone before their part was written.
func (p *planning) number(this *part) {
	for i := range this.rows {
		if v := this.rows[i].verdict; v != nil {
			v.asked = true
		}
	}
	unasked := p.unasked
	p.unasked = nil
	for _, some := range [][]unnumbered{unasked, this.fresh} {
		for _, v := range some {
			if v.asked {
				v.edition = p.print.edition(v.language, v.entries)
			} else {
				p.unasked = append(p.unasked, v)
			}
		}
	}
	this.fresh = nil
	this.entries, this.editions = p.print.take()
}
