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
	case tidings.ChangedLetter:
		if m.Standing == tidings.Left {
			return w.text("letter-left")
		}
		return w.text("letter-changed")
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
	case tidings.ChangedLetter:
		return w.changedWhy(m, site)
	case tidings.ConfirmLetter, tidings.CopyLetter:
	}
	return w.text("letter-confirm-why", "Site", site)
}

// changedWhy says what was done by the link of a digest.
func (w *words) changedWhy(m *LetterMail, site string) (string, error) {
	switch {
	case m.Standing == tidings.Left:
		return w.text("letter-left-why", "Site", site)
	case m.Standing == tidings.Paused && m.PausedUntil.IsZero():
		return w.text("letter-paused-open-why", "Site", site)
	case m.Standing == tidings.Paused:
		day, err := w.dayIn(m.PausedUntil.Location(), m.PausedUntil)
		if err != nil {
			return "", err
		}
		return w.text("letter-paused-why", "Site", site, "Date", day)
	}
	return w.text("letter-changed-why", "Site", site)
}

// letterChosen stands before a letter's choices.
func (w *words) letterChosen(m *LetterMail) (string, error) {
	switch {
	case m.Kind == tidings.ChangedLetter:
		return w.text("letter-choices-now")
	case m.Known:
		return w.text("letter-choices-known")
	}
	return w.text("letter-choices")
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
	case tidings.ChangedLetter:
		if m.Standing == tidings.Left {
			return w.text("letter-left-then")
		}
		return w.text("letter-changed-then")
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
	case tidings.ChangedLetter:
		return w.text("letter-changed-often")
	case tidings.ConfirmLetter, tidings.MoveLetter, tidings.EraseLetter, tidings.CopyLetter:
	}
	return w.text("letter-not-you")
}
