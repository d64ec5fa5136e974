-- The index of search: what is public, and nothing else. SQLite's own (FTS5). The words are made in Go (search_words.go), with
-- blanks between, and the tokenizer leaves them as they are. Contentless: the text itself stands in revisions alone.

-- +goose Up
CREATE VIRTUAL TABLE search USING fts5 (
    words, content = '', contentless_delete = 1, prefix = '1', tokenize = "ascii tokenchars '_:-$.,'"
);

-- Its rows are numbered in the order in which hits are shown, so that the newest come first without a sort: see rowOf.
CREATE TABLE search_rows (
    rowid      INTEGER PRIMARY KEY,
    release_id INTEGER NOT NULL UNIQUE REFERENCES releases (id)
) STRICT;

-- What is public but not in the index yet: what a former program published, and what a change of the words calls for.
CREATE TABLE search_due (
    release_id INTEGER PRIMARY KEY REFERENCES releases (id)
) STRICT;
INSERT INTO search_due SELECT id FROM public_releases;
