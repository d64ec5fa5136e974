package mailer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/tidings/tidings"
)

// Outbox holds the deliveries and letters. It is the truth: what it does not say happened, is done again.
type Outbox interface {
	// LockSender makes this process the only sender, or gives ErrLocked. Whoever got past that makes Claim and Trace of who sent before
	// give ErrNotSender.
	LockSender() (release func(), err error)
	// Recover finds out what became of what was being sent when the last process died, and says of how many nobody knows.
	Recover(ctx context.Context, now time.Time) (int, error)
	// Claim takes deliveries that are due, letters before all others; the State of each is what it was before.
	Claim(ctx context.Context, now time.Time, limit int) ([]tidings.Delivery, error)
	// Settle writes down what became of claimed deliveries. Doing so twice does no harm.
	Settle(ctx context.Context, outcomes []tidings.Outcome) error
	// NextDue is when Claim will have something; zero: nothing waits.
	NextDue(ctx context.Context) (time.Time, error)
}

// Journal holds what was begun and what the relay took. It is quicker to write to than the outbox, which follows.
type Journal interface {
	// Trace adds to it, and returns when that is on the disk. Recover makes it ready.
	Trace(ctx context.Context, traces []tidings.Trace) error
}

// Editions is what the mails are made of.
type Editions interface {
	// Excerpt is an edition as numbers of its run's Contents.
	Excerpt(ctx context.Context, edition int64) (tidings.Excerpt, error)
	// Contents are the same from when a mail of the run was claimed.
	Contents(ctx context.Context, run int64) (tidings.Contents, error)
	// EntryRelease is ErrNotFound for one that has been withdrawn, and for the word of a withdrawal what may still be said.
	EntryRelease(ctx context.Context, e *tidings.Entry) (tidings.Release, error)
	// LastWithdrawal moves with every withdrawal.
	LastWithdrawal(ctx context.Context) (int64, error)
	// Topics are all topics.
	Topics(ctx context.Context) ([]tidings.Topic, error)
}

// Planner opens the runs that are due.
type Planner interface {
	// Due reports whether Plan would open one.
	Due(ctx context.Context, now time.Time) (bool, error)
	Plan(ctx context.Context, now time.Time) ([]tidings.Run, error)
}

// Config is a mailer's parts, and its temper.
type Config struct {
	Relay    *Relay
	More     []*Relay // further ones, that share the outbox with it
	Composer *Composer
	Outbox   Outbox
	Journal  Journal
	Editions Editions
	Planner  Planner      // Drain does without
	Logger   *slog.Logger // nil: nothing is logged

	Connections   int                      // at once, to each relay that names no number of its own; 0: 2
	Rate          float64                  // messages a second at the most, over all connections; 0: as fast as it goes
	PerConnection int                      // messages; 0: 1000
	PerDomain     int                      // connections that talk to one recipient domain at once, over all relays; 0: any number
	Settled       func(tidings.Outcome)    // is told of each outcome that was written down; nil: nobody is
	GiveUp        map[string]time.Duration // by cadence, from the delivery's Date; nil: GiveUpDefaults
}

// Mailer sends what is due.
type Mailer struct {
	Config
	forms  *forms
	routes routes

	release func() // lets the sender's lock go; nil: not begun
	wake    chan struct{}
	post    chan struct{}
	posted  atomic.Bool // a letter was, since the last claim
	passing atomic.Bool // the outbox is being sent
	passes  int         // were begun

	waiting   bool        // for the relay, with planning; the loop that plans alone knows it
	planLater atomic.Bool // when what is being sent has shown whether the relay works
}

// New checks the configuration.
func New(c Config) (*Mailer, error) {
	for _, r := range append([]*Relay{c.Relay}, c.More...) {
		if err := r.Validate(); err != nil {
			return nil, err
		}
	}
	if c.Journal == nil {
		return nil, errors.New("a mailer without a journal cannot say after a crash what it sent")
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Connections == 0 {
		c.Connections = 2
	}
	if c.PerConnection == 0 {
		c.PerConnection = sessionMost
	}
	if c.Connections < 0 || c.Rate < 0 || c.PerDomain < 0 || c.PerConnection < 0 {
		return nil, tidings.Invalidf("connections", "%d, at %g messages a second, is not possible", c.Connections, c.Rate)
	}
	if c.GiveUp == nil {
		c.GiveUp = GiveUpDefaults()
	}
	return &Mailer{
		Config: c,
		forms:  &forms{composer: c.Composer, editions: c.Editions},
		routes: newRoutes(&c),
		wake:   make(chan struct{}, 1),
		post:   make(chan struct{}, 1),
	}, nil
}

// Wake makes Run look for due runs now: something was published. It never waits.
func (m *Mailer) Wake() { nudge(m.wake) }

// Post makes Run send now: a letter was posted. It goes ahead of what is being sent. It never waits.
func (m *Mailer) Post() {
	m.posted.Store(true)
	nudge(m.post)
}

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it is awake already
	}
}

// Run plans and sends until the context ends; then it stops claiming, gives what is in flight 30 seconds, and returns
// nil; or until another process has begun to send: tidings.ErrNotSender. cron only ticks, each minute: which runs are due is computed
// from those that were.
func (m *Mailer) Run(ctx context.Context) error {
	if m.Planner == nil {
		return errors.New("a mailer without a planner can drain, and not run")
	}
	err := m.Begin(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil // asked to stop before it had begun
	case err != nil:
		return err
	}
	defer m.end()
	ticker := cron.New(
		cron.WithLocation(time.UTC),
		cron.WithChain(cron.Recover(cron.DiscardLogger), cron.SkipIfStillRunning(cron.DiscardLogger)))
	if _, err := ticker.AddFunc("* * * * *", m.Wake); err != nil {
		return err
	}
	ticker.Start()
	defer func() { <-ticker.Stop().Done() }()

	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var posting sync.WaitGroup
	posting.Go(func() { stop(m.postLoop(ctx)) })
	posting.Go(func() { m.visits(ctx) })
	defer posting.Wait()
	m.Wake() // what came due while nobody ran
	for {
		select {
		case <-ctx.Done():
			if err := context.Cause(ctx); errors.Is(err, tidings.ErrNotSender) {
				return err
			}
			return nil
		case <-m.wake:
			m.plan(ctx)
			nudge(m.post)
		}
	}
}

// Begin makes this process the only sender, and puts right what the last one left; tidings.ErrLocked when another sends.
// Run and Drain begin by themselves: it is for who must know before. What was begun ends with the Run or Drain after it.
func (m *Mailer) Begin(ctx context.Context) error {
	if m.release != nil {
		return nil
	}
	release, err := m.Outbox.LockSender()
	if err != nil {
		return err
	}
	n, err := m.Outbox.Recover(ctx, time.Now())
	if err != nil {
		release()
		return fmt.Errorf("recovering: %w", err)
	}
	m.release = release
	if n > 0 {
		m.Logger.Warn("deliveries were being sent when the last process ended; each is tried once more later",
			"deliveries", n)
	}
	return nil
}

// end lets another process be the sender.
func (m *Mailer) end() {
	m.release()
	m.release = nil
}

// retryAfter is how long posting rests after a fault of the database.
const retryAfter = time.Minute

// postLoop sends whatever is due, and sleeps until something is. It ends with ctx, or with tidings.ErrNotSender.
func (m *Mailer) postLoop(ctx context.Context) error {
	for {
		m.passing.Store(true)
		sum, err := m.pass(ctx)
		m.passing.Store(false)
		if errors.Is(err, tidings.ErrNotSender) {
			m.report(ctx, sum, nil)
			return err
		}
		m.report(ctx, sum, err)
		if err == nil && m.planLater.Swap(false) {
			m.Wake()
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		timer := time.NewTimer(m.rest(ctx, err))
		select {
		case <-ctx.Done():
		case <-m.post:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// rest is how long nothing will be due, as far as is known: a new run ends it.
func (m *Mailer) rest(ctx context.Context, fault error) time.Duration {
	now := time.Now()
	if until, _ := m.routes.open(now); !until.IsZero() {
		return until.Sub(now)
	}
	next, err := m.Outbox.NextDue(ctx)
	switch {
	case fault != nil || err != nil:
		return retryAfter
	case next.IsZero():
		return 24 * time.Hour
	}
	return max(next.Sub(now), time.Millisecond)
}

// ErrRelay: the relay cannot work now. What was to be sent waits, and no attempt was counted but for what was sent whole
// and not answered.
var ErrRelay = errors.New("the relay does not work")

// Drain sends until nothing is due, once, and waits for what was put off for its domain's turn: `digest run`. Runs are not
// planned. When it ends before that, with ErrRelay, the context's error or a fault of the database, the Summary says what came of the
// deliveries until then.
func (m *Mailer) Drain(ctx context.Context) (Summary, error) {
	if err := m.Begin(ctx); err != nil {
		return Summary{}, err
	}
	defer m.end()
	if _, err := m.routes.open(time.Now()); err != nil {
		return Summary{}, err
	}
	sum, err := m.pass(ctx)
	if err == nil {
		err = ctx.Err()
	}
	return sum, err
}

func (m *Mailer) report(ctx context.Context, sum Summary, err error) {
	if sum != (Summary{}) {
		m.Logger.LogAttrs(ctx, slog.LevelInfo, "mail sent", sum.attrs()...)
	}
	if err != nil {
		m.Logger.Error("sending stopped; it goes on later", "error", err)
	}
}
