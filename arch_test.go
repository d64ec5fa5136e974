package tidings_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/tidings/tidings"

// The rooms of ours that another may import.
const (
	theRoot      = module
	theFeeds     = module + "/feed"
	theStore     = module + "/store"
	theTables    = module + "/tabular"
	theTemplates = module + "/templates"
)

// A permit lets a room import a package, or any package below it, and says why. Of our own packages it lets in that
// one alone.
type permit struct{ path, why string }

// A room is a folder with Go files, and what it may lean on besides the standard library.
type room struct {
	may    []permit
	clock  bool // may ask what time it is
	wiring bool // may import every room and library: the program itself
}

// rooms is the plan of the house. A new line here is a decision: say why beside it, and in docs/decisions/ when it
// joins two rooms. Test files may import what they like.
func rooms() map[string]room {
	return map[string]room{
		".": {}, // the nouns and their rules: the standard library alone
		"cmd/tidings": {
			clock: true, wiring: true,
		},
		"card": {may: []permit{
			{theRoot, "draws releases"},
			{"golang.org/x/image", "letters from an outline font"},
		}},
		"bounce": {may: []permit{
			{theRoot, "says what a mail's return path is, and what follows from a status"},
			{"github.com/emersion/go-smtp", "an SMTP and LMTP server that reports come to"},
			{"github.com/emersion/go-imap/v2", "looks into a mailbox that they come to"},
		}},
		"cmd/bench": {clock: true}, // measures: the standard library alone
		"examples":  {},            // files alone, embedded for the demo
		"config": {may: []permit{
			{theRoot, "hands over a Site and Cadences that have been checked"},
			{"github.com/pelletier/go-toml/v2", "every key with its line"},
			{"golang.org/x/text/language", "what is a language and what is a slip of the pen"},
		}},
		"dkim": {may: []permit{
			{theRoot, "says what a person can mend"},
		}},
		"dkim/dkimtest": {may: []permit{
			{"github.com/emersion/go-msgauth", "judges our signatures: another verifier than ours"},
		}},
		"ingest": {may: []permit{
			{theRoot, "makes releases"},
			{theTables, "reads them from tables"},
			{"github.com/yuin/goldmark", "Markdown to HTML"},
			{"github.com/microcosm-cc/bluemonday", "no markup comes in unsanitised"},
			{"golang.org/x/net/html", "whatever the sanitiser leaves open is closed"},
			{"golang.org/x/text/unicode/norm", "Hangul is composed, however a file system wrote it"},
			{"golang.org/x/text/encoding", "feeds and tables in the encodings of before UTF-8"},
			{"golang.org/x/text/transform", "likewise: how a table becomes UTF-8"},
			{"github.com/mmcdole/gofeed", "feeds of all formats, however broken"},
			{"golang.org/x/text/language", "which folders are called like a language"},
			{"golang.org/x/image/webp", "the size of pictures that the standard library does not read"},
			{"go.yaml.in/yaml/v3", "front matter, with the line of each key"},
			{"github.com/pelletier/go-toml/v2", "front matter and lists of topics, likewise"},
		}},
		"fetch": {may: []permit{
			{theRoot, "visits sources"},
			{"golang.org/x/sync", "many hosts at once, and not too many"},
		}},
		"store": {may: []permit{
			{theRoot, "keeps the facts"},
			{"modernc.org/sqlite", "SQLite without C"},
			{"golang.org/x/text/unicode/norm", "one address in two compositions is one address"},
			{"github.com/pressly/goose/v3", "migrations"},
		}},
		"store/storetest": {may: []permit{
			{theRoot, "fills a database for other rooms' tests"},
			{theStore, "a real one"},
		}},
		"feed": {may: []permit{
			{theRoot, "renders releases"},
			{"github.com/gorilla/feeds", "the structs of RSS, Atom and JSON Feed"},
		}},
		"doctor": {may: []permit{
			{"golang.org/x/net/publicsuffix", "which domains are one organisation's, for DMARC"},
		}},
		"export": {may: []permit{
			{theRoot, "knows the site, and whether a person can mend what is wrong"},
			{"golang.org/x/net/html", "finds what a page links to"},
		}},
		"digest": {may: []permit{
			{theRoot, "decides who gets what"},
		}},
		"tabular": {may: []permit{
			{theRoot, "says what a person can mend"},
			{"golang.org/x/text/encoding/unicode", "UTF-16 by its mark"},
			{"golang.org/x/text/transform", "likewise"},
		}},
		"roster": {may: []permit{
			{theRoot, "reads and writes subscribers"},
			{theTables, "reads them from tables"},
		}},
		"subscribe": {may: []permit{
			{theRoot, "decides who is a subscriber"},
			{"golang.org/x/net/idna", "domains are kept as A-labels"},
			{"golang.org/x/text/unicode/norm", "what stands before the @ is kept composed"},
		}},
		"mailer": {clock: true, may: []permit{
			{theRoot, "sends deliveries"},
			{theTemplates, "a mail is a rendering; the mailer composes the message around it"},
			{"github.com/robfig/cron/v3", "wakes the digest"},
			{"github.com/wneessen/go-mail", "the frame of a message, and the way to the relay"},
		}},
		"mailer/mailbox": {may: []permit{
			{"github.com/emersion/go-smtp", "an SMTP server for the demo and for tests"},
			{"github.com/emersion/go-sasl", "the AUTH it understands"},
		}},
		"mailer/faulty": {clock: true, may: []permit{ // for tests alone
			{"github.com/emersion/go-smtp", "the SMTP server behind its faults"},
			{"github.com/emersion/go-sasl", "the AUTH it understands"},
		}},
		"metrics": {may: []permit{
			{theRoot, "counts runs, deliveries and holds"},
			{"github.com/prometheus/client_golang", "the form that Prometheus reads, and the process's own numbers"},
		}},
		"templates": {may: []permit{
			{theRoot, "shows releases"},
			{"github.com/nicksnyder/go-i18n/v2", "words and plurals by language"},
			{"github.com/pelletier/go-toml/v2", "the language files are TOML"},
			{"golang.org/x/text", "which of our languages serves a reader best"},
			{"golang.org/x/image/webp", "the size of a logo"},
			{"github.com/pelletier/go-toml/v2", "the catalogues of words are TOML; a fault has its line"},
		}},
		"web": {clock: true, may: []permit{
			{theRoot, "answers with releases"},
			{theFeeds, "serves feeds"},
			{theTemplates, "serves pages"},
		}},
	}
}

// source is one Go file of the product (never a test).
type source struct {
	room string // the folder, "." for the root
	path string
	fset *token.FileSet
	file *ast.File
}

func (s source) line(pos token.Pos) int { return s.fset.Position(pos).Line }

func TestEveryImportStandsInTheTable(t *testing.T) {
	t.Parallel()
	plan := rooms()
	for _, src := range sources(t) {
		in, known := plan[src.room]
		if !known {
			t.Errorf("%s: the folder %s is no room of this house: give it a line in arch_test.go, or move the file",
				src.path, src.room)
			continue
		}
		for _, spec := range src.file.Imports {
			if imported := pathOf(spec); !in.allows(imported) {
				t.Errorf("%s:%d: %s may not import %s", src.path, src.line(spec.Pos()), src.room, imported)
			}
		}
	}
}

func TestTheTableHoldsNoLineThatNothingUses(t *testing.T) {
	t.Parallel()
	imported := map[string][]string{}
	for _, src := range sources(t) {
		imported[src.room] = append(imported[src.room], "")
		for _, spec := range src.file.Imports {
			imported[src.room] = append(imported[src.room], pathOf(spec))
		}
	}
	plan := rooms()
	for _, name := range slices.Sorted(maps.Keys(plan)) {
		if imported[name] == nil {
			t.Errorf("the table has a room %s, the house has none", name)
			continue
		}
		for _, p := range plan[name].may {
			if p.why == "" {
				t.Errorf("%s may import %s: say why", name, p.path)
			}
			if !slices.ContainsFunc(imported[name], p.covers) {
				t.Errorf("%s may import %s but does not: strike the line", name, p.path)
			}
		}
	}
}

func TestRulesNeverReadTheClock(t *testing.T) {
	t.Parallel()
	plan := rooms()
	for _, src := range sources(t) {
		if plan[src.room].clock {
			continue
		}
		local := localName(src.file, "time")
		ast.Inspect(src.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			id, ok := sel.X.(*ast.Ident)
			if ok && local != "" && id.Name == local && readsClock(sel.Sel.Name) {
				t.Errorf("%s:%d: time.%s: take the instant as an argument", src.path, src.line(sel.Pos()), sel.Sel.Name)
			}
			return true
		})
	}
}

func TestEveryRoomOpensWithItsPromise(t *testing.T) {
	t.Parallel()
	opening := map[string]string{}
	for _, src := range sources(t) {
		if _, seen := opening[src.room]; !seen {
			opening[src.room] = ""
		}
		if path.Base(src.path) == "doc.go" {
			opening[src.room] = src.file.Doc.Text()
		}
	}
	for _, name := range slices.Sorted(maps.Keys(opening)) {
		want := "Package " + path.Base(name) + " "
		switch {
		case name == ".":
			want = "Package tidings "
		case strings.HasPrefix(name, "cmd/"):
			want = "Command " + path.Base(name) + " "
		}
		if !strings.HasPrefix(opening[name], want) {
			t.Errorf("%s/doc.go must open with %q and say what the room promises; it opens with %.40q", name, want, opening[name])
		}
	}
}

func (r room) allows(imported string) bool {
	if r.wiring || isStandard(imported) {
		return true
	}
	return slices.ContainsFunc(r.may, func(p permit) bool { return p.covers(imported) })
}

func (p permit) covers(imported string) bool {
	if imported == p.path {
		return true
	}
	ours := p.path == module || strings.HasPrefix(p.path, module+"/")
	return !ours && strings.HasPrefix(imported, p.path+"/")
}

// isStandard: the standard library alone has no dot in the first element of its import paths.
func isStandard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}

func readsClock(name string) bool { return name == "Now" || name == "Since" || name == "Until" }

// localName is what the file calls the package, or "" when it does not import it.
func localName(f *ast.File, imported string) string {
	for _, spec := range f.Imports {
		if pathOf(spec) != imported {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(imported)
	}
	return ""
}

func pathOf(spec *ast.ImportSpec) string {
	p, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return spec.Path.Value // the parser has seen to it that this does not happen
	}
	return p
}

// sources parses every Go file of the repository that is not a test.
func sources(t *testing.T) []source {
	t.Helper()
	var found []source
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		if d.IsDir() {
			if name != "." && (base == "testdata" || base == "build" || strings.HasPrefix(base, ".")) {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		found = append(found, source{room: path.Dir(name), path: name, fset: fset, file: file})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatal("found no Go file: is this the root of the repository?")
	}
	return found
}
