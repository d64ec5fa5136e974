package main

import (
	"context"
	"sync"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer"
	"github.com/tidings/tidings/store"
)

// firstLook keeps bulk mail from being decided and sent until the daemon has looked whether it can arrive: a hold that comes after the
// mails is of no use. Letters do not wait.
type firstLook struct {
	over chan struct{} // closed when it is
	once sync.Once
}

func newFirstLook() *firstLook { return &firstLook{over: make(chan struct{})} }

// end lets bulk mail go, unless a hold was made, and says whether it was the first to.
func (f *firstLook) end() (first bool) {
	f.once.Do(func() {
		close(f.over)
		first = true
	})
	return first
}

func (f *firstLook) isOver() bool {
	select {
	case <-f.over:
		return true
	default:
		return false
	}
}

// lettersBefore is an outbox of which letters alone are taken until the first look is over.
type lettersBefore struct {
	*store.DB

	look *firstLook
}

func (o lettersBefore) Claim(ctx context.Context, now time.Time, limit int) ([]tidings.Delivery, error) {
	if !o.look.isOver() {
		return o.ClaimLetters(ctx, now, limit)
	}
	return o.DB.Claim(ctx, now, limit)
}

func (o lettersBefore) NextDue(ctx context.Context) (time.Time, error) {
	if !o.look.isOver() {
		return o.NextLetter(ctx)
	}
	return o.DB.NextDue(ctx)
}

// noneBefore is a planner to which nothing is due until the first look is over.
type noneBefore struct {
	mailer.Planner

	look *firstLook
}

func (p noneBefore) Due(ctx context.Context, now time.Time) (bool, error) {
	if !p.look.isOver() {
		return false, nil
	}
	return p.Planner.Due(ctx, now)
}

func (p noneBefore) Plan(ctx context.Context, now time.Time) ([]tidings.Run, error) {
	if !p.look.isOver() {
		return nil, nil
	}
	return p.Planner.Plan(ctx, now)
}
