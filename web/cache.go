package web

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tidings/tidings"
)

// maxKept is how many selections the cache holds: more than a site has topics and languages, as a rule.
const maxKept = 500

// cache keeps the feeds of each selection that was admitted, as they were rendered last.
type cache struct {
	maker
	since time.Time
	clock func() time.Time

	mu   sync.Mutex
	kept map[tidings.Selection]*slot
}

// slot is the feeds of one selection.
type slot struct {
	rendering sync.Mutex // held by the one request that renders; the others wait for its result
	now       atomic.Pointer[renderings]
}

// renderings are all formats of a feed at one mark: the same releases in each.
type renderings struct {
	mark     tidings.Mark
	modified time.Time
	formats  map[tidings.FeedFormat]*version
}

// current gives the feeds of the selection as the store has them now. The mark is read before the releases: what is
// published in between is rendered already, and once more at the next request, when the mark has moved. What is not
// kept at this mark needs admittance: a topic that ends moves its mark.
func (c *cache) current(
	ctx context.Context, sel tidings.Selection, admit func() error,
) (map[tidings.FeedFormat]*version, error) {
	mark, err := c.library.Mark(ctx, sel)
	if err != nil {
		return nil, err
	}
	if r := c.find(sel); r.isAt(mark) {
		return r.formats, nil
	}
	if err := admit(); err != nil {
		return nil, err
	}
	s := c.slot(sel)
	s.rendering.Lock()
	defer s.rendering.Unlock()
	if mark, err = c.library.Mark(ctx, sel); err != nil {
		return nil, err
	}
	old := s.now.Load()
	if old.isAt(mark) {
		return old.formats, nil
	}
	var before time.Time
	if old != nil {
		before = old.modified
	}
	modified := changed(mark, c.since, before, c.clock())
	formats, err := c.render(ctx, sel, modified)
	if err != nil {
		return nil, err
	}
	s.now.Store(&renderings{mark: mark, modified: modified, formats: formats})
	return formats, nil
}

// changed is when a feed at the mark came to be, where the configuration is in force since, and the one shown before came to be
// at before; zero: none was. A publication that took its time in the database bears an instant that may have been shown already,
// as that of the feed before it: then it counts as of the next second.
func changed(mark tidings.Mark, since, before, now time.Time) time.Time {
	at := mark.At
	if since.After(at) {
		at = since
	}
	at = at.Truncate(time.Second)
	if !before.IsZero() && !at.After(before) && settled(before, now) {
		return before.Add(time.Second)
	}
	return at
}

func (r *renderings) isAt(m tidings.Mark) bool {
	return r != nil && r.mark.Seq == m.Seq && r.mark.At.Equal(m.At)
}

// find gives what is kept of a selection, of whatever mark; nil: nothing.
func (c *cache) find(sel tidings.Selection) *renderings {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.kept[sel]; s != nil {
		return s.now.Load()
	}
	return nil
}

// slot gives the place of a selection, and makes room for a new one.
func (c *cache) slot(sel tidings.Selection) *slot {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil {
		c.kept = map[tidings.Selection]*slot{}
	}
	s := c.kept[sel]
	if s == nil {
		for old := range c.kept {
			if len(c.kept) < maxKept {
				break
			}
			delete(c.kept, old)
		}
		s = &slot{}
		c.kept[sel] = s
	}
	return s
}
