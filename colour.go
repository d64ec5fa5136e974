package tidings

import (
	"fmt"
	"math"
)

// Colour is an opaque colour of a screen (sRGB).
type Colour struct{ R, G, B uint8 }

// DefaultColour is the accent of a publisher that chose none.
const DefaultColour = "#14427d"

// ParseColour reads "#rrggbb".
func ParseColour(s string) (Colour, error) {
	var c Colour
	if n, err := fmt.Sscanf(s, "#%02x%02x%02x", &c.R, &c.G, &c.B); err != nil || n != 3 || len(s) != len("#rrggbb") {
		return Colour{}, Invalidf("colour", `%.40q is no colour: write it as "#14427d"`, s)
	}
	return c, nil
}

func (c Colour) String() string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// luminance is the relative luminance of WCAG 2.2: 0 for black, 1 for white.
func (c Colour) luminance() float64 {
	channel := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(c.R) + 0.7152*channel(c.G) + 0.0722*channel(c.B)
}

// Contrast is the contrast ratio of WCAG 2.2 §1.4.3: from 1, the same, to 21, black on white.
func (c Colour) Contrast(other Colour) float64 {
	a, b := c.luminance(), other.luminance()
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

// Mix is the colour with a share, from 0 to 1, of another in it.
func (c Colour) Mix(other Colour, share float64) Colour {
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a)*(1-share) + float64(b)*share)) }
	return Colour{mix(c.R, other.R), mix(c.G, other.G), mix(c.B, other.B)}
}

// leastContrast is what WCAG 2.2 AA asks of text (§1.4.3).
const leastContrast = 4.5

// Scheme is the pages' colours that the accent stands on or beside: the light ones, or the dark ones.
type Scheme struct {
	Paper Colour  // behind everything
	Shade Colour  // behind the foot and boxes
	Ink   Colour  // of text that stands on the accent
	Far   Colour  // what the accent is mixed with to stand out more
	Chip  float64 // the share of the accent behind a topic's name
}

// Light is the scheme of light pages.
func Light() Scheme {
	white := Colour{0xff, 0xff, 0xff}
	return Scheme{Paper: white, Shade: Colour{0xf4, 0xf6, 0xf9}, Ink: white, Far: Colour{}, Chip: 0.09}
}

// Dark is the scheme of dark pages.
func Dark() Scheme {
	paper := Colour{0x11, 0x15, 0x1b}
	return Scheme{Paper: paper, Shade: Colour{0x18, 0x1e, 0x26}, Ink: Colour{0x0d, 0x15, 0x20}, Far: Colour{0xff, 0xff, 0xff}, Chip: 0.13}
}

// Accent is a publisher's colour on pages of a scheme, and those that follow from it.
type Accent struct {
	Colour Colour // of bars, buttons and links
	Ink    Colour // of text on it
	Hover  Colour // of what is pointed at
	Chip   Colour // behind a topic's name
}

// Accent makes the colours that follow from a publisher's. An InvalidError says where it could not be read.
func (s Scheme) Accent(c Colour) (Accent, error) {
	a := s.accent(c)
	if ratio, on := s.worst(a); ratio < leastContrast {
		return Accent{}, Invalidf("colour", "%s has a contrast of %.2f:1 with %s, and text needs %.1f:1 (WCAG 2.2 AA): %s would do",
			c, ratio, on, leastContrast, s.Legible(c).Colour)
	}
	return a, nil
}

// Legible is the accent nearest to a colour that can be read in the scheme.
func (s Scheme) Legible(c Colour) Accent {
	const steps = 100
	for i := range steps {
		a := s.accent(c.Mix(s.Far, float64(i)/steps))
		if ratio, _ := s.worst(a); ratio >= leastContrast {
			return a
		}
	}
	return s.accent(s.Far)
}

func (s Scheme) accent(c Colour) Accent {
	return Accent{Colour: c, Ink: s.Ink, Hover: c.Mix(s.Far, 0.35), Chip: s.Paper.Mix(c, s.Chip)}
}

// worst is the least contrast that the accent has with what it stands on, or what stands on it.
func (s Scheme) worst(a Accent) (ratio float64, on Colour) {
	on = s.Paper
	for _, back := range []Colour{s.Shade, a.Chip, a.Ink} {
		if a.Colour.Contrast(back) < a.Colour.Contrast(on) {
			on = back
		}
	}
	return a.Colour.Contrast(on), on
}
