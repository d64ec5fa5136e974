package mailer

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/mailbox"
)

// slow is a journal whose first write takes its time.
type slow struct {
	Journal
	held   chan struct{}
	writes [][]tidings.Trace
}

func (s *slow) Trace(ctx context.Context, traces []tidings.Trace) error {
	s.writes = append(s.writes, append([]tidings.Trace(nil), traces...))
	if len(s.writes) == 1 {
		<-s.held
	}
	return s.Journal.Trace(ctx, traces)
}

func TestWhatComesWhileTheJournalIsWrittenGoesInOneWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1, mailbox.Options{})
		m := o.mailer(1)
		paper := &slow{Journal: o.db, held: make(chan struct{})}
		m.Journal = paper
		l := newLedger(&drain{Mailer: m, hard: t.Context(), claims: make(chan struct{}, 1)})
		ended := make(chan noted)
		write := func(id string) {
			ended <- l.write(note{[]tidings.Trace{{Step: tidings.TraceBegun, MessageID: id}}, make(chan noted, 1)})
		}
		go write("first@example.org")
		synctest.Wait()
		for _, id := range []string{"a@example.org", "b@example.org", "c@example.org"} {
			go write(id)
		}
		synctest.Wait()
		close(paper.held)
		for range 4 {
			if n := <-ended; n.err != nil {
				t.Error(n.err)
			}
		}
		go write("last@example.org") // nobody writes any more: it does not wait for others
		if n := <-ended; n.err != nil {
			t.Error(n.err)
		}
		l.close()
		if w := paper.writes; len(w) != 3 || len(w[0]) != 1 || len(w[1]) != 3 || len(w[2]) != 1 {
			t.Errorf("%v", w)
		}
	})
}
