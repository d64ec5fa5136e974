package ingest

import (
	"path"
	"slices"
	"strings"
	"unicode"
)

// topics gathers what the page calls its subjects. They are words of its site; which topics of ours they name is for the
// import to say.
func (pg *page) topics() {
	keys := []string{"topics", "topic", "tags", "tag", "categories", "category", "subjects", "subject"}
	for _, key := range keys {
		if v, found := pg.first(key); found {
			pg.addTerms(key, v)
		}
	}
	if v, found := pg.first("taxonomies"); found && v.kind == aTable {
		for key, e := range loweredKeys(v) {
			if key != "authors" && key != "author" {
				pg.addTerms(key, e)
			}
		}
	}
	if v, found := pg.first("keywords"); found && len(pg.terms) == 0 {
		pg.addTerms("keywords", v)
	}
	slices.Sort(pg.terms)
}

func (pg *page) addTerms(key string, v value) {
	words := texts(v)
	switch {
	case v.kind == aTable: // {energy: true}, or tables with names
		for name := range v.table {
			words = append(words, oneLine(name))
		}
	case v.kind == aScalar && strings.Contains(v.text, ","):
		words = strings.Split(v.text, ",")
	case v.kind == aScalar && pg.folder.tool.dialect == jekyll && strings.HasSuffix(key, "s"):
		words = strings.Fields(v.text) // Jekyll parts tags and categories at blanks
	}
	for _, e := range v.list {
		if e.kind == aTable {
			words = append(words, oneLine(nameOf(e)))
		}
	}
	for _, w := range words {
		if w = strings.Trim(oneLine(unescaped(w)), `"'`); w != "" && !slices.ContainsFunc(pg.terms, func(t string) bool { return strings.EqualFold(t, w) }) {
			pg.terms = append(pg.terms, w)
		}
	}
}

// nameOf is what a table calls the thing or person that it describes.
func nameOf(v value) string {
	keys := flatKeys(v)
	for _, key := range []string{"name", "displayname", "fullname", "title", "label", "slug"} {
		if s := oneLine(keys[key].text); s != "" {
			return s
		}
	}
	if first := oneLine(keys["firstname"].text); first != "" {
		return oneLine(first + " " + keys["lastname"].text)
	}
	return ""
}

// authors are names; where the page has keys of a list of people, their names there.
func (pg *page) authors() []string {
	v, found := pg.first("authors", "author", "byline", "writer")
	if taxonomies, ok := pg.first("taxonomies"); !found && ok {
		if v, found = loweredKeys(taxonomies)["authors"]; !found {
			v, found = loweredKeys(taxonomies)["author"]
		}
	}
	if !found {
		return nil
	}
	if v.kind != aList {
		v = value{kind: aList, list: []value{v}}
	}
	var out []string
	for _, e := range v.list {
		name := oneLine(unescaped(e.text))
		if e.kind == aTable {
			name = oneLine(nameOf(e))
		} else if isPersonKey(name) {
			name = pg.folder.person(name)
		}
		if name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// isPersonKey: "zach-goldfine", not "Zach Goldfine".
func isPersonKey(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r > unicode.MaxASCII || r != '-' && r != '_' && r != '.' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

// person is the name of an author's key in the lists that the tools keep, else the key.
func (f *folder) person(key string) string {
	if name, known := f.people[key]; known {
		return name
	}
	name := key
	root := f.tool.root
	if len(f.people) == 0 {
		f.readPeople()
	}
	if known, ok := f.people[key]; ok {
		return known
	}
	for _, dir := range []string{"content/authors/" + key + "/_index", "content/authors/" + key, "data/authors/" + key, "_data/authors/" + key, "_authors/" + key, "content/author/" + key + "/_index"} {
		for _, ext := range []string{".md", ".yml", ".yaml", ".toml", ".json"} {
			p := path.Join(root, dir+ext)
			if !f.exists(p) {
				continue
			}
			v := f.config(p)
			if ext == ".md" {
				if m, err := splitLoose(f.text(p)); err == nil {
					v = m.value
				}
			}
			if n := nameOf(v); n != "" {
				name = n
			}
		}
	}
	f.people[key] = name
	return name
}

// readPeople reads the lists that hold all authors in one file.
func (f *folder) readPeople() {
	for _, file := range []string{"_data/authors", "data/authors", "_data/people", "data/people", "_data/team", "src/_data/authors", "authors", "site/_data/authors", "apps/site/authors"} {
		for _, ext := range []string{".yml", ".yaml", ".json", ".toml"} {
			p := path.Join(f.tool.root, file+ext)
			if !f.exists(p) {
				continue
			}
			for key, e := range f.config(p).table {
				if n := nameOf(e); n != "" {
					f.people[key] = n
				}
			}
		}
	}
	f.people[""] = ""
}
