package web

import (
	"sync"

	"github.com/tidings/tidings"
)

// Octets that shelves hold.
const (
	maxKeptFiles    = 64 << 20
	maxKeptCards    = 16 << 20
	maxKeptSitemaps = 32 << 20
	maxKeptFilters  = 32 << 20 // feeds of filters, of which anybody can ask for any number
	maxKeptPersonal = 32 << 20 // personal feeds
)

// shelf keeps what was read or made last, for as long as the mark it was made at stands. It holds so many octets, or one
// thing alone that has more. Things are made one after the other: who waits for one finds it made.
type shelf[T any] struct {
	most int // octets

	mu   sync.Mutex
	held int
	kept map[string]*volume[T]
	ends volume[T] // a ring: next is the one asked for last, before the one asked for longest ago

	making sync.Mutex
}

type volume[T any] struct {
	key    string
	mark   tidings.Mark
	octets int
	thing  T

	before, next *volume[T]
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
		s.keep(&volume[T]{key: key, mark: mark, octets: octets, thing: thing})
	}
	return thing, err
}

func (s *shelf[T]) find(key string, mark tidings.Mark) (thing T, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.kept[key]
	if v == nil || v.mark.Seq != mark.Seq || !v.mark.At.Equal(mark.At) {
		return thing, false
	}
	v.unlink()
	s.link(v)
	return v.thing, true
}

// last is what is kept under the key, of whatever mark.
func (s *shelf[T]) last(key string) (thing T, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.kept[key]; v != nil {
		return v.thing, true
	}
	return thing, false
}

// keep puts a thing in, and takes out what was asked for longest ago.
func (s *shelf[T]) keep(v *volume[T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[string]*volume[T]{}
		s.ends.before, s.ends.next = &s.ends, &s.ends
	}
	if old := s.kept[v.key]; old != nil {
		s.remove(old)
	}
	s.kept[v.key] = v
	s.link(v)
	for s.held += v.octets; s.held > s.most && len(s.kept) > 1; {
		s.remove(s.ends.before)
	}
}

func (s *shelf[T]) remove(v *volume[T]) {
	v.unlink()
	delete(s.kept, v.key)
	s.held -= v.octets
}

// link makes v the one asked for last.
func (s *shelf[T]) link(v *volume[T]) {
	v.before, v.next = &s.ends, s.ends.next
	v.before.next, v.next.before = v, v
}

func (v *volume[T]) unlink() { v.before.next, v.next.before = v.next, v.before }
