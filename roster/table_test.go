package roster_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/roster"
	"github.com/tidings/tidings/store/storetest"
)

func itoa(n int) string { return strconv.Itoa(n) }

// utf16Of is a text as a spreadsheet writes "Unicode text".
func utf16Of(order binary.AppendByteOrder, text string) string {
	var out []byte
	for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
		out = order.AppendUint16(out, u)
	}
	return string(out)
}

func TestTablesAreReadAsSpreadsheetsWriteThem(t *testing.T) {
	t.Parallel()
	const plain = "email,tags\na@example.org,\"에너지, 😀\"\n"
	for name, text := range map[string]string{
		"commas": plain, "a mark": "\ufeff" + plain, "line ends of Windows": strings.ReplaceAll(plain, "\n", "\r\n"),
		"semicolons": "email;tags\na@example.org;\"에너지, 😀\"\n", "tabs": "email\ttags\na@example.org\t에너지, 😀",
		"a line for Excel": "sep=;\r\nemail;tags\r\na@example.org;에너지, 😀\r\n", "a bar": "\"email\"|tags\na@example.org|에너지, 😀\n",
		"UTF-16 little": utf16Of(binary.LittleEndian, plain), "UTF-16 big": utf16Of(binary.BigEndian, plain),
		"line ends of old Macs": strings.ReplaceAll(plain, "\n", "\r"), "old Macs in UTF-16": utf16Of(binary.BigEndian, strings.ReplaceAll(plain, "\n", "\r")),
		"empty cells too many": "email,tags\na@example.org,\"에너지, 😀\",,\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := storetest.New(t)
			report, lines := taken(t, db, "l.csv", text, options(t))
			if report.Counts[tidings.FateAdded] != 1 || report.Unknown["😀"] != 1 {
				t.Fatalf("%+v, %+v", report, lines)
			}
			if s := subscriberOf(t, db, "a@example.org"); s.Subscriptions[0].Filter.String() != "topic:energy" {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestWhatIsNoTextIsSaidToBeNone(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	_, lines := taken(t, db, "l.csv", "email,tags\na@example.org,\xbf\xa1\xb3\xca\nb@example.org,trade\n", options(t))
	if lines[0].Fate != roster.FateBroken || !strings.Contains(lines[0].Reason, "not UTF-8") || lines[1].Fate != tidings.FateAdded {
		t.Errorf("%+v", lines)
	}
	if _, err := roster.Import(t.Context(), opener("PK\x03\x04\x00\x00,email\n"), "l.xlsx", db, options(t)); err == nil || !strings.Contains(err.Error(), "neither UTF-8") {
		t.Error(err)
	}
}

func TestAQuoteThatIsNeverClosedTakesNoMemory(t *testing.T) {
	t.Parallel()
	read := 0
	open := func() (io.ReadCloser, error) {
		endless := io.MultiReader(strings.NewReader("email,tags\na@example.org,trade\nb@example.org,\""), filler{})
		return io.NopCloser(&counting{endless, &read}), nil
	}
	report, err := roster.Import(t.Context(), open, "l.csv", storetest.New(t), options(t))
	if err != nil || report.Counts[tidings.FateAdded] != 1 || report.Counts[roster.FateBroken] != 1 || read > 4<<20 {
		t.Errorf("%v, %+v, read %d octets of one row", err, report.Counts, read)
	}
	_, lines := taken(t, storetest.New(t), "l.csv", "email\na@example.org\n\"b@example.org\nc@example.org\n", options(t))
	if len(lines) != 2 || lines[1].Number != 3 || !strings.Contains(lines[1].Reason, "never closed") {
		t.Errorf("%+v", lines)
	}
	long := "email\na@example.org\n\"" + strings.Repeat("x", 3<<20) + "\nc@example.org\n"
	_, lines = taken(t, storetest.New(t), "l.csv", long, options(t))
	if len(lines) != 2 || lines[1].Number != 3 || !strings.Contains(lines[1].Reason, "larger than 1 MB") {
		t.Errorf("%d lines, %+v", len(lines), lines)
	}
}

func TestOfAFileThatIsNotReadToItsEndItIsSaidHowMuch(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "l.csv")
	text := "email\na@example.org\n\"" + strings.Repeat("x", 3<<20) + "\"\nc@example.org\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	open := func() (io.ReadCloser, error) { return os.Open(path) }
	report, err := roster.Import(t.Context(), open, "l.csv", storetest.New(t), options(t))
	if err != nil || report.Rows() != 2 || !regexp.MustCompile(`\(the last [12]\d{6} octets were not read\)`).MatchString(report.Torn) {
		t.Errorf("%v, %+v", err, report)
	}
}

func TestLinesOfOldMacsKeepTheirNumbers(t *testing.T) {
	t.Parallel()
	_, lines := taken(t, storetest.New(t), "l.csv", "email\ra@example.org\r\rb\rc@example.org\r\n", options(t))
	if got := fates(lines); !slices.Equal(got, []string{"added a@example.org", "broken b", "added c@example.org"}) || lines[1].Number != 4 {
		t.Errorf("%+v", lines)
	}
}

func TestAListOfNobodyIsSaidToBeOne(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"email,status", "email,status\r\n", "email,status\n\n , \n", "email\r"} {
		_, err := roster.Import(t.Context(), opener(text), "l.csv", storetest.New(t), options(t))
		if invalid := new(tidings.InvalidError); !errors.As(err, &invalid) || !strings.Contains(err.Error(), "l.csv: has a heading and no row below it") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

type filler struct{}

func (filler) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

type counting struct {
	io.Reader
	n *int
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	*c.n += n
	return n, err
}

// FuzzImport feeds tables of any kind: no panic, every row counted once and on a line of the file, nothing unprintable told,
// and nobody taken in without consent.
func FuzzImport(f *testing.F) {
	for _, seed := range []string{
		"email,status,tags\na@example.org,subscribed,energy\n", "email;tags\n\"a\nb\";x\n", "\ufeffemail\na@example.org",
		"uuid,email,name,attributes,status,created_at,updated_at\nu,a@example.org,,{},enabled,2023-04-05 06:07:08 +0000 UTC,\n",
		"address,language,state,paused_until,consent_basis,consent_by,consent_at,left,reason,daily,daily_hour\na@example.org,ko,paused,,b,c,,,,'-steel,7\n",
		utf16Of(binary.LittleEndian, "email\tcadence\na@example.org\tdaily\n"), "\xff\xfe\x00", "sep=\temail\n", "email\ra@example.org\r", "email,email,basis\na@b.org,,\"\"\"\"\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		opts := options(t)
		rows, told := -1, 0
		opts.Counted = func(n int) { rows = n }
		last := 0
		opts.Each = func(l roster.Line) {
			told++
			if l.Number <= last || l.Number > 1+strings.Count(string(data), "\n")+strings.Count(string(data), "\r") {
				t.Errorf("line %d behind line %d", l.Number, last)
			}
			last = l.Number
			if !utf8.ValidString(l.Address+l.Reason) || strings.ContainsAny(l.Address+l.Reason, "\x00\x1b\n\r") {
				t.Errorf("unprintable: %q", l.Address+l.Reason)
			}
		}
		report, err := roster.Import(t.Context(), opener(string(data)), "l.csv", checker{t}, opts)
		if err == nil && (rows != told || report.Rows() != told) {
			t.Errorf("%d rows, %d told, %d counted", rows, told, report.Rows())
		}
	})
}

// checker takes everybody in whom a store could take in.
type checker struct{ t *testing.T }

func (c checker) Enrol(_ context.Context, part []tidings.Enrolment, _ time.Time, _ string) ([]tidings.Enrolled, error) {
	became := make([]tidings.Enrolled, len(part))
	for i := range part {
		s := &part[i].Subscriber
		active := s.State == tidings.Active || s.State == tidings.Paused
		if s.Address == "" || active != (len(s.Subscriptions) > 0) || active && strings.TrimSpace(s.Consent.Basis) == "" || s.Consent.At.After(day()) {
			c.t.Errorf("%+v", s)
		}
		for _, sub := range s.Subscriptions {
			if again, err := tidings.ParseFilter(sub.Filter.String()); err != nil || again.String() != sub.Filter.String() || sub.Zone == "" {
				c.t.Errorf("%+v: %v", sub, err)
			}
		}
		became[i] = tidings.Enrolled{Fate: tidings.FateAdded, Reason: fmt.Sprint(s.State)}
	}
	return became, nil
}
