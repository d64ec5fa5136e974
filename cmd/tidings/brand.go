package main

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/card"
	"github.com/tidings/tidings/config"
	"github.com/tidings/tidings/templates"
)

// loadTemplates lays the operator's folder, if there is one, over the built-in templates, and puts on the brand.
func loadTemplates(cfg *config.Config) (*templates.Set, error) {
	var overlay fs.FS
	if cfg.Theme.Dir != "" {
		overlay = os.DirFS(cfg.Theme.Dir)
	}
	brand := templates.Brand{Colour: cfg.Brand.Colour, ColourDark: cfg.Brand.ColourDark}
	if cfg.Brand.Logo != "" {
		var err error
		if brand.Logo, err = os.ReadFile(cfg.Brand.Logo); err != nil {
			return nil, fmt.Errorf("the logo: %w", err)
		}
	}
	return templates.Branded(overlay, brand)
}

// pictures draws what stands for a release where it is shared.
func (h *house) pictures() (*card.Drawer, error) {
	colour, err := tidings.ParseColour(cmp.Or(h.cfg.Brand.Colour, tidings.DefaultColour))
	if err != nil {
		return nil, err // not reached: the configuration is checked
	}
	return card.New(card.Config{Site: h.site, Colour: colour, Date: h.templates.Date})
}
