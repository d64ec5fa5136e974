package main

import (
	"errors"
	"unicode"

	"github.com/spf13/cobra"
)

// reasonVar adds the flag --reason. What stands in it is shown in terminals and logs, so it holds nothing that these obey.
func reasonVar(cmd *cobra.Command, to *string, usage string) {
	cmd.Flags().Var((*reasonFlag)(to), "reason", usage)
}

type reasonFlag string

func (r *reasonFlag) String() string { return string(*r) }

func (*reasonFlag) Type() string { return "string" }

// Set refuses control characters, and those that turn the direction of the text that follows.
func (r *reasonFlag) Set(text string) error {
	for _, c := range text {
		if unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) || c == '\u2028' || c == '\u2029' || c == unicode.ReplacementChar {
			return errors.New("one line of plain text, without control characters and marks of direction")
		}
	}
	*r = reasonFlag(text)
	return nil
}
