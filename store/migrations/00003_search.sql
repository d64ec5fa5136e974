-- What is public, as it is listed and found. None of it says anything that revisions do not: store/listing.go keeps it.

-- +goose Up
-- Public releases, numbered in the order in which lists show them: see rowOf.
CREATE TABLE public_rows (
    row        INTEGER PRIMARY KEY,
    release_id INTEGER NOT NULL UNIQUE REFERENCES releases (id)
) STRICT;

-- The lists that show them: 'topic:energy', 'lang:ko', 'office:Trade Policy'. That of all is public_rows itself.
CREATE TABLE listed (
    list TEXT NOT NULL,
    row  INTEGER NOT NULL REFERENCES public_rows (row),
    PRIMARY KEY (list, row)
) STRICT, WITHOUT ROWID;
CREATE INDEX listed_by_row ON listed (row);

-- The index of search, by row. SQLite's own (FTS5). The words are made in Go (search_words.go), with blanks between, and the
-- tokenizer leaves them as they are. Contentless: the text itself stands in revisions alone.
CREATE VIRTUAL TABLE search USING fts5 (
    words, content = '', contentless_delete = 1, prefix = '1', tokenize = "ascii tokenchars '_:-$.,'"
);

-- What is public but has no row yet: what a former program published, and what a change of the words calls for.
CREATE TABLE listing_due (
    release_id INTEGER PRIMARY KEY REFERENCES releases (id)
) STRICT;
INSERT INTO listing_due SELECT id FROM public_releases;
