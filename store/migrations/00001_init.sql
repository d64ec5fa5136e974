-- The first schema. Migrations are append-only: this file never changes once it has shipped.
--
-- Instants are integer milliseconds UTC; NULL is "no such instant". Lists and small objects are JSON.
-- "at" says when a row was written; other instants say what their names say.

-- +goose Up
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    at    INTEGER NOT NULL
) STRICT;

-- Identity and standing of a release. What it says stands in revisions, each as it was.
CREATE TABLE releases (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    uri       TEXT NOT NULL UNIQUE,
    source    TEXT NOT NULL UNIQUE CHECK (source <> ''),
    wanted    TEXT NOT NULL,                    -- the slug that was asked for, before it was made unique
    language  TEXT NOT NULL,                    -- of the current revision, for selections
    revision  INTEGER NOT NULL,                 -- the current one
    status    TEXT NOT NULL CHECK (status IN ('draft', 'scheduled', 'published', 'withdrawn')),
    published INTEGER,                          -- NULL: a draft without a date
    reason    TEXT NOT NULL DEFAULT '',
    seq       INTEGER UNIQUE REFERENCES publications (seq),  -- its first publication; NULL: never public
    CHECK (published IS NOT NULL OR status IN ('draft', 'withdrawn')),
    CHECK (seq IS NOT NULL OR status <> 'published')
) STRICT;

CREATE TABLE revisions (
    release_id  INTEGER NOT NULL REFERENCES releases (id),
    revision    INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    slug        TEXT NOT NULL,
    language    TEXT NOT NULL,
    title       TEXT NOT NULL,
    summary     TEXT NOT NULL,
    format      TEXT NOT NULL,
    source      TEXT NOT NULL,
    html        TEXT NOT NULL,
    text        TEXT NOT NULL,
    topics      TEXT NOT NULL,                  -- JSON: slugs, the most fitting first
    by_hand     INTEGER NOT NULL,               -- 1: a person chose the topics
    office      TEXT NOT NULL,
    authors     TEXT NOT NULL,                  -- JSON
    contact     TEXT NOT NULL,                  -- JSON
    attachments TEXT NOT NULL,                  -- JSON
    note        TEXT NOT NULL,
    updated     INTEGER,                        -- the last significant edit; NULL: none, so the release's date
    PRIMARY KEY (release_id, revision)
) STRICT;

-- Every slug that a release ever had: old addresses go on working, and none is given away twice.
CREATE TABLE slugs (
    slug       TEXT PRIMARY KEY,
    release_id INTEGER NOT NULL REFERENCES releases (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE topics (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    slug  TEXT NOT NULL UNIQUE CHECK (slug <> ''),
    names TEXT NOT NULL,                        -- JSON: by language
    rule  TEXT NOT NULL,
    place INTEGER NOT NULL,
    ended INTEGER
) STRICT;

-- The topics of current revisions, for selections.
CREATE TABLE release_topics (
    topic_id   INTEGER NOT NULL REFERENCES topics (id),
    release_id INTEGER NOT NULL REFERENCES releases (id),
    PRIMARY KEY (topic_id, release_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX release_topics_by_release ON release_topics (release_id);

-- Every public change of a release, in the order in which the world could see it.
CREATE TABLE publications (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    release_id INTEGER NOT NULL REFERENCES releases (id),
    revision   INTEGER NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('published', 'archived', 'edited', 'withdrawn')),
    at         INTEGER NOT NULL,                -- never before the last one's, whatever the clock says
    FOREIGN KEY (release_id, revision) REFERENCES revisions (release_id, revision)
) STRICT;
CREATE UNIQUE INDEX publications_once ON publications (release_id) WHERE kind IN ('published', 'archived');
CREATE INDEX publications_withdrawn ON publications (seq) WHERE kind = 'withdrawn';

-- The gate: the world sees what is in this view, and nothing else.
CREATE VIEW public_releases AS
    SELECT * FROM releases WHERE seq IS NOT NULL AND status = 'published';
CREATE INDEX releases_public ON releases (published DESC, seq DESC) WHERE seq IS NOT NULL AND status = 'published';
CREATE INDEX releases_scheduled ON releases (published) WHERE status = 'scheduled';

-- How far each selection has come: 'all', 'topic:energy', 'lang:ko'.
CREATE TABLE marks (
    selection TEXT PRIMARY KEY,
    seq       INTEGER NOT NULL,
    at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row for each filter in use, by its canonical text; '' selects everything.
CREATE TABLE filters (
    id   INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE subscribers (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    address      TEXT COLLATE NOCASE UNIQUE,    -- NULL: erased; the number stays for the deliveries' sake
    language     TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('pending', 'active', 'paused', 'left', 'suppressed')),
    paused_until INTEGER,
    basis        TEXT NOT NULL,                 -- consent: on what ground, recorded by whom, when
    recorded_by  TEXT NOT NULL,
    consented    INTEGER,
    created      INTEGER NOT NULL,
    left_at      INTEGER,
    multi        INTEGER NOT NULL               -- 1: has, or once had, several subscriptions at a time
) STRICT;
CREATE INDEX subscribers_paused ON subscribers (paused_until) WHERE state = 'paused' AND paused_until IS NOT NULL;

CREATE TABLE subscriptions (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    subscriber_id INTEGER NOT NULL REFERENCES subscribers (id),
    cadence       TEXT NOT NULL,
    filter_id     INTEGER NOT NULL REFERENCES filters (id),
    zone          TEXT NOT NULL,
    hour          INTEGER NOT NULL CHECK (hour BETWEEN -1 AND 23),
    position      INTEGER NOT NULL,             -- the publication number up to which everything is settled
    created       INTEGER NOT NULL,
    since         INTEGER NOT NULL,             -- when it came into its slot, active
    slot_zone     TEXT GENERATED ALWAYS AS (CASE cadence WHEN 'immediate' THEN '' ELSE zone END) STORED,
    slot_hour     INTEGER GENERATED ALWAYS AS (CASE cadence WHEN 'immediate' THEN -1 ELSE hour END) STORED,
    UNIQUE (subscriber_id, cadence)
) STRICT;
CREATE INDEX subscriptions_slot ON subscriptions (cadence, slot_zone, slot_hour);

-- Addresses that must not be written to, as SHA-256 of their lower case, so that erasing a person keeps the promise
-- without keeping the address.
CREATE TABLE suppressions (
    address BLOB PRIMARY KEY,
    reason  TEXT NOT NULL,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    cadence TEXT NOT NULL,
    zone    TEXT NOT NULL,
    hour    INTEGER NOT NULL,
    due     INTEGER NOT NULL,
    kind    TEXT NOT NULL CHECK (kind IN ('scheduled', 'forced')),
    upto    INTEGER NOT NULL,                   -- the newest publication number when it was made
    created INTEGER NOT NULL,
    domain  TEXT NOT NULL,
    UNIQUE (cadence, zone, hour, due)
) STRICT;

CREATE TABLE editions (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id   INTEGER NOT NULL REFERENCES runs (id),
    language TEXT NOT NULL,
    key      TEXT NOT NULL,                     -- its entries in one line: equal keys are equal editions
    UNIQUE (run_id, language, key)
) STRICT;

CREATE TABLE edition_entries (
    edition_id INTEGER NOT NULL REFERENCES editions (id),
    place      INTEGER NOT NULL,
    release_id INTEGER NOT NULL,
    revision   INTEGER NOT NULL,
    section    TEXT NOT NULL,
    PRIMARY KEY (edition_id, place),
    FOREIGN KEY (release_id, revision) REFERENCES revisions (release_id, revision)
) STRICT, WITHOUT ROWID;
CREATE INDEX edition_entries_release ON edition_entries (release_id);

-- The outbox.
CREATE TABLE deliveries (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id        INTEGER NOT NULL REFERENCES runs (id),
    edition_id    INTEGER NOT NULL REFERENCES editions (id),
    subscriber_id INTEGER NOT NULL REFERENCES subscribers (id),
    state         TEXT NOT NULL CHECK (state IN
        ('pending', 'sending', 'sent', 'deferred', 'failed', 'suppressed', 'uncertain', 'held')),
    attempts      INTEGER NOT NULL DEFAULT 0,
    next_at       INTEGER,                      -- NULL: not due again by itself
    reply         TEXT NOT NULL DEFAULT '',
    settled       INTEGER,                      -- when it came into an end state
    UNIQUE (subscriber_id, run_id),
    CHECK (next_at IS NOT NULL OR state NOT IN ('pending', 'deferred', 'uncertain'))
) STRICT;
-- What Claim walks: in the order of next_at and then of id, without a sort. The uncertain have their own, to come last.
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE state IN ('pending', 'deferred');
CREATE INDEX deliveries_uncertain ON deliveries (next_at) WHERE state = 'uncertain';
CREATE INDEX deliveries_sending ON deliveries (state) WHERE state = 'sending';
CREATE INDEX deliveries_edition ON deliveries (edition_id);

-- Who did what and when. Subjects are numbers and slugs, never an address.
CREATE TABLE audit (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    actor   TEXT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT NOT NULL                       -- JSON
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER publications_no_update BEFORE UPDATE ON publications BEGIN
    SELECT RAISE(ABORT, 'publications are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER publications_no_delete BEFORE DELETE ON publications BEGIN
    SELECT RAISE(ABORT, 'publications are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER releases_first_publication_stays BEFORE UPDATE OF seq ON releases
WHEN OLD.seq IS NOT NULL AND NEW.seq IS NOT OLD.seq BEGIN
    SELECT RAISE(ABORT, 'a release passes the gate once');
END;
-- +goose StatementEnd
