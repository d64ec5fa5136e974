package web

import (
	"context"
	"sync"

	"github.com/tidings/tidings"
)

// pantry keeps what takes a while to make on a shelf, each thing for as long as the mark that it was made at stands. Who asks for
// one that is being made waits for it; others need not.
type pantry[T any] struct {
	shelf shelf[T]

	mu     sync.Mutex
	making map[string]*turn
}

// turn is whose turn it is to make a thing.
type turn struct {
	sync.Mutex
	wanted int // by so many requests
}

// take gives what is kept under the key at this mark, or has it made.
func (p *pantry[T]) take(
	ctx context.Context, key string, mark tidings.Mark, produce func() (thing T, octets int, err error),
) (thing T, err error) {
	if thing, ok := p.shelf.find(key, mark); ok {
		return thing, nil
	}
	defer p.wait(key)()
	if thing, ok := p.shelf.find(key, mark); ok {
		return thing, nil
	}
	if err := ctx.Err(); err != nil {
		return thing, err // nobody waits any more
	}
	thing, octets, err := produce()
	if err != nil {
		return thing, err
	}
	p.shelf.keep(&volume[T]{key: key, mark: mark, octets: octets, thing: thing})
	return thing, nil
}

// wait gives back when it is this request's turn, and how to end it.
func (p *pantry[T]) wait(key string) (done func()) {
	p.mu.Lock()
	if p.making == nil {
		p.making = map[string]*turn{}
	}
	t := p.making[key]
	if t == nil {
		t = &turn{}
		p.making[key] = t
	}
	t.wanted++
	p.mu.Unlock()
	t.Lock()
	return func() {
		t.Unlock()
		p.mu.Lock()
		defer p.mu.Unlock()
		if t.wanted--; t.wanted == 0 {
			delete(p.making, key)
		}
	}
}
