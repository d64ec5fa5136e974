package mailer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tidings/tidings"
)

// errReading: the database did not give what a message is made of. No fault of the delivery.
var errReading = errors.New("reading what to send")

// forms makes what is sent, and keeps what of it serves others too. A withdrawal makes it forget all, so that a withdrawn release
// is in no message made after it.
type forms struct {
	composer *Composer
	editions Editions

	mu         sync.Mutex
	withdrawal int64 // the newest that was heard of
	kept       kept
}

// heed tells of the newest withdrawal. Connections may hear of two in either order: an older one changes nothing, or what was read
// before the newer one would be kept again.
func (f *forms) heed(withdrawal int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if withdrawal > f.withdrawal {
		f.withdrawal, f.kept = withdrawal, kept{}
	}
}

// asOf is the newest withdrawal that the messages made now know of.
func (f *forms) asOf() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.withdrawal
}

// errLate: the link in a letter has ended before it could be sent.
var errLate = errors.New("the link in it does not work any more")

// message makes what is sent for a delivery, digest or letter. It uses the room that is given.
func (f *forms) message(ctx context.Context, room []byte, d *tidings.Delivery, now time.Time) ([]byte, error) {
	l := d.Letter
	switch {
	case l == nil:
		return f.fill(ctx, room, d, d)
	case !l.Expires.IsZero() && !now.Before(l.Expires):
		return nil, errLate
	case l.Kind == tidings.CopyLetter: // a digest with the links of the first one
		was := *d
		was.ID = l.Delivery
		return f.fill(ctx, room, d, &was)
	}
	topics, err := f.editions.Topics(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: the topics: %w", errReading, err)
	}
	message, err := f.composer.Letter(d, topics)
	if err != nil {
		return nil, fmt.Errorf("composing letter %d: %w", d.ID, err)
	}
	return message, nil
}

// fill makes the message of a delivery's edition, with blanks filled as of another.
func (f *forms) fill(ctx context.Context, room []byte, d, as *tidings.Delivery) ([]byte, error) {
	form, err := f.of(ctx, d)
	if err != nil {
		return nil, err
	}
	return form.Append(room[:0], as)
}

// of gives the form of a delivery's edition as it is at this moment: errNothingLeft when nothing is.
func (f *forms) of(ctx context.Context, d *tidings.Delivery) (*Form, error) {
	return keeping(f, func(k *kept) *recent[int64, *Form] { return &k.forms }, formsMost, d.EditionID, func() (*Form, error) {
		return f.compose(ctx, d.EditionID)
	})
}

// compose makes a form. Several may be made at a time.
func (f *forms) compose(ctx context.Context, id int64) (*Form, error) {
	excerpt, err := f.editions.Excerpt(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("%w: edition %d: %w", errReading, id, err)
	}
	stock, err := f.stock(ctx, excerpt.Run)
	if err != nil {
		return nil, err
	}
	items := make([]*item, 0, len(excerpt.Entries))
	for _, n := range excerpt.Entries {
		it, err := f.item(ctx, stock, excerpt.Language, n)
		if err != nil {
			return nil, fmt.Errorf("composing edition %d: %w", id, err)
		}
		if it != nil {
			items = append(items, it)
		}
	}
	if len(items) == 0 {
		return nil, errNothingLeft
	}
	form, err := f.composer.assemble(&tidings.Edition{ID: id, Run: stock.Run, Language: excerpt.Language}, items)
	if err != nil {
		return nil, fmt.Errorf("composing edition %d: %w", id, err)
	}
	return form, nil
}

// stock is what the editions of a run are made of.
type stock struct {
	tidings.Contents
	topics []tidings.Topic
}

func (f *forms) stock(ctx context.Context, run int64) (*stock, error) {
	return keeping(f, func(k *kept) *recent[int64, *stock] { return &k.stocks }, stocksMost, run, func() (*stock, error) {
		contents, err := f.editions.Contents(ctx, run)
		if err != nil {
			return nil, fmt.Errorf("%w: the contents of run %d: %w", errReading, run, err)
		}
		topics, err := f.editions.Topics(ctx)
		if err != nil {
			return nil, fmt.Errorf("%w: the topics: %w", errReading, err)
		}
		return &stock{contents, topics}, nil
	})
}

// item gives an entry of a run; nil when it is in no mail any more.
func (f *forms) item(ctx context.Context, s *stock, language string, n int) (*item, error) {
	key := itemKey{s.Run.ID, n, language}
	return keeping(f, func(k *kept) *recent[itemKey, *item] { return &k.items }, itemsMost, key, func() (*item, error) {
		entry, there := s.Entries[n]
		if !there {
			return nil, nil
		}
		release, err := f.editions.EntryRelease(ctx, &entry)
		switch {
		case errors.Is(err, tidings.ErrNotFound):
			return nil, nil
		case err != nil:
			return nil, fmt.Errorf("%w: release %d: %w", errReading, entry.Release, err)
		}
		return f.composer.item(language, &entry, &release, namesOf(s.topics, language))
	})
}
