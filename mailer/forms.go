package mailer

import (
	"context"
	"errors"
	"fmt"
	"sync"

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
	withdrawal int64
	kept       map[int64]*Form
}

// of gives the form of a delivery's edition as it is at this moment: errNothingLeft when nothing is.
func (f *forms) of(ctx context.Context, d *tidings.Delivery) (*Form, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	newest, err := f.editions.LastWithdrawal(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: the newest withdrawal: %w", errReading, err)
	}
	if newest != f.withdrawal || len(f.kept) >= formsMost || f.kept == nil {
		f.withdrawal, f.kept = newest, map[int64]*Form{}
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
