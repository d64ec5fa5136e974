package metrics

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/tidings/tidings"
)

// Config is what the numbers are taken from.
type Config struct {
	Books   Books
	Returns Returns
	Now     func() time.Time
	Version string // of the program
}

// Metrics are the numbers of one process.
type Metrics struct {
	registry *prometheus.Registry
	now      func() time.Time
	books    *books

	outcomes    *prometheus.CounterVec
	mails       *prometheus.CounterVec
	planning    prometheus.Histogram
	runs        prometheus.Counter
	connections *prometheus.GaugeVec
	requests    *prometheus.CounterVec
	begun       prometheus.Gauge
}

// New makes them, all at nothing.
func New(c Config) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(), now: c.Now, books: newBooks(c.Books, c.Returns, c.Now),
		outcomes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tidings_outcomes_total",
			Help: "What became of mails, once it was written down. class is the relay's enhanced status or reply code; pending is put back.",
		}, []string{"kind", "outcome", "class"}),
		mails: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tidings_mails_total",
			Help: "What became of mails, without the class: all are there from the start. recalled had failed, and are held after all.",
		}, []string{"kind", "outcome"}),
		planning: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "tidings_planning_seconds", Help: "How long it took to look for due runs and make them.",
			Buckets: []float64{.001, .005, .02, .1, .25, .5, 1, 2, 5, 15, 60},
		}),
		runs: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tidings_runs_made_total", Help: "Runs that were made.",
		}),
		connections: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "tidings_relay_connections", Help: "Connections to the relay that are open.",
		}, []string{"relay"}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tidings_http_requests_total", Help: "Answers to visitors, by what was asked for: feed, release, own, static or page.",
		}, []string{"of", "code", "method"}),
		begun: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "tidings_mail_begun", Help: "1 once this process sends mail; 0 while it cannot begin, as after a start on a full disk.",
		}),
	}
	build := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "tidings_build_info", Help: "1; the label says which version runs.", ConstLabels: prometheus.Labels{"version": c.Version},
	}, func() float64 { return 1 })
	for _, outcome := range []tidings.DeliveryState{
		tidings.DeliverySent, tidings.DeliveryDeferred, tidings.DeliveryFailed, tidings.DeliveryUncertain, tidings.DeliveryHeld, recalled,
		tidings.DeliverySuppressed, tidings.DeliveryPending,
	} {
		for _, kind := range []string{digests, letters} { // from the start at 0, so that the first is seen as an increase
			m.mails.WithLabelValues(kind, string(outcome))
			m.outcomes.WithLabelValues(kind, string(outcome), classOf(outcome, ""))
		}
	}
	m.registry.MustRegister(m.outcomes, m.mails, m.planning, m.runs, m.connections, m.requests, m.begun, build, m.books,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler answers GET /metrics. It is for an address of its own, that the public does not reach.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{EnableOpenMetrics: true, MaxRequestsInFlight: 4}))
	return mux
}

// Began says that this process sends mail from now on.
func (m *Metrics) Began() { m.begun.Set(1) }

// The kinds of mail.
const (
	digests = "digest"
	letters = "letter"
)

// recalled is the outcome of what was counted as failed before, and waits for a person after all: a counter takes nothing back.
const recalled tidings.DeliveryState = "recalled"

// Settled counts an outcome that was written down.
func (m *Metrics) Settled(o tidings.Outcome) {
	kind := digests
	if o.Letter {
		kind = letters
	}
	state := o.State
	if o.Recalled {
		state = recalled
	}
	m.mails.WithLabelValues(kind, string(state)).Inc()
	m.outcomes.WithLabelValues(kind, string(state), classOf(state, o.Reply)).Inc()
}

// Breaker says since when the way to the relay is closed; zero: it is open.
func (m *Metrics) Breaker(relay string, since func() time.Time) {
	labels := prometheus.Labels{"relay": relay}
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "tidings_relay_breaker_open", Help: "1 while the relay is left alone, because it did not work.", ConstLabels: labels,
		}, func() float64 {
			if since().IsZero() {
				return 0
			}
			return 1
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "tidings_relay_breaker_since_timestamp_seconds", Help: "Since when the relay is left alone; 0: it is not.", ConstLabels: labels,
		}, func() float64 { return seconds(since()) }),
	)
}

// Allowed says how many connections the relay may have at once: fewer than configured while it complains.
func (m *Metrics) Allowed(relay string, connections func() int) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "tidings_relay_connections_allowed", Help: "Connections that the relay may have at once: fewer while it complains (4.7.x).",
		ConstLabels: prometheus.Labels{"relay": relay},
	}, func() float64 { return float64(connections()) }))
}

// Certificate says when the certificate ends with which reports are taken.
func (m *Metrics) Certificate(end func() time.Time) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "tidings_bounce_certificate_end_timestamp_seconds",
		Help: "When the certificate ends that is shown to servers which bring reports; 0: there is none to show.",
	}, func() float64 { return seconds(end()) }))
}

// seconds are those since 1970; 0 for no instant.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

// Planner opens the runs that are due.
type Planner interface {
	Due(ctx context.Context, now time.Time) (bool, error)
	Plan(ctx context.Context, now time.Time) ([]tidings.Run, error)
}

// Planner times the planner's work.
func (m *Metrics) Planner(p Planner) Planner { return &timed{p, m} }

type timed struct {
	planner Planner
	*Metrics
}

// Due reports whether a run is due.
func (t *timed) Due(ctx context.Context, now time.Time) (bool, error) { return t.planner.Due(ctx, now) }

// Plan opens the runs that are due.
func (t *timed) Plan(ctx context.Context, now time.Time) ([]tidings.Run, error) {
	begun := t.now()
	runs, err := t.planner.Plan(ctx, now)
	t.planning.Observe(t.now().Sub(begun).Seconds())
	t.runs.Add(float64(len(runs)))
	return runs, err
}
