package doctor

import "slices"

// voice is whether SPF, or a key, passes at receivers. Of several the lowest is how it stands for all mails.
type voice int

const (
	silent   voice = iota // it does not
	doubtful              // it does not for some mails, or for all if the relay sends from the address that it listens on
	unknown               // that could not be found out
	speaks                // it does
)

// together is the voice of mails that leave by several ways: whoever has one that passes is not silent.
func together(ways []voice) voice {
	if len(ways) == 0 {
		return unknown
	}
	lowest := slices.Min(ways)
	if lowest == silent && slices.Max(ways) > silent {
		return doubtful
	}
	return lowest
}

// voiceOf is that of a key, by what was found of it.
func voiceOf(f *Finding) voice {
	switch {
	case f.Severity == Hard:
		return silent
	case f.Severity == Note: // it could not be asked for, or was not
		return unknown
	}
	return speaks
}
