package tidings_test

import (
	"testing"
	"time"

	"github.com/tidings/tidings"
)

func TestMessageIDOfALetterIsItsOwnAndTheSameOnEveryRetry(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 30, 7, 0, 0, 0, time.UTC)
	letter := tidings.Letter{ID: 7, Kind: tidings.ConfirmLetter, Created: at}
	id := letter.MessageID("news.example.org")
	if again := letter.MessageID("news.example.org"); again != id {
		t.Errorf("%s, then %s", id, again)
	}
	for _, other := range []tidings.Letter{
		{ID: 8, Kind: tidings.ConfirmLetter, Created: at},
		{ID: 7, Kind: tidings.LinkLetter, Created: at},
		{ID: 7, Kind: tidings.ConfirmLetter, Created: at.Add(time.Millisecond)},
	} {
		if other.MessageID("news.example.org") == id {
			t.Errorf("%+v has it too", other)
		}
	}
	if letter.MessageID("example.com") == id {
		t.Error("it does not depend on the domain")
	}
}
