package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/tidings/tidings"
)

// What members got in the past matters to a run in three cases: a release that was public before is corrected or withdrawn,
// which those are told of who got it; a candidate is a version of a release that may have come in another language; and
// a candidate stands in for a version that was withdrawn before it came.
// For the runs in which there is such a case, and for no others, the members' past is looked up, all at once, and
// cohorts are split by it.

// question asks which members got a release before.
type question struct {
	Release  int64  `json:"release"`
	Kind     string `json:"kind"`     // an EntryKind (new: got it at all; corrected: a revision older than Revision; withdrawn: got it, and was not told), missed, onwire or going
	Revision int    `json:"revision"` // of a corrected one
	Fact     int64  `json:"fact"`     // what a yes is written down as: the release, or one that stands for all its versions
}

// The other kinds of question about a withdrawn release: see Cohort.
const (
	missed = "missed"
	onWire = "onwire"
	going  = "going"
)

// The answers to questions, given as JSON in the first parameter. A delivery that is suppressed or failed never came, and
// never will. What was withdrawn is in no mail that was sent after that: not in one that waited then.
const (
	reached = ` d.state NOT IN ('suppressed', 'failed') `

	asked = `
	WITH asked (release, kind, revision, fact, withdrawn) AS MATERIALIZED (
		SELECT q.value ->> 'release', q.value ->> 'kind', q.value ->> 'revision', q.value ->> 'fact',
			(SELECT b.at FROM publications b WHERE b.release_id = q.value ->> 'release' AND b.kind = 'withdrawn')
		FROM json_each(?1) q
	), facts (subscriber, fact) AS (
		SELECT d.subscriber_id, a.kind || a.fact
		FROM asked a `

	answered = ` AND CASE a.kind
			WHEN 'missed' THEN e.kind = '' AND (d.state IN ('pending', 'deferred', 'held')
				OR d.state = 'sent' AND d.settled > a.withdrawn OR d.state = 'suppressed' AND d.settled >= a.withdrawn)
			WHEN 'onwire' THEN e.kind = '' AND d.state IN ('sending', 'uncertain')
			WHEN 'going' THEN e.kind = '' AND d.state = 'sending'
			ELSE` + reached + `AND (a.withdrawn IS NULL OR e.kind = 'withdrawn'
				OR d.settled <= a.withdrawn OR d.state IN ('sending', 'uncertain')) END
		GROUP BY d.subscriber_id, a.kind, a.fact
		HAVING CASE a.kind WHEN 'corrected' THEN max(e.revision) < max(a.revision)
			WHEN 'withdrawn' THEN max(e.kind = 'withdrawn') = 0 ELSE 1 END
	) SELECT subscriber, group_concat(fact, ' ' ORDER BY fact) FROM facts GROUP BY subscriber`

	// For subscriptions of a slot, by their numbers: from the releases to the runs that had them, and what each member has of those.
	knownInSlot = asked + `CROSS JOIN run_entries e CROSS JOIN subscriptions s CROSS JOIN deliveries d CROSS JOIN editions n
		WHERE e.release_id = a.release AND s.cadence = ?2 AND s.slot_zone = ?3 AND s.slot_hour = ?4 AND s.id > ?5 AND s.id <= ?6
			AND d.id = (e.run_id << 25) + s.subscriber_id` + inEdition + answered

	// For one subscriber.
	knownToOne = asked + `CROSS JOIN run_entries e CROSS JOIN deliveries d CROSS JOIN editions n
		WHERE e.release_id = a.release AND d.id = (e.run_id << 25) + ?2` + inEdition + answered

	// inEdition says that the entry e is in the delivery's edition n, and was not taken out.
	inEdition = ` AND e.dropped IS NULL AND n.id = d.edition_id AND instr(n.entries, ',' || e.n || ',')`
)

// factsOf is what one subscriber knows.
func factsOf(ctx context.Context, q querier, subscriber int64, questions []question) (string, error) {
	text, err := json.Marshal(questions)
	if err != nil {
		return "", err
	}
	found, err := list(ctx, q, func(row *sql.Rows) (facts string, err error) {
		return facts, row.Scan(&subscriber, &facts)
	}, knownToOne, string(text), subscriber)
	return strings.Join(found, ""), err
}

// questions are those that the run must ask. newest is the highest position among its members: who stands before
// all versions of a release has none of them, unless they have several subscriptions.
func (v *view) questions(ctx context.Context, q querier, newest int64) ([]question, error) {
	var ask []question
	for i := range v.notices {
		n := &v.notices[i]
		ask = append(ask, question{n.Release.ID, string(n.Kind), n.Release.Revision, n.Release.ID})
		if n.Kind == tidings.WithdrawnEntry {
			ask = append(ask, question{Release: n.Release.ID, Kind: going, Fact: n.Release.ID})
		}
	}
	var asked int64 // its stand-ins follow one another
	for i := range v.candidates {
		if gone := v.candidates[i].Instead; gone != asked && gone != 0 {
			ask = append(ask, question{Release: gone, Kind: missed, Fact: gone}, question{Release: gone, Kind: onWire, Fact: gone})
			asked = gone
		}
	}
	if err := v.loadVersions(ctx, q); err != nil {
		return nil, err
	}
	for _, id := range v.versions.ids {
		if seq, is := v.versions.candidate[id]; !is || seq <= newest {
			ask = append(ask, question{Release: id, Fact: v.versions.wanted[v.versions.of[id]][0]})
		}
	}
	return ask, nil
}

// versions are the releases that share a translation with a candidate, candidates among them.
type versions struct {
	ids       []int64
	of        map[int64]string   // release → its translation
	wanted    map[string][]int64 // translation → candidates
	candidate map[int64]int64    // candidate that is no stand-in → its publication number
}

func (v *view) loadVersions(ctx context.Context, q querier) error {
	v.versions = versions{of: map[int64]string{}, wanted: map[string][]int64{}, candidate: map[int64]int64{}}
	var keys []string
	for i := range v.candidates {
		r := &v.candidates[i].Release
		if v.candidates[i].Instead == 0 {
			v.versions.candidate[r.ID] = v.candidates[i].Seq
		}
		if r.Translation != "" {
			v.versions.wanted[r.Translation] = append(v.versions.wanted[r.Translation], r.ID)
			keys = append(keys, r.Translation)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	text, err := json.Marshal(keys)
	if err != nil {
		return err
	}
	v.versions.ids, err = list(ctx, q, func(row *sql.Rows) (id int64, err error) {
		var key string
		err = row.Scan(&id, &key)
		v.versions.of[id] = key
		return id, err
	}, versionsQuery, string(text))
	return err
}

const versionsQuery = `
	SELECT r.id, r.translation FROM releases r
	WHERE r.translation IN (SELECT value FROM json_each(?)) AND r.translation <> '' AND r.seq IS NOT NULL ORDER BY r.id`

// got notes that the member has the release: for a candidate, and for those that are the same in another language.
func (v *view) got(m *member, release int64) {
	if _, is := v.versions.candidate[release]; is {
		m.Got[release] = true
	}
	for _, id := range v.versions.wanted[v.versions.of[release]] {
		m.Got[id] = true
	}
}

// recall takes the member's facts apart.
func (v *view) recall(m *member) error {
	if m.facts == "" && m.subscriber == 0 {
		return nil // of these there may be a hundred thousand
	}
	m.Got, m.Owed, m.Missed, m.OnWire, m.Going = map[int64]bool{}, map[int64]bool{}, map[int64]bool{}, map[int64]bool{}, map[int64]bool{}
	for fact := range strings.FieldsSeq(m.facts) {
		number := strings.TrimLeft(fact, "abcdefghijklmnopqrstuvwxyz")
		id, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return err
		}
		switch strings.TrimSuffix(fact, number) {
		case "":
			v.got(m, id)
		case missed:
			m.Missed[id] = true
		case onWire:
			m.OnWire[id] = true
		case going:
			m.Going[id] = true
		default:
			m.Owed[id] = true
		}
	}
	return nil
}
