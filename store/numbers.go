package store

// A delivery's number is its run's times 2^25 and its subscriber's, so that whoever knows both finds it without an index, and those of
// a run are neighbours. An edition's is its run's likewise and n, and so is that of an entry. The token in a mail has room for 48
// bits: 33,554,431 subscribers and 8,388,607 runs.
const (
	runShift = 25
	maxInRun = 1<<runShift - 1
	maxRun   = 1<<(48-runShift) - 1
)

// firstOf is the number that all of a run's are above.
func firstOf(run int64) int64 { return run << runShift }

// lastOf is the highest number that a run can give.
func lastOf(run int64) int64 { return run<<runShift + maxInRun }

// Deliveries that are neither under way nor at an end. Those that a run has not come to yet are in no index: they are found by the runs
// that have such. back is the condition of the index of all others; unsentTo finds either of a subscriber, the first parameter.
const (
	back     = ` state IN ('pending', 'deferred', 'uncertain', 'held') AND (next_at IS NOT NULL OR state = 'held') `
	unsentTo = ` id IN (SELECT (id << 25) + ?1 FROM runs WHERE cursor IS NOT NULL
		UNION ALL SELECT id FROM deliveries WHERE subscriber_id = ?1 AND` + back + `) `
)

// statesQuery counts the deliveries of run ?1 by state, and when the first is due and the last came to an end. What was never claimed
// is due from ?2 on, when the run goes. Those that are held and due wait for a reader who pauses.
const statesQuery = `SELECT d.state, count(*), min(coalesce(d.next_at, iif(d.state = 'pending', ?2, NULL))), max(d.settled),
		iif(d.state = 'held', count(d.next_at), 0)
	FROM deliveries d WHERE` + ofRun + `GROUP BY d.state`

// strayQuery finds what no foreign key watches over: checked one by one, they would cost a run half of its time.
const strayQuery = `
	SELECT format('%d deliveries have no edition, run or subscriber', count(*)) FROM deliveries d
	WHERE NOT EXISTS (SELECT 1 FROM editions e WHERE e.id = d.edition_id AND e.run_id = d.run_id)
		OR NOT EXISTS (SELECT 1 FROM subscribers p WHERE p.id = d.subscriber_id)
		OR NOT EXISTS (SELECT 1 FROM runs u WHERE u.id = d.run_id) HAVING count(*) > 0
	UNION ALL
	SELECT format('%d subscriptions have no position', count(*)) FROM subscriptions s
	WHERE NOT EXISTS (SELECT 1 FROM positions q WHERE q.subscription_id = s.id) HAVING count(*) > 0
	UNION ALL
	SELECT format('%d editions name entries that are not there', count(DISTINCT e.id)) FROM editions e CROSS JOIN json_each('[' || trim(e.entries, ',') || ']') j
	WHERE NOT EXISTS (SELECT 1 FROM run_entries x WHERE x.id = (e.id >> 25 << 25) + j.value) HAVING count(*) > 0`
