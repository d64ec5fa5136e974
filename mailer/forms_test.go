package mailer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// kiosk is a database with readers of two languages, of whom each chose topics of their own, and a run of many releases for them all.
func kiosk(t *testing.T, readers, releases int) (*store.DB, []tidings.Delivery) {
	t.Helper()
	db, now := storetest.Open(t, filepath.Join(t.TempDir(), "tidings.db")), time.Now()
	for n := range 6 {
		names := map[string]string{"en": fmt.Sprintf("Topic %d", n), "ko": fmt.Sprintf("분야 %d", n)}
		topic := tidings.Topic{Slug: fmt.Sprintf("t%d", n), Order: n, Names: names}
		must(db.SaveTopic(t.Context(), &topic, now, "test"))(t)
	}
	for n := range readers {
		s := storetest.To(t, tidings.Weekly, fmt.Sprintf("topic:t%d,t%d", n%6, (n/6+n+1)%6))
		s.Zone = "UTC"
		reader := tidings.Subscriber{
			Address: fmt.Sprintf("reader%d@example.com", n), Language: []string{"en", "ko"}[n/2%2], State: tidings.Active,
			Consent: tidings.Consent{Basis: "asked", By: "test", At: now}, Subscriptions: []tidings.Subscription{s},
		}
		if err := db.AddSubscriber(t.Context(), &reader, now, "test"); err != nil {
			t.Fatal(err)
		}
	}
	for n := range releases {
		title := fmt.Sprintf("Release %d = “%s”", n, strings.Repeat("Größe ", n%9))
		r := testRelease(0, []string{"en", "ko"}[n%2], title, "가나다 = what it is about. ",
			fmt.Sprintf("t%d", n%6), fmt.Sprintf("t%d", (n+1+n/6%5)%6))
		r.Slug, r.Source, r.Status, r.Published, r.Updated = fmt.Sprintf("release-%d", n), fmt.Sprintf("test:%d", n), tidings.Published, now, now
		r.Body = tidings.Body{Format: tidings.Markdown, Source: "Text.", HTML: "<p>Text.</p>", Text: "Text."}
		must(db.Save(t.Context(), testSite(), &r, now, "test"))(t)
	}
	must(planner(t, db).Force(t.Context(), now, tidings.Weekly))(t)
	deliveries := must(db.Claim(t.Context(), now, readers))(t)
	if len(deliveries) != readers {
		t.Fatalf("%d deliveries", len(deliveries))
	}
	return db, deliveries
}

// whole makes a message of a delivery from all that its edition has, with nothing that was kept; nil: nothing is left of it.
func whole(t *testing.T, db *store.DB, d *tidings.Delivery) []byte {
	t.Helper()
	e := must(db.Edition(t.Context(), d.EditionID))(t)
	if len(e.Entries) == 0 {
		return nil
	}
	return must(must(sharedComposer(t).Compose(&e, must(db.Topics(t.Context()))(t)))(t).Fill(d))(t)
}

// reading counts what is read.
type reading struct {
	Editions
	releases, contents, topics atomic.Int64
	meanwhile                  func(*tidings.Release) // after each release was read; nil: nothing happens
}

func (c *reading) Contents(ctx context.Context, run int64) (tidings.Contents, error) {
	c.contents.Add(1)
	return c.Editions.Contents(ctx, run)
}

func (c *reading) EntryRelease(ctx context.Context, e *tidings.Entry) (tidings.Release, error) {
	c.releases.Add(1)
	r, err := c.Editions.EntryRelease(ctx, e)
	if c.meanwhile != nil {
		c.meanwhile(&r)
	}
	return r, err
}

func (c *reading) Topics(ctx context.Context) ([]tidings.Topic, error) {
	c.topics.Add(1)
	return c.Editions.Topics(ctx)
}

func TestAMessageOfFragmentsIsOctetForOctetThatOfAWholeEdition(t *testing.T) {
	t.Parallel()
	const readers, releases = 60, 40
	db, deliveries := kiosk(t, readers, releases)
	read := &reading{Editions: db}
	f := &forms{composer: sharedComposer(t), editions: read}
	editions := map[int64]bool{}
	for i := range deliveries {
		d := &deliveries[i]
		editions[d.EditionID] = true
		if got, want := must(f.message(t.Context(), nil, d, time.Now()))(t), whole(t, db, d); !bytes.Equal(got, want) {
			t.Fatalf("edition %d is\n%s\nnot\n%s", d.EditionID, got, want)
		}
	}
	if len(editions) < 20 {
		t.Errorf("only %d editions", len(editions))
	}
	if n := read.releases.Load(); n > 4*releases || n < releases { // two languages, two sections
		t.Errorf("releases were read %d times: more than once for each language and section", n)
	}
	if read.contents.Load() != 1 || read.topics.Load() != 1 {
		t.Errorf("the run was read %d times, the topics %d times", read.contents.Load(), read.topics.Load())
	}
}

func TestAFormSaysWhatTheTemplatesSayOfTheWholeEdition(t *testing.T) {
	t.Parallel()
	c := sharedComposer(t)
	changes := english()
	changes.Entries[0].Kind, changes.Releases[0].Reason, changes.Releases[0].Successor = tidings.WithdrawnEntry, "Wrong.", "better"
	changes.Entries[1].Kind, changes.Releases[1].Note = tidings.CorrectedEntry, "The date = another one."
	for _, e := range []*tidings.Edition{english(), korean(), changes} {
		names, items := namesOf(testTopics(), e.Language), make([]*item, len(e.Entries))
		for i := range items {
			items[i] = must(c.item(e.Language, &e.Entries[i], &e.Releases[i], names))(t)
		}
		form, said := must(c.assemble(e, items))(t), must(c.templates.Digest(c.view(e, items)))(t)
		for part, want := range map[*encodedPart]string{&form.text: canonical(said.Text), &form.html: canonical(said.HTML)} {
			if got := string(part.full.append(nil, &c.marks.blanks)); got != want {
				t.Errorf("%s:\n%s\nnot\n%s", e.Language, got, want)
			}
			if got, want := part.fill(nil, &c.marks.blanks), part.encoding.encode(want); !bytes.Equal(got, want) {
				t.Errorf("%s, encoded:\n%s\nnot\n%s", e.Language, got, want)
			}
		}
		if form.subject != said.Subject {
			t.Errorf("the subject is %q, not %q", form.subject, said.Subject)
		}
	}
}

func TestWhatWasReadBeforeAWithdrawalIsNotKept(t *testing.T) {
	t.Parallel()
	db, deliveries := kiosk(t, 1, 12)
	read := &reading{Editions: db}
	f := &forms{composer: sharedComposer(t), editions: read}
	read.meanwhile = func(r *tidings.Release) { // and another connection hears of it
		read.meanwhile = nil
		if err := db.Withdraw(t.Context(), r.ID, tidings.Withdrawal{Reason: "wrong"}, time.Now(), "test"); err != nil {
			t.Error(err)
		}
		f.heed(must(db.LastWithdrawal(t.Context()))(t))
	}
	late := must(f.message(t.Context(), nil, &deliveries[0], time.Now()))(t)
	got, want := must(f.message(t.Context(), nil, &deliveries[0], time.Now()))(t), whole(t, db, &deliveries[0])
	if bytes.Equal(late, want) || !bytes.Equal(got, want) {
		t.Errorf("the next message is\n%s\nnot\n%s", got, want)
	}
}

func TestLateNewsOfAnOlderWithdrawalBringsNothingBack(t *testing.T) {
	t.Parallel()
	db, deliveries := kiosk(t, 1, 12)
	read := &reading{Editions: db}
	f := &forms{composer: sharedComposer(t), editions: read}
	older := must(db.LastWithdrawal(t.Context()))(t)
	var asOf int64
	read.meanwhile = func(r *tidings.Release) { // one connection hears of it, begins a message, and another tells what it heard before
		read.meanwhile = nil
		if err := db.Withdraw(t.Context(), r.ID, tidings.Withdrawal{Reason: "wrong"}, time.Now(), "test"); err != nil {
			t.Error(err)
		}
		f.heed(must(db.LastWithdrawal(t.Context()))(t))
		asOf = f.asOf()
		f.heed(older)
	}
	must(f.message(t.Context(), nil, &deliveries[0], time.Now()))(t)
	got, want := must(f.message(t.Context(), nil, &deliveries[0], time.Now()))(t), whole(t, db, &deliveries[0])
	if newest := must(db.LastWithdrawal(t.Context()))(t); asOf != newest || !bytes.Equal(got, want) {
		t.Errorf("a message that knows of withdrawal %d of %d is\n%s\nnot\n%s", asOf, newest, got, want)
	}
}

func TestNoFragmentOutlivesAWithdrawalWhileManyCompose(t *testing.T) {
	t.Parallel()
	const readers = 24
	db, deliveries := kiosk(t, readers, 12)
	f := &forms{composer: sharedComposer(t), editions: db}
	for n := range 4 {
		slug := fmt.Sprintf("release-%d", n)
		id := must(db.Release(t.Context(), slug))(t).ID
		var crew sync.WaitGroup
		var stop atomic.Bool
		for w := range 4 {
			crew.Go(func() {
				for i := w; !stop.Load(); i = (i + 3) % readers {
					_, err := f.message(t.Context(), nil, &deliveries[i], time.Now())
					if err != nil && !errors.Is(err, errNothingLeft) {
						t.Error(err)
						return
					}
				}
			})
		}
		if err := db.Withdraw(t.Context(), id, tidings.Withdrawal{Reason: "wrong"}, time.Now(), "test"); err != nil {
			t.Error(err)
		}
		f.heed(must(db.LastWithdrawal(t.Context()))(t))
		for i := range deliveries {
			got, err := f.message(t.Context(), nil, &deliveries[i], time.Now())
			if want := whole(t, db, &deliveries[i]); !bytes.Equal(got, want) || err != nil && !errors.Is(err, errNothingLeft) {
				t.Errorf("after the withdrawal of %s edition %d is\n%s\nnot\n%s (%v)", slug, deliveries[i].EditionID, got, want, err)
			}
		}
		stop.Store(true)
		crew.Wait()
	}
}

func TestWhatIsKeptIsBounded(t *testing.T) {
	t.Parallel()
	var r recent[int, string]
	for n := range 100 {
		r.put(n, "x", 10)
		if _, ok := r.get(0, 10); !ok {
			t.Fatalf("what is asked for always was forgotten after %d", n)
		}
		if len(r.kept)+len(r.older) > 20 {
			t.Fatalf("%d are kept", len(r.kept)+len(r.older))
		}
	}
	if _, ok := r.get(50, 10); ok {
		t.Error("what nobody asked for is there still")
	}
}
