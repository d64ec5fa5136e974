package templates

import "github.com/tidings/tidings"

// letter is a letter's heading.
func (w *words) letter(m *LetterMail) (string, error) {
	switch m.Kind {
	case tidings.LinkLetter:
		return w.text("letter-link")
	case tidings.MoveLetter:
		return w.text("letter-move")
	case tidings.MovedLetter:
		return w.text("letter-moved")
	case tidings.EraseLetter:
		return w.text("letter-erase")
	case tidings.ConfirmLetter, tidings.CopyLetter:
	}
	if m.Known {
		return w.text("letter-confirm-known")
	}
	return w.text("letter-confirm")
}

// letterWhy says why a letter came.
func (w *words) letterWhy(m *LetterMail) (string, error) {
	site := line(m.Site.Name(w.tag))
	switch m.Kind {
	case tidings.LinkLetter:
		return w.text("letter-link-why", "Site", site)
	case tidings.MoveLetter:
		return w.text("letter-move-why", "Site", site)
	case tidings.MovedLetter:
		return w.text("letter-moved-why", "Site", site)
	case tidings.EraseLetter:
		return w.text("letter-erase-why", "Site", site)
	case tidings.ConfirmLetter, tidings.CopyLetter:
	}
	return w.text("letter-confirm-why", "Site", site)
}

// letterThen says what happens when the button behind a letter's link is pressed.
func (w *words) letterThen(m *LetterMail) (string, error) {
	switch m.Kind {
	case tidings.LinkLetter:
		return w.text("letter-link-then")
	case tidings.MoveLetter:
		return w.text("letter-move-then")
	case tidings.MovedLetter:
		return w.text("letter-moved-then")
	case tidings.EraseLetter:
		return w.text("letter-erase-then")
	case tidings.ConfirmLetter, tidings.CopyLetter:
	}
	if m.Known {
		return w.text("letter-confirm-known-then")
	}
	return w.text("letter-confirm-then")
}

// letterOtherwise says what to do when one did not ask for a letter.
func (w *words) letterOtherwise(m *LetterMail) (string, error) {
	switch m.Kind {
	case tidings.LinkLetter:
		return w.text("letter-link-not-you")
	case tidings.MovedLetter:
		return w.text("letter-moved-not-you")
	case tidings.ConfirmLetter, tidings.MoveLetter, tidings.EraseLetter, tidings.CopyLetter:
	}
	return w.text("letter-not-you")
}
