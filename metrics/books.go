package metrics

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tidings/tidings"
)

// Books are the facts that are counted.
type Books interface {
	// Backlog counts what waits, and nothing that has come to an end.
	Backlog(ctx context.Context) ([]tidings.Backlog, error)
	// RecentRuns are the newest runs and these, the newest first.
	RecentRuns(ctx context.Context, limit int, these ...int64) ([]tidings.Run, error)
	// Progress counts the deliveries of a run by state, one by one.
	Progress(ctx context.Context, run int64) (map[tidings.DeliveryState]int, error)
	// Holds are those that stand.
	Holds(ctx context.Context) ([]tidings.Hold, error)
	// BackedUpAt is when the last backup was complete and checked; zero: there is none.
	BackedUpAt(ctx context.Context) (time.Time, error)
}

// Returns are what came back.
type Returns interface {
	// Returned counts what came back since an instant, and the addresses that must not be written to now.
	Returned(ctx context.Context, since, now time.Time) (tidings.Returned, error)
}

const (
	// recent is how many of the newest runs are told of, and mostOpen how many of those that have mails waiting.
	recent, mostOpen = 10, 20
	// fresh is for how long a count is good, at the least; restful times as long as it took to count, if that is more.
	fresh   = 10 * time.Second
	restful = 50
	// patience is how long counting may take; what asks does not wait longer.
	patience = 8 * time.Second
)

// books count when they are asked, and not too often.
type books struct {
	source Books
	back   Returns
	now    func() time.Time

	mu     sync.Mutex
	last   *count
	ended  map[int64]map[tidings.DeliveryState]int // runs that have come to their end: they change no more
	faults int

	expected, mails, queue, oldest, holds, backup, took, failed, bounces, suppressions *prometheus.Desc
}

// count is what was found.
type count struct {
	at      time.Time
	took    time.Duration
	backlog []tidings.Backlog
	runs    []tidings.Run
	states  map[int64]map[tidings.DeliveryState]int
	holds   []tidings.Hold
	backup  time.Time
	back    tidings.Returned
}

func newBooks(source Books, back Returns, now func() time.Time) *books {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("tidings_"+name, help, labels, nil)
	}
	return &books{
		source: source, back: back, now: now, ended: map[int64]map[tidings.DeliveryState]int{},
		expected: desc("run_expected_mails", "Mails of a run: of the ten newest runs, and of up to twenty whose mails wait.", "run", "cadence"),
		mails:    desc("run_mails", "The same by state; sent are delivered.", "run", "cadence", "state"),
		queue:    desc("queue_mails", "Mails that wait or are being sent. held wait for a person, paused for readers who have paused.", "kind", "state"),
		oldest:   desc("queue_oldest_due_seconds", "For how long the oldest that may be sent has been due; what is held does not count.", "kind"),
		holds:    desc("holds", "Holds that stand: over all digests, or over single runs. Cancelled runs do not count.", "over", "by"),
		backup:   desc("last_backup_timestamp_seconds", "When the last backup was complete and checked; 0: never.", nil...),
		bounces: desc("bounces_last_day", "What came back, or was refused for its recipient, in the last 24 hours: bounce or complaint, and what followed.",
			"kind", "verdict"),
		suppressions: desc("suppressions", "Addresses that must not be written to, for whatever reason.", nil...),
		took:         desc("count_seconds", "How long the last count of the database took; it is good for 10 seconds, or 50 times as long.", nil...),
		failed:       desc("count_faults_total", "Counts of the database that failed; then the numbers are missing.", nil...),
	}
}

// Describe is for prometheus.Collector.
func (b *books) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{b.expected, b.mails, b.queue, b.oldest, b.holds, b.backup, b.bounces, b.suppressions, b.took, b.failed} {
		to <- d
	}
}

// Collect is for prometheus.Collector.
func (b *books) Collect(to chan<- prometheus.Metric) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	if b.last == nil || now.Sub(b.last.at) > max(fresh, restful*b.last.took) {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		found, err := b.count(ctx, now)
		cancel()
		if err != nil {
			b.faults++
		}
		b.last = found
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	to <- prometheus.MustNewConstMetric(b.failed, prometheus.CounterValue, float64(b.faults))
	if b.last != nil {
		b.tell(b.last, now, gauge)
	}
}

// count asks for everything. It is nil when something could not be had: numbers that are missing are better than wrong ones.
func (b *books) count(ctx context.Context, now time.Time) (c *count, err error) {
	c = &count{at: now, states: map[int64]map[tidings.DeliveryState]int{}}
	if c.backlog, err = b.source.Backlog(ctx); err != nil {
		return nil, err
	}
	open, these := map[int64]bool{}, []int64(nil)
	for _, w := range c.backlog {
		if !open[w.Run] && w.State != tidings.DeliveryHeld && len(these) < mostOpen {
			these = append(these, w.Run)
		}
		open[w.Run] = true
	}
	if c.runs, err = b.source.RecentRuns(ctx, recent, these...); err != nil {
		return nil, err
	}
	ended := map[int64]map[tidings.DeliveryState]int{}
	for i := range c.runs {
		id := c.runs[i].ID
		states := b.ended[id]
		if states == nil || open[id] {
			if states, err = b.source.Progress(ctx, id); err != nil {
				return nil, err
			}
		}
		if c.states[id] = states; !open[id] && now.Sub(c.runs[i].Created) > time.Minute { // one that is being made has none yet
			ended[id] = states
		}
	}
	b.ended = ended
	if c.holds, err = b.source.Holds(ctx); err != nil {
		return nil, err
	}
	if c.backup, err = b.source.BackedUpAt(ctx); err != nil {
		return nil, err
	}
	if c.back, err = b.back.Returned(ctx, now.Add(-24*time.Hour), now); err != nil {
		return nil, err
	}
	c.took = b.now().Sub(now)
	return c, nil
}

func (b *books) tell(c *count, now time.Time, gauge func(*prometheus.Desc, float64, ...string)) {
	for i := range c.runs {
		run, cadence, total := strconv.FormatInt(c.runs[i].ID, 10), c.runs[i].Slot.Cadence, 0
		for state, n := range c.states[c.runs[i].ID] {
			total += n
			gauge(b.mails, float64(n), run, cadence, string(state))
		}
		gauge(b.expected, float64(total), run, cadence)
	}
	b.tellQueue(c, now, gauge)
	holds := map[[2]string]int{{"all", string(tidings.HeldByDesk)}: 0} // an alert wants a number when there is none, too
	for _, h := range c.holds {
		over := "run"
		if h.Run == 0 {
			over = "all"
		}
		if h.By != tidings.Cancelled {
			holds[[2]string{over, string(h.By)}]++
		}
	}
	for labels, n := range holds {
		gauge(b.holds, float64(n), labels[0], labels[1])
	}
	b.tellReturned(c, gauge)
	gauge(b.backup, seconds(c.backup))
	gauge(b.took, c.took.Seconds())
}

func (b *books) tellReturned(c *count, gauge func(*prometheus.Desc, float64, ...string)) {
	found := map[[2]string]int{{string(tidings.Complained), string(tidings.BounceHard)}: 0}
	for _, verdict := range []tidings.BounceVerdict{tidings.BounceNothing, tidings.BounceAlarm, tidings.BounceSoft, tidings.BounceHard} {
		found[[2]string{string(tidings.Bounced), string(verdict)}] = 0
	}
	for _, one := range c.back.Counts {
		found[[2]string{string(one.Kind), string(one.Verdict)}] = one.Mails
	}
	for labels, n := range found {
		gauge(b.bounces, float64(n), labels[0], labels[1])
	}
	gauge(b.suppressions, float64(c.back.Suppressions))
}

// paused is told of what is held for no person: its readers have paused, and their coming back ends it.
const paused tidings.DeliveryState = "paused"

func (b *books) tellQueue(c *count, now time.Time, gauge func(*prometheus.Desc, float64, ...string)) {
	held := map[int64]bool{}
	for _, h := range c.holds {
		held[h.Run] = true
	}
	waiting := map[[2]string]int{}
	oldest := map[string]time.Duration{digests: 0, letters: 0}
	for _, kind := range []string{digests, letters} {
		for _, state := range []tidings.DeliveryState{
			tidings.DeliveryPending, tidings.DeliverySending, tidings.DeliveryDeferred, tidings.DeliveryUncertain, tidings.DeliveryHeld, paused,
		} {
			waiting[[2]string{kind, string(state)}] = 0
		}
	}
	for _, w := range c.backlog {
		kind := letters
		if w.Run != 0 {
			kind = digests
		}
		state := w.State
		if w.Paused {
			state = paused
		}
		waiting[[2]string{kind, string(state)}] += w.Mails
		due := !w.Next.IsZero() && w.State != tidings.DeliveryHeld && w.State != tidings.DeliverySending
		if due && (w.Run == 0 || !held[w.Run] && !held[0]) {
			oldest[kind] = max(oldest[kind], now.Sub(w.Next))
		}
	}
	for labels, n := range waiting {
		gauge(b.queue, float64(n), labels[0], labels[1])
	}
	for kind, age := range oldest {
		gauge(b.oldest, age.Seconds(), kind)
	}
}
