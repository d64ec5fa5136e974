package web

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/tidings/tidings"
)

// Hooks hears what relays tell of mails that came back.
type Hooks interface {
	// Hear takes a request of a kind of relay. ErrNotFound: nobody listens to that kind; ErrBadToken: it does not prove itself; an
	// InvalidError: it is not understood; any other error is a fault of ours.
	Hear(ctx context.Context, kind string, header http.Header, query url.Values, body []byte) error
}

// maxHook is how much a relay may tell at once, in octets: SNS has 256 KB at the most, Postmark quotes the whole bounce.
const maxHook = 1 << 20

// hook answers a relay: machines read no pages. Whatever it is to send again has a 503.
func (s *site) hook(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		return &methodError{allow: http.MethodPost}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxHook))
	if err != nil {
		var long *http.MaxBytesError
		if errors.As(err, &long) {
			say(w, http.StatusRequestEntityTooLarge, "too long\n")
			return nil
		}
		say(w, http.StatusBadRequest, "cut off\n")
		return nil
	}
	kind := r.PathValue("kind")
	err = s.Hooks.Hear(r.Context(), kind, r.Header, r.URL.Query(), body)
	var invalid *tidings.InvalidError
	switch {
	case err == nil:
		say(w, http.StatusOK, "heard\n")
	case errors.Is(err, tidings.ErrNotFound):
		return err
	case errors.Is(err, tidings.ErrBadToken):
		s.refuse(r, slog.LevelWarn, "a webhook that does not prove itself was refused", kind)
		say(w, http.StatusForbidden, "who says so?\n")
	case errors.As(err, &invalid):
		s.refuse(r, slog.LevelWarn, "a webhook that is not understood", kind, "error", err)
		say(w, http.StatusBadRequest, invalid.Error()+"\n")
	default:
		s.refuse(r, slog.LevelError, "a webhook could not be heard now, and is to come again", kind, "error", err)
		say(w, http.StatusServiceUnavailable, "not now\n")
	}
	return nil
}

// refuse tells the log of a refusal at once, and of more like it once a minute, with their number: anybody can ask.
func (s *site) refuse(r *http.Request, level slog.Level, what, kind string, more ...any) {
	if n := s.refusals.Note(kind+" "+what, s.Now()); n > 0 {
		s.Log.Log(r.Context(), level, what, append([]any{"kind", kind, "refused", n}, more...)...)
	}
}
