package mailer

// How much is kept for the next mails: so much, and as much that was used before it. Neighbours in a run seldom have the same edition,
// but most of its releases.
const (
	formsMost  = 256  // some 30 KB each
	itemsMost  = 2048 // some 5 KB each
	stocksMost = 64
)

// kept is what serves further mails.
type kept struct {
	forms  recent[int64, *Form]   // by edition
	stocks recent[int64, *stock]  // by run
	items  recent[itemKey, *item] // nil: there is none any more
}

// itemKey is an entry of a run, in a language.
type itemKey struct {
	run      int64
	entry    int
	language string
}

// recent keeps what was used lately.
type recent[K comparable, V any] struct{ kept, older map[K]V }

func (r *recent[K, V]) get(key K, most int) (v V, ok bool) {
	if v, ok = r.kept[key]; ok {
		return v, true
	}
	if v, ok = r.older[key]; ok { // what is used again comes back
		r.put(key, v, most)
	}
	return v, ok
}

func (r *recent[K, V]) put(key K, v V, most int) {
	if len(r.kept) >= most || r.kept == nil {
		r.kept, r.older = map[K]V{}, r.kept
	}
	r.kept[key] = v
}

// keeping gives what is kept, or makes it, and keeps it for the next who asks unless something was withdrawn since it was begun.
func keeping[K comparable, V any](f *forms, where func(*kept) *recent[K, V], most int, key K, do func() (V, error)) (V, error) {
	f.mu.Lock()
	asOf := f.withdrawal
	v, ok := where(&f.kept).get(key, most)
	f.mu.Unlock()
	if ok {
		return v, nil
	}
	v, err := do()
	if err != nil {
		return v, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if asOf == f.withdrawal {
		where(&f.kept).put(key, v, most)
	}
	return v, nil
}
