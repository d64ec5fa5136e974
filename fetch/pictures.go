package fetch

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/tidings/tidings"
)

// Pictures asks for what the entries of one feed show: one picture at a time, each address once, and nothing more of a host
// that is in trouble or asks to be left alone. It is for one reading of the feed, by one goroutine.
type Pictures struct {
	client  Getter
	private bool // may lead into a private network
	now     func() time.Time
	until   time.Time // when the reading has taken long enough; zero: nothing was asked yet
	seen    map[string]seen
	room    int            // octets that may be remembered yet
	silent  map[string]int // by host: how many times in a row no answer came
}

// seen is what came of asking for an address.
type seen struct {
	data []byte
	err  error
}

// Limits of the pictures of one reading.
const (
	largestPicture  = 8 << 20
	pictureTimeout  = 20 * time.Second
	longestGather   = 15 * time.Minute // a feed's archive has hundreds; other feeds of its host wait meanwhile
	mostSilent      = 3                // answers that don't come, until a host is left alone
	mostRemembered  = 16 << 20         // octets: logos that many entries show
	pictureAccepted = "image/webp, image/png, image/jpeg, image/gif, */*;q=0.1"
)

// NewPictures makes Pictures for one reading of a feed.
func NewPictures(client Getter, private bool, now func() time.Time) *Pictures {
	return &Pictures{
		client: client, private: private, now: now, seen: map[string]seen{}, room: mostRemembered, silent: map[string]int{},
	}
}

// Get is the octets at an address; what they are is for the caller to judge. The error says why there are none, and is one of
// ctx when that has ended.
func (p *Pictures) Get(ctx context.Context, address string) ([]byte, error) {
	if before, known := p.seen[address]; known {
		return before.data, before.err
	}
	data, err := p.ask(ctx, address)
	if stopped(ctx) {
		return nil, ctx.Err()
	}
	if len(data) <= p.room {
		p.room -= len(data)
		p.seen[address] = seen{data, err}
	}
	return data, err
}

func (p *Pictures) ask(ctx context.Context, address string) ([]byte, error) {
	at, err := parse(address)
	if err != nil {
		return nil, err
	}
	if p.until.IsZero() {
		p.until = p.now().Add(longestGather)
	}
	switch {
	case p.silent[at.Host] >= mostSilent:
		return nil, tidings.Invalidf(at.Host, "is left alone for now")
	case p.now().After(p.until):
		return nil, tidings.Invalidf("time", "the pictures of this feed have taken %v already", longestGather)
	}
	ctx, cancel := context.WithTimeout(ctx, pictureTimeout)
	defer cancel()
	answer, err := p.client.Get(ctx, Request{URL: address, Accept: pictureAccepted, Private: p.private, Limit: largestPicture}, p.now())
	if err != nil {
		if invalid := (*tidings.InvalidError)(nil); !errors.As(err, &invalid) {
			p.silent[at.Host]++
		}
		return nil, err
	}
	p.silent[at.Host] = 0
	switch answer.Status {
	case http.StatusOK:
		return answer.Body, nil
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		p.silent[at.Host] = mostSilent
	}
	return nil, tidings.Invalidf("address", "it answered %d %s", answer.Status, http.StatusText(answer.Status))
}
