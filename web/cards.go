package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// The size of a card in pixels, as Open Graph's readers like it.
const (
	cardWidth  = 1200
	cardHeight = 630
)

// card serves the picture of a release's current revision. Earlier ones lead there; of what is not public there is none.
func (s *site) card(w http.ResponseWriter, r *http.Request) error {
	number, isPNG := strings.CutSuffix(r.PathValue("file"), ".png")
	revision, err := strconv.Atoi(number)
	if !isPNG || err != nil || revision < 1 || s.Card == nil {
		return tidings.ErrNotFound
	}
	mark, err := s.Library.Mark(r.Context(), tidings.Selection{})
	if err != nil {
		return err
	}
	release, err := s.Library.Release(r.Context(), r.PathValue("slug"))
	switch {
	case err != nil || revision > release.Revision:
		return hidden(err)
	case !s.isAt(r, s.Site.CardURL(&release)):
		return &movedError{to: s.Site.CardURL(&release)}
	}
	key := release.Slug + "/" + number
	picture, err := s.cards.take(key, mark, func() ([]byte, int, error) {
		png, err := s.Card(r.Context(), &release)
		return png, len(png), err
	})
	if err != nil {
		return err
	}
	newVersion("image/png", picture, time.Time{}).serve(w, r, aDay, time.Time{}) // it has no date
	return nil
}
