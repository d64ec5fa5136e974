package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
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
	languages   []string // those that the run has met up to here
	numbered    bool     // the seats have the numbers of their editions, but for the single ones
	print       printout
}

// seat is a subscription of a part, and what was decided for it.
type seat struct {
	id, subscriber, filter, position int64
	language                         int    // its place among the run's languages
	idle                             bool   // its subscriber gets nothing at present
	single                           bool   // its subscriber has, or had, several
	facts                            string // what they know
	ruling                           *ruling
	edition                          int64 // its number within the run; 0: no mail
}

// ahead decides the next part before its transaction. What was read before something changed is read once more.
func (p *planning) ahead(ctx context.Context, after int64) (next *part, err error) {
	for again := false; ; again = true {
		if len(p.questions) > 0 {
			return &part{stale: true}, nil
		}
		s, err := p.take(ctx, after)
		if err != nil {
			return nil, err
		}
		err = p.db.snapshot(ctx, func(q querier) error {
			now, err := stampOf(ctx, q)
			if err == nil && now != s.stamp {
				next = &part{stale: true}
				return nil
			}
			next, err = p.read(ctx, q, s, printout{}, false)
			return err
		})
		if err != nil {
			return nil, err
		}
		if !next.stale {
			break
		}
		if p.stopReading(); again {
			return next, nil
		}
	}
	p.number(next, false)
	return next, nil
}

// freeze notes up to where the run goes, and who was there before it.
func (p *planning) freeze(ctx context.Context) error {
	return p.db.snapshot(ctx, func(q querier) (err error) {
		if p.run.UpTo, err = newestSeq(ctx, q); err != nil {
			return err
		}
		return q.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) FROM subscriptions`).Scan(&p.newer)
	})
}

// read makes a part of a stretch, decided but for those whose subscriber has several.
func (p *planning) read(ctx context.Context, q querier, s *stretch, out printout, within bool) (this *part, err error) {
	this = &part{stamp: s.stamp, upTo: s.upTo, from: s.from, to: s.to, last: s.last, print: out}
	if spare := p.spare; spare != nil {
		this.rows, p.spare = spare.rows[:0], nil
		this.print.texts, this.print.editions = spare.print.texts[:0], spare.print.editions[:0]
	}
	this.rows = slices.Grow(this.rows, s.n)
	if err := p.seats(this, s.text); err != nil {
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
		if err := p.learn(ctx, q, this); err != nil {
			return nil, err
		}
	}
	return this, p.think(ctx, q, this)
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
	p.rulings = rulings{}
	p.view = view{}
	if err := p.view.loadCandidates(ctx, q, oldest, this.upTo); err != nil {
		return err
	}
	p.all = p.view.all()
	p.several = slices.ContainsFunc(p.all, func(c tidings.Candidate) bool { return c.Release.Translation != "" })
	p.questions, err = p.view.questions(ctx, q, newest)
	return err
}

// learn notes what the part's subscribers know.
func (p *planning) learn(ctx context.Context, q querier, this *part) error {
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
		this.rows[i].facts = facts[this.rows[i].subscriber]
	}
	return err
}

// think decides for the cohorts of many that were not met before.
func (p *planning) think(ctx context.Context, q querier, this *part) error {
	var fresh []*ruling
	for i := range this.rows {
		s := &this.rows[i]
		if s.idle || s.single {
			continue
		}
		key := p.keyOf(s)
		if s.ruling = p.rulings.of(key); s.ruling == nil {
			s.ruling = &ruling{rulingKey: key}
			p.rulings.add(s.ruling)
			fresh = append(fresh, s.ruling)
		}
	}
	slices.SortFunc(fresh, func(a, b *ruling) int { return p.kinds.compare(a.rulingKey, b.rulingKey) })
	for some := range slices.Chunk(fresh, thinkSize) {
		if err := p.rule(ctx, q, this, some); err != nil {
			return err
		}
	}
	return nil
}

// thinkSize is how many cohorts are decided at once: what is decided takes 2 KB for each until its entries have their numbers.
const thinkSize = 1_000

// rule decides for cohorts. Filters are read as often as their cohorts are decided, and not kept: there may be a hundred thousand.
func (p *planning) rule(ctx context.Context, q querier, this *part, fresh []*ruling) error {
	filters, err := filtersOf(ctx, q, fresh)
	if err != nil {
		return err
	}
	members := make([]member, len(fresh))
	for i, r := range fresh {
		m := &members[i]
		m.Filter, m.Position = filters[r.filter], r.position
		m.Language, m.facts = p.kinds.all[r.kind].language, p.kinds.all[r.kind].facts
		if err := p.view.recall(m); err != nil {
			return err
		}
	}
	return p.judge(this, members, fresh)
}

// filtersOf are the filters of the cohorts, by number.
func filtersOf(ctx context.Context, q querier, rulings []*ruling) (map[int64]tidings.Filter, error) {
	ids := make([]int64, len(rulings))
	for i, r := range rulings {
		ids[i] = r.filter
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

// judge has members decided, and writes down what comes out: decide may use the memory of the entries again.
func (p *planning) judge(this *part, members []member, rulings []*ruling) error {
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
		rulings[i].next, rulings[i].list = d.Position, p.print.list(&this.print, d.Entries)
	}
	return nil
}

// number gives the seats the numbers of their editions: all of them, or those that were decided in the transaction.
func (p *planning) number(this *part, singles bool) {
	for i := range this.rows {
		if s := &this.rows[i]; s.ruling != nil && (!singles || s.single) {
			s.edition = p.print.edition(&this.print, s.ruling.list, s.language, this.languages[s.language])
		}
	}
	this.numbered = true
}

// takeBack frees the numbers of the part's editions: it may be that nobody comes to need them, since whom they were decided for has gone.
// Those of entries stay.
func (p *planning) takeBack(this *part) {
	for _, e := range this.print.editions {
		*e.in(e.place) = 0
	}
	p.print.editions -= int64(len(this.print.editions))
	this.numbered, this.print = false, printout{entries: this.print.entries}
}
