package templates

import (
	"bytes"
	"strings"
	"testing"
)

// A copy of every file, laid over, changes nothing but the names of stylesheets and scripts.
func TestCopiesOfAllFilesMakeTheSamePages(t *testing.T) {
	t.Parallel()
	all, err := Theme(nil)
	if err != nil || len(all) < 15 {
		t.Fatal(all, err)
	}
	copies := map[string]string{}
	for _, f := range all {
		text, err := Copy(f.Name)
		if err != nil || f.Origin != BuiltIn {
			t.Fatal(f, err)
		}
		copies[f.Name] = string(text)
	}
	s, err := New(folder(copies))
	if err != nil {
		t.Fatal(err)
	}
	ours := open(t)
	theirs := append(renderPages(t, s, "ko"), renderMails(t, s, "ko")...)
	byName := map[string][]byte{}
	for _, r := range append(renderPages(t, ours, "ko"), renderMails(t, ours, "ko")...) {
		byName[r.file] = r.body
	}
	for _, r := range theirs {
		if !bytes.Equal(hashes.ReplaceAll(r.body, []byte("$1.HASH.")), hashes.ReplaceAll(byName[r.file], []byte("$1.HASH."))) {
			t.Errorf("%s differs", r.file)
		}
	}
	if _, err := Copy("pages/none.html"); err == nil || !strings.Contains(err.Error(), "pages/layout.html") {
		t.Error(err)
	}
}

func TestThemeTellsWhatBecameOfACopy(t *testing.T) {
	t.Parallel()
	made, err := Copy("pages/error.html")
	if err != nil {
		t.Fatal(err)
	}
	older := strings.Replace(string(made), edition(mustRead(t, "pages/error.html")), "0123456789ab", 1)
	for want, file := range map[Origin]string{
		Equal: string(made), Over: string(made) + "\n", Stale: older, BuiltIn: "",
	} {
		files := map[string]string{"locales/de.toml": "a = \"b\""}
		if file != "" {
			files["pages/error.html"] = file
		}
		all, err := Theme(folder(files))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]Origin{}
		for _, f := range all {
			got[f.Name] = f.Origin
		}
		if got["pages/error.html"] != want || got["locales/de.toml"] != Added || got["pages/gone.html"] != BuiltIn {
			t.Errorf("want %q, got %q", want, got)
		}
	}
	if _, err := Theme(folder(map[string]string{"pages/eror.html": "x"})); err == nil {
		t.Error("a misspelt file was taken")
	}
}
