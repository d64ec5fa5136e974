package tidings

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"
)

// MessageID is the Message-ID (RFC 5322 §3.6.4), without angle brackets, of the letter: the same on every retry. Two
// databases that count alike do not share it, since the letter's instant is in it.
func (l *Letter) MessageID() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "letter %s %d %d", l.Kind, l.ID, l.Created.UnixMilli()))
	id := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16])
	return strings.ToLower(id) + "@" + l.Domain
}

// Unproven reports whether letters of this kind go to an address that somebody typed and nobody has confirmed: that it does not
// exist bars nobody from it, who may have it one day.
func (k LetterKind) Unproven() bool { return k == ConfirmLetter || k == MoveLetter }
