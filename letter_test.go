package tidings_test

import (
	"testing"
	"time"

	"github.com/tidings/tidings"
)

func TestMessageIDOfALetterIsItsOwnAndTheSameOnEveryRetry(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 30, 7, 0, 0, 0, time.UTC)
	letter := tidings.Letter{ID: 7, Kind: tidings.ConfirmLetter, Created: at, Domain: "news.example.org"}
	id := letter.MessageID()
	if again := letter.MessageID(); again != id {
		t.Errorf("%s, then %s", id, again)
	}
	for _, other := range []tidings.Letter{
		{ID: 8, Kind: tidings.ConfirmLetter, Created: at},
		{ID: 7, Kind: tidings.LinkLetter, Created: at},
		{ID: 7, Kind: tidings.ConfirmLetter, Created: at.Add(time.Millisecond)},
	} {
		if other.Domain = letter.Domain; other.MessageID() == id {
			t.Errorf("%+v has it too", other)
		}
	}
	if letter.Domain = "example.com"; letter.MessageID() == id {
		t.Error("it does not depend on the domain")
	}
}
