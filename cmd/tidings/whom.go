package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/tidings/tidings/subscribe"
)

// whom is whom a word of the command line names: an address in the form in which it is kept, or the number of a subscriber.
func whom(word string) (string, error) {
	word = strings.TrimSpace(word)
	if _, err := strconv.ParseInt(word, 10, 64); err == nil {
		return word, nil
	}
	return subscribe.NormalizeAddress(word)
}

// toWhom is for what is done to, or asked of, whom the first word names, if there is one.
func toWhom(do func(context.Context, *house, []string) error) func(context.Context, *house, []string) error {
	return func(ctx context.Context, h *house, args []string) error {
		if len(args) == 0 {
			return do(ctx, h, args)
		}
		who, err := whom(args[0])
		if err != nil {
			return err
		}
		return do(ctx, h, append([]string{who}, args[1:]...))
	}
}
