-- What a newsroom needs: files, old addresses, translations, offices, notices, search, and the feeds of other sites.

-- +goose Up
ALTER TABLE releases ADD COLUMN translation TEXT NOT NULL DEFAULT '';    -- shared by the versions in several languages
ALTER TABLE releases ADD COLUMN office TEXT NOT NULL DEFAULT '';         -- of the current revision, for selections
ALTER TABLE releases ADD COLUMN successor INTEGER REFERENCES releases (id);  -- what took a withdrawn one's place
ALTER TABLE releases ADD COLUMN taken TEXT NOT NULL DEFAULT '';          -- hash of what its source said last; '': not known
ALTER TABLE revisions ADD COLUMN translation TEXT NOT NULL DEFAULT '';
ALTER TABLE revisions ADD COLUMN aliases TEXT NOT NULL DEFAULT '[]';     -- JSON: old paths that lead here
ALTER TABLE revisions ADD COLUMN files TEXT NOT NULL DEFAULT '[]';       -- JSON: hashes of the files it shows
UPDATE releases SET office =
    (SELECT office FROM revisions v WHERE v.release_id = releases.id AND v.revision = releases.revision);

-- A view's columns are those of its table when it was made.
DROP VIEW public_releases;
CREATE VIEW public_releases AS
    SELECT * FROM releases WHERE seq IS NOT NULL AND status = 'published';
-- What may be said of: these were public.
CREATE VIEW withdrawn_releases AS
    SELECT * FROM releases WHERE seq IS NOT NULL AND status = 'withdrawn';
CREATE INDEX releases_withdrawn ON releases (published DESC, seq DESC) WHERE seq IS NOT NULL AND status = 'withdrawn';
CREATE UNIQUE INDEX publications_withdrawn_once ON publications (release_id) WHERE kind = 'withdrawn';
CREATE INDEX releases_successor ON releases (successor) WHERE successor IS NOT NULL;
CREATE INDEX releases_translation ON releases (translation) WHERE translation <> '';

-- Pictures and attachments, each once, by what is in it.
CREATE TABLE files (
    hash       TEXT PRIMARY KEY,                -- lower-case hexadecimal SHA-256
    name       TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size       INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    data       BLOB NOT NULL
) STRICT;

-- The files of current revisions: a file is public while a public release shows it.
CREATE TABLE release_files (
    hash       TEXT NOT NULL REFERENCES files (hash),
    release_id INTEGER NOT NULL REFERENCES releases (id),
    PRIMARY KEY (hash, release_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX release_files_by_release ON release_files (release_id);

-- The old paths of current revisions. Several may have had the same; who asks is led to one of them.
CREATE TABLE aliases (
    path       TEXT NOT NULL CHECK (path LIKE '/%'),
    release_id INTEGER NOT NULL REFERENCES releases (id),
    PRIMARY KEY (path, release_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX aliases_by_release ON aliases (release_id);

-- Public changes that those who got the release before are told of, in their next digest.
CREATE TABLE notices (
    seq        INTEGER PRIMARY KEY REFERENCES publications (seq),
    release_id INTEGER NOT NULL REFERENCES releases (id),
    revision   INTEGER NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('corrected', 'withdrawn'))
) STRICT;
CREATE INDEX notices_by_release ON notices (release_id, seq);

ALTER TABLE edition_entries ADD COLUMN kind TEXT NOT NULL DEFAULT '';    -- '', 'corrected' or 'withdrawn'

-- The feeds of other sites that are taken over, and how the last visit went.
CREATE TABLE sources (
    url           TEXT PRIMARY KEY,             -- as configured
    moved         TEXT NOT NULL DEFAULT '',     -- where a 301 or 308 has sent us for good
    etag          TEXT NOT NULL DEFAULT '',
    last_modified TEXT NOT NULL DEFAULT '',
    next_at       INTEGER NOT NULL DEFAULT 0,   -- not to be asked before
    failures      INTEGER NOT NULL DEFAULT 0,   -- in a row
    gone          INTEGER,                      -- when it answered 410; NULL: it did not
    visited       INTEGER,                      -- the last time it answered
    trouble       TEXT NOT NULL DEFAULT ''      -- what went wrong the last time; '': nothing
) STRICT, WITHOUT ROWID;
