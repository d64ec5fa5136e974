-- The index of search: what is public, and nothing else. SQLite's own (FTS5). The words are made in Go: folded, and runs of
-- Hangul and Han as pairs of characters. Contentless: the text itself stands in revisions alone.

-- +goose Up
CREATE VIRTUAL TABLE search USING fts5 (words, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 0");

-- Its rows are numbered in the order in which hits are shown, so that the newest come first without a sort.
CREATE TABLE search_rows (
    rowid      INTEGER PRIMARY KEY,
    release_id INTEGER NOT NULL UNIQUE REFERENCES releases (id)
) STRICT;
