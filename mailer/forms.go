package mailer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tidings/tidings"
)

// formsMost bounds the forms kept: a few hundred kilobytes each at the most.
const formsMost = 64

// errReading: the database did not give what a message is made of. No fault of the delivery.
var errReading = errors.New("reading what to send")

// forms keeps the forms of the editions on their way. A withdrawal makes it forget them all, so that a withdrawn release
// is in no message made after it.
type forms struct {
	composer *Composer
	editions Editions

	mu         sync.Mutex
	withdrawal int64 // the newest that was heard of
	kept       map[int64]*Form
}

// heed tells of the newest withdrawal.
func (f *forms) heed(withdrawal int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if withdrawal != f.withdrawal {
		f.withdrawal, f.kept = withdrawal, nil
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
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.kept) >= formsMost || f.kept == nil {
		f.kept = map[int64]*Form{}
	}
	if form := f.kept[d.EditionID]; form != nil {
		return form, nil
	}
	edition, err := f.editions.Edition(ctx, d.EditionID)
	if err != nil {
		return nil, fmt.Errorf("%w: edition %d: %w", errReading, d.EditionID, err)
	}
	if len(edition.Entries) == 0 {
		return nil, errNothingLeft
	}
	topics, err := f.editions.Topics(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: the topics: %w", errReading, err)
	}
	form, err := f.composer.Compose(&edition, topics)
	if err != nil {
		return nil, fmt.Errorf("composing edition %d: %w", d.EditionID, err)
	}
	f.kept[d.EditionID] = form
	return form, nil
}
