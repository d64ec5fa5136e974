package templates

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	_ "image/jpeg" // logos may be JPEG
	_ "image/png"  // or PNG
	"net/http"
	"strconv"
	"strings"

	_ "golang.org/x/image/webp" // or WebP

	"github.com/tidings/tidings"
)

// Brand is how the publisher looks. The zero value looks well too.
type Brand struct {
	Colour     string // "#rrggbb", the accent of light pages; empty: ours
	ColourDark string // of dark ones; empty: half way from Colour to white
	Logo       []byte // SVG, PNG, JPEG or WebP; empty: the name stands alone
}

// Asset is what pages load, beside releases' own pictures.
type Asset struct {
	MediaType string
	Body      []byte
}

// A logo is the publisher's picture at the head of pages.
type logo struct {
	Path          string // below the site's base
	Width, Height int    // as shown, in CSS pixels
}

// logoHeight is in CSS pixels.
const logoHeight = 40

// hashed is the path of an asset, with a hash of its content in it.
func hashed(name, ending string, body []byte) string {
	return "/assets/" + name + "." + tidings.HashOf(body)[:12] + ending
}

// tint is the stylesheet with the publisher's colours in place of ours. What is printed is black.
func (b Brand) tint(css []byte) ([]byte, error) {
	if b.Colour == "" {
		return css, nil
	}
	colour, err := tidings.ParseColour(b.Colour)
	if err != nil {
		return nil, err
	}
	light, err := tidings.Light().Accent(colour)
	if err != nil {
		return nil, err
	}
	white := tidings.Colour{R: 0xff, G: 0xff, B: 0xff}
	dark := tidings.Dark().Legible(colour.Mix(white, 0.5)) // the least that can be read would look dull
	if b.ColourDark != "" {
		if colour, err = tidings.ParseColour(b.ColourDark); err != nil {
			return nil, err
		}
		if dark, err = tidings.Dark().Accent(colour); err != nil {
			return nil, err
		}
	}
	root := func(a tidings.Accent) string {
		return fmt.Sprintf(":root { --brand: %s; --brand-ink: %s; --link: %s; --hover: %s; --chip: %s; }",
			a.Colour, a.Ink, a.Colour, a.Hover, a.Chip)
	}
	return fmt.Appendf(bytes.Clone(css), "\n/* The publisher's colours. */\n@media screen { %s }\n"+
		"@media screen and (prefers-color-scheme: dark) { %s }\n", root(light), root(dark)), nil
}

// endings are those of the media types that a logo may have.
func endings() map[string]string {
	return map[string]string{"image/svg+xml": ".svg", "image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}
}

// emblem is the logo as pages show it and as it is served, or nil where there is none.
func (b Brand) emblem() (*logo, Asset, error) {
	if len(b.Logo) == 0 {
		return nil, Asset{}, nil
	}
	asset := Asset{MediaType: http.DetectContentType(b.Logo), Body: b.Logo}
	var width, height float64
	if size, _, err := image.DecodeConfig(bytes.NewReader(b.Logo)); err == nil {
		width, height = float64(size.Width), float64(size.Height)
	} else {
		asset.MediaType = "image/svg+xml"
		width, height = sizeOfSVG(b.Logo)
	}
	if width <= 0 || height <= 0 || endings()[asset.MediaType] == "" {
		return nil, Asset{}, tidings.Invalidf("logo", "is no SVG with a viewBox, and no PNG, JPEG or WebP")
	}
	return &logo{
		Path: hashed("logo", endings()[asset.MediaType], b.Logo), Width: int(logoHeight*width/height + 0.5), Height: logoHeight,
	}, asset, nil
}

// sizeOfSVG is that of the drawing's viewBox, else its width and height; zero where it has none.
func sizeOfSVG(text []byte) (width, height float64) {
	d := xml.NewDecoder(bytes.NewReader(text))
	for {
		token, err := d.Token()
		if err != nil {
			return 0, 0
		}
		root, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if root.Name.Local != "svg" {
			return 0, 0
		}
		for _, a := range root.Attr {
			switch a.Name.Local {
			case "viewBox":
				if box := strings.Fields(strings.ReplaceAll(a.Value, ",", " ")); len(box) == 4 {
					return number(box[2]), number(box[3])
				}
			case "width":
				width = number(a.Value)
			case "height":
				height = number(a.Value)
			}
		}
		return width, height
	}
}

// number is 0 for what is none, or has a unit that says nothing of the shape.
func number(s string) float64 {
	n, err := strconv.ParseFloat(strings.TrimSuffix(s, "px"), 64)
	if err != nil {
		return 0
	}
	return n
}

// icon is three lines of a page, in the publisher's colour.
func (b Brand) icon() []byte {
	colour := b.Colour
	if colour == "" {
		colour = tidings.DefaultColour
	}
	return []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">` +
		`<rect width="32" height="32" rx="6" fill="` + colour + `"/>` +
		`<path d="M7 9h18v3H7zm0 6h18v3H7zm0 6h11v3H7z" fill="#fff"/></svg>` + "\n")
}
