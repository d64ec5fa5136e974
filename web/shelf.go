package web

import (
	"container/list"
	"sync"

	"github.com/tidings/tidings"
)

// Octets that shelves hold.
const (
	maxKeptFiles    = 64 << 20
	maxKeptCards    = 16 << 20
	maxKeptSitemaps = 32 << 20
)

// shelf keeps what was read or made last, for as long as the mark it was made at stands. It holds so many octets, or one
// thing alone that has more. Things are made one after the other: who waits for one finds it made.
type shelf[T any] struct {
	most int // octets

	mu    sync.Mutex
	held  int
	kept  map[string]*list.Element
	order list.List // of *volume[T], the one asked for last at the front

	making sync.Mutex
}

type volume[T any] struct {
	key    string
	mark   tidings.Mark
	octets int
	thing  T
}

// take gives what is kept under the key at this mark, or makes it. The mark was read before, so that what is made is of that
// mark or newer.
func (s *shelf[T]) take(key string, mark tidings.Mark, produce func() (thing T, octets int, err error)) (T, error) {
	if thing, ok := s.find(key, mark); ok {
		return thing, nil
	}
	s.making.Lock()
	defer s.making.Unlock()
	if thing, ok := s.find(key, mark); ok {
		return thing, nil
	}
	thing, octets, err := produce()
	if err == nil {
		s.keep(&volume[T]{key, mark, octets, thing})
	}
	return thing, err
}

func (s *shelf[T]) find(key string, mark tidings.Mark) (thing T, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.kept[key]
	if e == nil {
		return thing, false
	}
	v := e.Value.(*volume[T])
	if v.mark.Seq != mark.Seq || !v.mark.At.Equal(mark.At) {
		return thing, false
	}
	s.order.MoveToFront(e)
	return v.thing, true
}

// keep puts a thing in, and takes out what was asked for longest ago.
func (s *shelf[T]) keep(v *volume[T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[string]*list.Element{}
	}
	if e := s.kept[v.key]; e != nil {
		s.remove(e)
	}
	s.kept[v.key] = s.order.PushFront(v)
	for s.held += v.octets; s.held > s.most && s.order.Len() > 1; {
		s.remove(s.order.Back())
	}
}

func (s *shelf[T]) remove(e *list.Element) {
	v := s.order.Remove(e).(*volume[T])
	delete(s.kept, v.key)
	s.held -= v.octets
}
