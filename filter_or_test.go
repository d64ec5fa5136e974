package tidings_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

func TestOrSelectsWhatEitherFilterSelects(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ a, b, want string }{
		{"topic:energy", "topic:trade", "topic:energy,trade"},
		{"topic:energy", "topic:energy", "topic:energy"},
		{"hydrogen", "", ""},
		{"", "hydrogen", ""},
		{"hydrogen lang:ko", `"supply chain" OR steel`, `"supply chain" OR steel OR lang:ko hydrogen`},
	} {
		a, b := parse(t, c.a), parse(t, c.b)
		for _, pair := range [][2]tidings.Filter{{a, b}, {b, a}} {
			got, err := pair[0].Or(pair[1])
			if err != nil || got.String() != parse(t, c.want).String() {
				t.Errorf("%q or %q is %q, %v; want %q", pair[0], pair[1], got, err, c.want)
			}
		}
	}
}

func TestOrOfTwoThatAreTooLongTogetherIsRefused(t *testing.T) {
	t.Parallel()
	words := func(letter string) tidings.Filter {
		var all []string
		for i := range 150 {
			all = append(all, fmt.Sprintf("%s%d", letter, i))
		}
		return parse(t, strings.Join(all, " OR "))
	}
	_, err := words("a").Or(words("b"))
	if invalid := (*tidings.InvalidError)(nil); !errors.As(err, &invalid) {
		t.Errorf("%v", err)
	}
}
