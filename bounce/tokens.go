package bounce

import (
	"crypto/sha256"
	"sync"
	"time"
)

// tokensMost is how many tokens are remembered: a relay makes one for each event.
const tokensMost = 100_000

// tokens remembers what was said with each token of a relay that signs no more than instant and token: who overheard one could say
// something else with it. The zero value has seen none; a restart forgets.
type tokens struct {
	mu    sync.Mutex
	said  map[[sha256.Size]byte]word // by hash of instant and token
	order [][sha256.Size]byte        // as they came: the first ends first
}

// word is what was said with a token, and until when the token is good at the most.
type word struct {
	said  [sha256.Size]byte
	until time.Time
}

// fits reports whether a token is new, or says what it said before.
func (t *tokens) fits(token string, said []byte, now time.Time) bool {
	key, w := sha256.Sum256([]byte(token)), word{sha256.Sum256(said), now.Add(replayRelay + replayAhead)}
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.order) > 0 && (len(t.order) >= tokensMost || now.After(t.said[t.order[0]].until)) {
		delete(t.said, t.order[0])
		t.order = t.order[1:]
	}
	if before, seen := t.said[key]; seen {
		return before.said == w.said
	}
	if t.said == nil {
		t.said = map[[sha256.Size]byte]word{}
	}
	t.said[key] = w
	t.order = append(t.order, key)
	return true
}
