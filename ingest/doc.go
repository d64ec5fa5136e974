// Package ingest turns bytes into releases. Broken input is kept out, reported with its file and line, and never
// half-published.
//
// What comes in:
//
//   - a text archive (Archive): many releases, each a line "-", a title, the body, and "dateYYYY-MM-DD" at its end;
//   - a document (Document): one release, front matter in YAML or TOML and a body in Markdown;
//   - a whole site of Markdown (Folder), as Hugo, Jekyll, Zola, Eleventy and Next have it;
//   - a table (CSV) or lines of JSON (JSONLines), whose columns and keys are found by their usual names;
//   - a feed of another site (Feed), in any version of RSS, Atom or JSON Feed;
//   - a list of topics (Topics), in TOML.
//
// A Renderer makes the two renderings of a body: HTML that can do no harm, and plain text made of that same HTML, so
// that what search and mail say is what the page says. Import files what the readers yield with the Desk.
//
// # What a release is known by
//
// Ingesting a release again must revise it, never double it. Release.Source says which is which, and survives edits:
//
//   - in an archive "archive:<date>/<the whole title as a slug>": a body may change, a title or date may not. A second
//     release of one date and title gets "-2" behind, the third "-3", in the order of the file.
//   - of a file in a site "site:" and its path in the folder.
//   - of an entry of a feed "feed:", what its ids are unique within (the address it is configured by), and its id; without one
//     its link; without that a hash of title and date.
//   - of a row "table:", the table's name without the date of its export, and its id; without one "url:" and its address; without
//     that its slug, else date and title.
//   - of a document "file:" and its id; without one its slug; without that its file name without the extension; of one from
//     standard input, which has no name, its title as a slug.
package ingest
