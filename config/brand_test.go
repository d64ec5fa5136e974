package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tidings/tidings/config"
)

func TestBrandIsCheckedBeforeAnybodySeesIt(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for name, size := range map[string]int{"logo.svg": 10, "huge.png": 200_001, "logo.gif": 10} {
		if err := os.WriteFile(filepath.Join(folder, name), make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	read := func(brand string) (*config.Config, error) {
		return config.Parse([]byte(least+"[brand]\n"+brand), filepath.Join(folder, "t.toml"), nil)
	}
	c, err := read("logo = \"logo.svg\"\ncolour = \"#8a1538\"\ncolour_dark = \"#ff9fb2\"\nfooter = { ko = \"나라\", en = \"Crown\" }")
	if err != nil {
		t.Fatal(err)
	}
	if s := c.Site(); c.Brand.Logo != filepath.Join(folder, "logo.svg") || s.FooterLine("ko-KR") != "나라" || s.FooterLine("fr") != "Crown" {
		t.Errorf("%+v, %+v", c.Brand, s)
	}
	before := c.Fingerprint()
	if err := os.WriteFile(c.Brand.Logo, []byte("other"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err = read("logo = \"logo.svg\"\ncolour = \"#8a1538\"\ncolour_dark = \"#ff9fb2\"\nfooter = { ko = \"나라\", en = \"Crown\" }"); err != nil || c.Fingerprint() == before {
		t.Error("the logo changed and the fingerprint did not", err)
	}
	for brand, want := range map[string]string{
		`colour = "#ff7a00"`: "brand.colour: #ff7a00 has a contrast of 2.",
		`colour = "red"`:     "brand.colour: must be written as six",
		"colour = \"#8a1538\"\ncolour_dark='#222222'": "brand.colour_dark: #222222 has a contrast of 1.",
		`colour_dark = "#ff9fb2"`:                     "stands alone",
		`logo = "none.svg"`:                           "brand.logo: cannot be read",
		`logo = "huge.png"`:                           "make it smaller",
		`logo = "logo.gif"`:                           "must be a file that ends in",
		"footer = \"a\\nb\"":                          "brand.footer: must be one line",
		`footer = { English = "a" }`:                  "brand.footer.English: \"English\" is no language",
	} {
		if _, err := read(brand); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", brand, err, want)
		}
	}
}
