package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/tidings/tidings"
)

// Addresses are the same when they differ in no more than upper and lower case, in any script, and in how their characters are
// composed. The columns' collation knows that of ASCII alone, in which nearly all are: the others are looked for in every spelling that
// may be theirs.

// fold gives all addresses that are the same as one form.
func fold(address string) string {
	if isASCII(address) {
		return strings.ToLower(address)
	}
	return strings.ToLower(norm.NFC.String(address))
}

func sameAddress(a, b string) bool { return fold(a) == fold(b) }

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// folds are what an address was known by at any time: as fold has it first, and as former programs took it, which composed nothing.
func folds(address string) []string {
	if isASCII(address) {
		return []string{address}
	}
	all := []string{fold(address)}
	for _, former := range []string{strings.ToLower(address), strings.ToLower(norm.NFD.String(address))} {
		if !slices.Contains(all, former) {
			all = append(all, former)
		}
	}
	return all
}

// beginningsMost is how many beginnings of spellings are looked for: behind that all that begins so is looked at.
const beginningsMost = 32

// beginnings are those that the spellings of an address may have, by the columns' collation: in most cases all of it.
func beginnings(address string) []string {
	begun := []string{""}
	for _, r := range norm.NFC.String(address) {
		var next []string
		for _, b := range begun {
			for _, form := range formsOf(r) {
				next = append(next, b+form)
			}
		}
		if len(next) > beginningsMost {
			break
		}
		begun = next
	}
	return begun
}

// formsOf are a character in either case, composed and not.
func formsOf(r rune) (forms []string) {
	if r < utf8.RuneSelf {
		return []string{string(unicode.ToLower(r))}
	}
	cases := []rune{r, unicode.ToLower(r)}
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		if unicode.ToLower(other) == unicode.ToLower(r) {
			cases = append(cases, other)
		}
	}
	for _, c := range cases {
		for _, form := range []string{noCase(string(c)), noCase(norm.NFD.String(string(c)))} {
			if !slices.Contains(forms, form) {
				forms = append(forms, form)
			}
		}
	}
	return forms
}

// noCase is the form that the columns' collation compares.
func noCase(s string) string {
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf {
			return unicode.ToLower(r)
		}
		return r
	}, s)
}

// Where spellings are looked for, by their indexes: ?1 has the first and the last of what begins alike.
const (
	amongSubscribers = `SELECT p.address FROM json_each(?1) b CROSS JOIN subscribers p
		WHERE p.address >= b.value ->> 0 AND p.address < b.value ->> 1`
	anywhere = amongSubscribers + `
		UNION ALL SELECT u.address FROM json_each(?1) b CROSS JOIN signups u WHERE u.address >= b.value ->> 0 AND u.address < b.value ->> 1
		UNION ALL SELECT l.address FROM json_each(?1) b CROSS JOIN letters l
			WHERE l.address <> '' AND l.address >= b.value ->> 0 AND l.address < b.value ->> 1
		UNION ALL SELECT t.detail FROM json_each(?1) b CROSS JOIN tickets t
			WHERE t.detail <> '' AND t.detail COLLATE NOCASE >= b.value ->> 0 AND t.detail COLLATE NOCASE < b.value ->> 1`
)

// spellings are an address as it is given, and the others that are the same and stand in one of the places.
func spellings(ctx context.Context, q querier, places, address string) ([]string, error) {
	all := []string{address}
	if isASCII(address) {
		return all, nil
	}
	var spans [][2]string
	for _, b := range beginnings(address) {
		spans = append(spans, [2]string{b, b + string(unicode.MaxRune)})
	}
	text, err := json.Marshal(spans)
	if err != nil {
		return nil, err
	}
	found, err := list(ctx, q, func(row *sql.Rows) (s string, err error) { return s, row.Scan(&s) }, places, string(text))
	for _, s := range found {
		if sameAddress(s, address) && !slices.ContainsFunc(all, func(has string) bool { return noCase(has) == noCase(s) }) {
			all = append(all, s)
		}
	}
	return all, err
}

// listOf is list for what has to do with an address, the first argument, in all its spellings; of each as many as the query gives.
func listOf[T any](
	ctx context.Context, q querier, scan func(*sql.Rows) (T, error), query, address string, args ...any,
) (all []T, err error) {
	forms, err := spellings(ctx, q, anywhere, address)
	for i := 0; i < len(forms) && err == nil; i++ {
		var of []T
		of, err = list(ctx, q, scan, query, append([]any{forms[i]}, args...)...)
		all = append(all, of...)
	}
	return all, err
}

// subscribersOf are who has an address: nobody, or one; several where former programs took spellings of one address for several.
func subscribersOf(ctx context.Context, q querier, address string) (all []tidings.Subscriber, err error) {
	forms, err := spellings(ctx, q, amongSubscribers, address)
	for _, form := range forms {
		one, err := subscriberBy(ctx, q, "address", form)
		if errors.Is(err, tidings.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, err
}

// withoutBarred gives those of some due deliveries whose address may be written to. Former programs did not find every subscriber whose
// address was suppressed in another spelling: who comes to light here is suppressed now.
func (tx *tx) withoutBarred(ctx context.Context, due []tidings.Delivery) ([]tidings.Delivery, error) {
	kept := due[:0]
	for i := range due {
		if isASCII(due[i].Address) {
			kept = append(kept, due[i])
			continue
		}
		switch err := tx.refuseBarred(ctx, due[i].Address); {
		case errors.Is(err, tidings.ErrSuppressed):
			tx.behind = true // others may be due behind it
			if err := tx.bar(ctx, due[i].Subscriber); err != nil {
				return nil, err
			}
			err = tx.audit(ctx, "subscriber.suppress", subscriberSubject(due[i].Subscriber), details{"reason": "the address is suppressed"})
			if err != nil {
				return nil, err
			}
		case err != nil:
			return nil, err
		default:
			kept = append(kept, due[i])
		}
	}
	return kept, nil
}

// bar has a subscriber follow the suppression of their address.
func (tx *tx) bar(ctx context.Context, id int64) error {
	if _, err := tx.ExecContext(ctx, `UPDATE subscribers SET state = 'suppressed', paused_until = NULL WHERE id = ?`, id); err != nil {
		return err
	}
	return tx.dropUnsent(ctx, id)
}
