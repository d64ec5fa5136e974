package mailer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tidings/tidings"
)

// formsMost bounds the forms kept, of some 30 KB each: these, and as many that were used before them. Neighbours in a run seldom have
// the same edition.
const formsMost = 256

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
	older      map[int64]*Form // those that were kept before; what is used again comes back
}

// heed tells of the newest withdrawal.
func (f *forms) heed(withdrawal int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if withdrawal != f.withdrawal {
		f.withdrawal, f.kept, f.older = withdrawal, nil, nil
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
	form, asOf := f.known(d.EditionID)
	if form != nil {
		return form, nil
	}
	form, err := f.compose(ctx, d.EditionID)
	if err == nil {
		f.keep(d.EditionID, form, asOf)
	}
	return form, err
}

// known gives a form that is kept, and the newest withdrawal that was heard of.
func (f *forms) known(edition int64) (*Form, int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	form := f.kept[edition]
	if form == nil {
		if form = f.older[edition]; form != nil {
			f.kept[edition] = form
		}
	}
	return form, f.withdrawal
}

// keep keeps a form for the next of its edition, unless something was withdrawn since it was begun.
func (f *forms) keep(edition int64, form *Form, asOf int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if asOf != f.withdrawal {
		return
	}
	if len(f.kept) >= formsMost || f.kept == nil {
		f.kept, f.older = map[int64]*Form{}, f.kept
	}
	f.kept[edition] = form
}

// compose makes a form. Several may be made at a time.
func (f *forms) compose(ctx context.Context, id int64) (*Form, error) {
	edition, err := f.editions.Edition(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("%w: edition %d: %w", errReading, id, err)
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
		return nil, fmt.Errorf("composing edition %d: %w", id, err)
	}
	return form, nil
}
