package roster

import (
	"encoding/csv"
	"io"
	"strconv"
	"time"

	"github.com/tidings/tidings"
)

// everything stands in the column of a cadence for the filter that selects all. The filter of that one word stands in quotes.
const everything = "all"

// exportHeading are the columns of our own export.
func exportHeading() []string {
	columns := []string{"address", "language", "state", "paused_until", "consent_basis", "consent_by", "consent_at", "left", "reason", "suppressed_until"}
	for _, name := range cadenceNames() {
		columns = append(columns, name, name+"_zone", name+"_hour")
	}
	return columns
}

// Exporter writes subscribers one after the other into a table.
type Exporter struct {
	rows  *csv.Writer
	begun bool
}

// NewTable writes a table that Import takes in again.
func NewTable(w io.Writer) *Exporter { return &Exporter{rows: csv.NewWriter(w)} }

// Write writes a subscriber, and why one is suppressed, and until when, if not for ever.
func (x *Exporter) Write(s *tidings.Subscriber, reason string, until time.Time) error {
	if !x.begun {
		x.begun = true
		if err := x.rows.Write(exportHeading()); err != nil {
			return err
		}
	}
	cells := []string{
		s.Address, s.Language, string(s.State), moment(s.PausedUntil), s.Consent.Basis, s.Consent.By, moment(s.Consent.At), moment(s.Left), reason,
		moment(until),
	}
	for _, name := range cadenceNames() {
		filter, zone, hour := "", "", ""
		for i := range s.Subscriptions {
			if sub := &s.Subscriptions[i]; sub.Cadence == name {
				filter, zone = filterCell(sub.Filter), sub.Zone
				if sub.Hour != tidings.AnyHour {
					hour = strconv.Itoa(sub.Hour)
				}
			}
		}
		cells = append(cells, filter, zone, hour)
	}
	for i := range cells {
		cells[i] = guarded(cells[i])
	}
	return x.rows.Write(cells)
}

// Close writes what is left, and the heading when there was nobody.
func (x *Exporter) Close() error {
	if !x.begun {
		if err := x.rows.Write(exportHeading()); err != nil {
			return err
		}
	}
	x.rows.Flush()
	return x.rows.Error()
}

func filterCell(f tidings.Filter) string {
	switch text := f.String(); text {
	case "":
		return everything
	case everything:
		return `"` + everything + `"`
	default:
		return text
	}
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
