package templates

import (
	"bytes"
	"image"
	"image/png"
	"regexp"
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

const drawing = `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 100"><path d="M0 0h300v100z"/></svg>`

func TestLogoIsServedUnderItsHashAndTakesNoRoomTwice(t *testing.T) {
	t.Parallel()
	var raster bytes.Buffer
	if err := png.Encode(&raster, image.NewGray(image.Rect(0, 0, 100, 200))); err != nil {
		t.Fatal(err)
	}
	for want, file := range map[string]string{
		`\.svg" alt="" width="120" height="40">`: drawing, `\.png" alt="" width="20" height="40">`: raster.String(),
	} {
		s, err := Branded(nil, Brand{Logo: []byte(file)})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := s.Error(&b, &ErrorPage{Page: pageOf(t, s, "en", "")}); err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`<img src="/assets/logo\.[0-9a-f]{12}` + want).Match(b.Bytes()) {
			t.Errorf("no %s in\n%s", want, &b)
		}
		if a := s.Assets()[s.Logo()]; string(a.Body) != file || !strings.HasPrefix(a.MediaType, "image/") {
			t.Errorf("%s serves %q", s.Logo(), a)
		}
	}
	for _, bad := range []string{"<svg></svg>", "<html>", "GIF89a", "<svg viewBox='0 0 0 1'/>"} {
		if _, err := Branded(nil, Brand{Logo: []byte(bad)}); err == nil {
			t.Errorf("%q was taken for a logo", bad)
		}
	}
}

func TestTheBrandsColoursAreInTheStylesheet(t *testing.T) {
	t.Parallel()
	plain, plainPath := stylesheet(open(t))
	s, err := Branded(nil, Brand{Colour: "#8a1538"})
	if err != nil {
		t.Fatal(err)
	}
	css, path := stylesheet(s)
	if path == plainPath || !bytes.HasPrefix(css, plain) || !bytes.Contains(css, []byte("--brand: #8a1538;")) {
		t.Errorf("the stylesheet at %s ends in %s", path, css[len(plain):])
	}
	if _, err := Branded(nil, Brand{Colour: "#ffee00"}); err == nil {
		t.Error("yellow text on white was taken")
	}
	if _, err := Branded(nil, Brand{Colour: "#8a1538", ColourDark: "#000000"}); err == nil {
		t.Error("black text on black was taken")
	}
}

// The colours that the root reckons contrast with are those of the stylesheet.
func TestSchemesAreThoseOfTheStylesheet(t *testing.T) {
	t.Parallel()
	css, _ := stylesheet(open(t))
	schemes := regexp.MustCompile(`:root \{([^}]*--paper[^}]*)\}`).FindAllSubmatch(css, 2)
	if len(schemes) != 2 {
		t.Fatal("there are not two colour schemes")
	}
	if !bytes.Contains(schemes[0][1], []byte("--brand: "+tidings.DefaultColour+";")) {
		t.Error("the stylesheet's accent is not the default one")
	}
	for i, scheme := range []tidings.Scheme{tidings.Light(), tidings.Dark()} {
		for name, colour := range map[string]tidings.Colour{"paper": scheme.Paper, "shade": scheme.Shade, "brand-ink": scheme.Ink} {
			if !bytes.Contains(schemes[i][1], []byte("--"+name+": "+colour.String()+";")) {
				t.Errorf("scheme %d has no --%s: %s", i, name, colour)
			}
		}
	}
}
