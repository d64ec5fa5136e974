package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/tidings/tidings"
)

// largestLogo is in octets; pages are to be light.
const largestLogo = 200_000

func (p *problems) checkBrand(b *Brand, folder string) {
	for tag, text := range b.Footer {
		p.oneLine(p.languageOf("brand.footer", tag), text)
	}
	p.accent("brand.colour", b.Colour, tidings.Light())
	p.accent("brand.colour_dark", b.ColourDark, tidings.Dark())
	if b.ColourDark != "" && b.Colour == "" {
		p.add("brand.colour_dark", "stands alone: write brand.colour too")
	}
	if b.Logo == "" {
		return
	}
	b.Logo = within(folder, b.Logo)
	switch strings.ToLower(filepath.Ext(b.Logo)) {
	case ".svg", ".png", ".jpg", ".jpeg", ".webp":
	default:
		p.add("brand.logo", "must be a file that ends in .svg, .png, .jpg or .webp")
		return
	}
	data, err := os.ReadFile(b.Logo)
	switch {
	case err != nil:
		p.add("brand.logo", "cannot be read: %v", err)
	case len(data) > largestLogo:
		p.add("brand.logo", "has %d octets, and every reader loads it: make it smaller than %d", len(data), largestLogo)
	default:
		b.LogoHash = tidings.HashOf(data)
	}
}

// accent checks that a colour can be read on pages of the scheme.
func (p *problems) accent(key, s string, scheme tidings.Scheme) {
	if s == "" {
		return
	}
	colour, err := tidings.ParseColour(s)
	if err != nil {
		p.add(key, `must be written as six hexadecimal digits, such as "#14427d"`)
		return
	}
	if _, err := scheme.Accent(colour); err != nil {
		p.add(key, "%s", reasonOf(err))
	}
}

func reasonOf(err error) string {
	var invalid *tidings.InvalidError
	if errors.As(err, &invalid) {
		return invalid.Reason
	}
	return err.Error()
}
