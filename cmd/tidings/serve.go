package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/tidings/tidings/mailer"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/web"
)

// publishEvery is how often to look for what another process has scheduled or published, at the least. What is known to be
// scheduled goes public at its instant.
const publishEvery = time.Second

// closing is how long requests that have begun may take when the daemon stops.
const closing = 10 * time.Second

func (a *app) serveCommand() *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run it all: pages, feeds, scheduled publication, sources, digests, reports of what came back",
		Long: "Run the web server, publish what is scheduled, visit the sources, send the digests, and take reports\n" +
			"of what came back, until SIGINT or SIGTERM. Then requests and mails that have begun are finished, and nothing is lost.",
		Args: cobra.NoArgs,
		RunE: orStopped(a.withHouse(func(ctx context.Context, h *house, _ []string) error {
			if listen == "" {
				listen = h.cfg.Server.Listen
			}
			var handler http.Handler
			err := h.patiently(ctx, func() (err error) {
				handler, err = h.web(ctx, a.now())
				return err
			})
			if err != nil {
				return err
			}
			if h.cfg.Metrics.Listen != "" {
				handler = h.measure(handler, a.now)
			}
			l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
			if err != nil {
				return fmt.Errorf("listening on %s: %w", listen, err)
			}
			return h.serve(ctx, l, handler)
		}, store.QuickCheck())), // a daemon does not begin on a damaged file
	}
	cmd.Flags().StringVar(&listen, "listen", "", "the `host:port` to listen on (default: server.listen of the configuration)")
	return cmd
}

// orStopped has no fault where the daemon is asked to stop before it has begun.
func orStopped(run func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		err := run(cmd, args)
		if errors.Is(err, context.Canceled) && cmd.Context().Err() != nil {
			err = nil
		}
		return err
	}
}

// serve runs the daemon on the listener until ctx ends.
func (h *house) serve(ctx context.Context, l net.Listener, handler http.Handler) error {
	m, waits, err := h.startMail(ctx)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	numbers, err := h.listenMetrics(ctx)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	gates, err := h.openGates(ctx)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	server := web.Server(handler, l.Addr().String())
	h.log.Info("serving", "listen", l.Addr().String(), "site", h.site.URL(), "database", h.cfg.Database.Path)
	h.warnOrphans(ctx)

	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return h.serveMetrics(ctx, numbers) })
	group.Go(func() error {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("the web server: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		tellSystemd(daemon.SdNotifyStopping)
		h.log.Info("stopping: finishing what has begun")
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
		defer cancel()
		if err := server.Shutdown(grace); !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		h.log.Warn("some requests were cut off: they took longer than the stop may")
		return server.Close()
	})
	h.serveGates(ctx, group, gates)
	h.serveReaders(ctx, group, m, waits)
	group.Go(func() error {
		if !within(ctx, closing, h.poll) {
			h.log.Warn("a visit to a source was cut off: it took longer than the stop may, and is made again after the next start")
		}
		return nil
	})
	tellSystemd(daemon.SdNotifyReady)
	return group.Wait()
}

// serveReaders decides and sends what is due, and keeps the house, until ctx ends.
func (h *house) serveReaders(ctx context.Context, group *errgroup.Group, m *mailer.Mailer, waits bool) {
	group.Go(func() error { return h.sendMail(ctx, m, waits) })
	group.Go(func() error { return h.publishDue(ctx, m) })
	group.Go(func() error { return h.postLetters(ctx, m) })
	noteRelays := func(ctx context.Context) { h.noteRelays(ctx, m) }
	watchMail := func(ctx context.Context) { h.watchMail(ctx, m.Wake) }
	for _, keeps := range []func(context.Context){h.forget, h.backups, watchMail, h.tellDesk, h.notePassedOver, noteRelays} {
		group.Go(func() error {
			keeps(ctx)
			return nil
		})
	}
}

// letterPosted says that a letter waits: it leaves at once, and not at the mailer's next look. It never waits.
func (h *house) letterPosted() {
	select {
	case h.letters <- struct{}{}:
	default: // the mailer will be told
	}
}

// postLetters tells the mailer of letters that this process has posted.
func (h *house) postLetters(ctx context.Context, m *mailer.Mailer) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-h.letters:
			m.Post()
		}
	}
}

// publishDue makes scheduled releases public at their instant, and wakes the mailer whenever something is new.
func (h *house) publishDue(ctx context.Context, m *mailer.Mailer) error {
	alarm := time.NewTimer(publishEvery)
	defer alarm.Stop()
	var seen int64
	for {
		newest, err := h.publishNow(ctx, time.Now())
		pause := publishEvery
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			h.log.Error("publishing what is scheduled", "error", err)
		default:
			if newest > seen {
				seen = newest
				m.Wake()
			}
			pause = h.untilNext(ctx)
		}
		alarm.Reset(pause)
		select {
		case <-ctx.Done():
			return nil
		case <-alarm.C:
		}
	}
}

// untilNext is how long to wait before the next look. A database that cannot say so is asked again at the usual time.
func (h *house) untilNext(ctx context.Context) time.Duration {
	next, err := h.db.NextScheduled(ctx)
	if err != nil || next.IsZero() {
		return publishEvery
	}
	return max(min(time.Until(next), publishEvery), time.Millisecond)
}

// publishNow publishes what is due and gives the newest publication number.
func (h *house) publishNow(ctx context.Context, now time.Time) (int64, error) {
	released, err := h.db.PublishDue(ctx, now)
	if err != nil {
		return 0, err
	}
	for i := range released {
		h.log.Info("published", "release", released[i].Slug, "due", released[i].Published.In(h.site.Zone).Format(time.RFC3339))
	}
	return h.db.NewestSeq(ctx)
}
