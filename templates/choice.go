package templates

import "github.com/tidings/tidings"

// ChoiceForm is the fields of one choice of a subscriber's, as they typed them.
type ChoiceForm struct {
	Entries

	Was      string          // the cadence that they have it at; empty: they would like it besides
	Offered  []tidings.Topic // to choose from
	Spoken   []string        // languages of releases, likewise; fewer than two: there is nothing to choose
	Cadences []string        // likewise, fastest first
	Kept     int             // how many words it has that are not shown and stay; 0: none, and Words may be typed
	Sealed   bool            // likewise the whole filter, whatever it says
	Faults   []Fault
}

// Fault is what is wrong with a field, or nil.
func (c *ChoiceForm) Fault(field string) *Fault { return faultAmong(c.Faults, field) }
