-- The outbox without indexes, and editions in one value: a run for a million subscribers is planned in seconds. See
-- docs/decisions/0013-the-outbox-without-indexes.md.
--
-- Numbers say what belongs where: a delivery's is its run's * 2^25 + its subscriber's, an edition's its run's * 2^25 + n, and
-- so is that of an entry. All that a run has are neighbours.

-- +goose Up
-- What stands in the editions of a run: an edition names these.
CREATE TABLE run_entries (
    id         INTEGER PRIMARY KEY,
    run_id     INTEGER GENERATED ALWAYS AS (id >> 25) VIRTUAL,
    n          INTEGER GENERATED ALWAYS AS (id & 33554431) VIRTUAL,
    release_id INTEGER NOT NULL,
    revision   INTEGER NOT NULL,
    section    TEXT NOT NULL,
    kind       TEXT NOT NULL,                   -- '', 'corrected' or 'withdrawn'
    FOREIGN KEY (release_id, revision) REFERENCES revisions (release_id, revision)
) STRICT;
CREATE INDEX run_entries_release ON run_entries (release_id);
INSERT INTO run_entries (id, release_id, revision, section, kind)
    SELECT run_id * 33554432 + row_number() OVER (PARTITION BY run_id), release_id, revision, section, kind
    FROM (SELECT DISTINCT e.run_id, n.release_id, n.revision, n.section, n.kind
        FROM edition_entries n JOIN editions e ON e.id = n.edition_id);

CREATE TABLE newer_editions (
    id       INTEGER PRIMARY KEY,
    run_id   INTEGER GENERATED ALWAYS AS (id >> 25) VIRTUAL,
    language TEXT NOT NULL,
    entries  TEXT NOT NULL                      -- the n of its entries, in their order: ',3,17,'
) STRICT;
INSERT INTO newer_editions (id, language, entries)
    SELECT e.run_id * 33554432 + e.id, e.language, coalesce((
        SELECT ',' || group_concat(x.n, ',' ORDER BY o.place) || ','
        FROM edition_entries o JOIN run_entries x ON x.release_id = o.release_id AND x.revision = o.revision
            AND x.section = o.section AND x.kind = o.kind AND x.run_id = e.run_id
        WHERE o.edition_id = e.id), ',')
    FROM editions e ORDER BY 1;

CREATE TABLE newer_deliveries (
    id            INTEGER PRIMARY KEY,
    run_id        INTEGER GENERATED ALWAYS AS (id >> 25) VIRTUAL,
    edition_id    INTEGER NOT NULL,
    subscriber_id INTEGER GENERATED ALWAYS AS (id & 33554431) VIRTUAL,
    state         TEXT NOT NULL,
    attempts      INTEGER NOT NULL DEFAULT 0,
    next_at       INTEGER,                      -- NULL: not due again by itself; of a pending one: when its run comes to it
    reply         TEXT NOT NULL DEFAULT '',
    settled       INTEGER,                      -- when it came into an end state
    CHECK (state = 'pending' OR state IN ('sending', 'sent', 'failed', 'suppressed', 'held')  -- a million new ones pass at the first word
        OR state IN ('deferred', 'uncertain') AND next_at IS NOT NULL)
) STRICT;
INSERT INTO newer_deliveries (id, edition_id, state, attempts, next_at, reply, settled)
    SELECT run_id * 33554432 + subscriber_id, run_id * 33554432 + edition_id, state, attempts, next_at, reply, settled
    FROM deliveries ORDER BY 1;

-- The numbers that deliveries had in the links of mails that were sent before.
CREATE TABLE former_deliveries (
    id          INTEGER PRIMARY KEY,
    delivery_id INTEGER NOT NULL
) STRICT;
INSERT INTO former_deliveries SELECT id, run_id * 33554432 + subscriber_id FROM deliveries;

-- Letters refer to deliveries, whichever table has that name.
CREATE TABLE letters_of (letter INTEGER PRIMARY KEY, delivery INTEGER NOT NULL) STRICT;
INSERT INTO letters_of SELECT id, delivery_id FROM letters WHERE delivery_id IS NOT NULL;
UPDATE letters SET delivery_id = NULL WHERE delivery_id IS NOT NULL;
DROP TABLE deliveries;
DROP TABLE edition_entries;
DROP TABLE editions;
ALTER TABLE newer_editions RENAME TO editions;
ALTER TABLE newer_deliveries RENAME TO deliveries;
UPDATE letters SET delivery_id = (SELECT f.delivery_id FROM letters_of o JOIN former_deliveries f ON f.id = o.delivery WHERE o.letter = letters.id)
    WHERE id IN (SELECT letter FROM letters_of);
DROP TABLE letters_of;

-- What came back, and what is on the wire. What a run has not come to yet is in none of these, by the first word of each condition.
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE next_at IS NOT NULL AND state IN ('pending', 'deferred');
CREATE INDEX deliveries_uncertain ON deliveries (next_at) WHERE state = 'uncertain';
CREATE INDEX deliveries_sending ON deliveries (state) WHERE state = 'sending';
CREATE INDEX deliveries_back ON deliveries (subscriber_id)
    WHERE (next_at IS NOT NULL OR state = 'held') AND state IN ('pending', 'deferred', 'uncertain', 'held');
CREATE INDEX deliveries_reply ON deliveries (settled) WHERE reply <> '';

-- The entries of editions, one row each.
CREATE VIEW edition_entries AS
    SELECT e.id AS edition_id, j.key AS place, x.release_id, x.revision, x.section, x.kind
    FROM editions e CROSS JOIN json_each('[' || trim(e.entries, ',') || ']') j
        CROSS JOIN run_entries x ON x.id = (e.id >> 25 << 25) + j.value;

-- The deliveries that bring a release, by way of the runs that had it: for one release, each of these runs is read once.
CREATE VIEW brought AS
    SELECT x.release_id, x.revision, x.section, x.kind, d.id, d.run_id, d.edition_id, d.subscriber_id, d.state, d.settled
    FROM run_entries x CROSS JOIN deliveries d ON d.id BETWEEN (x.id >> 25 << 25) AND (x.id >> 25 << 25) + 33554431
        CROSS JOIN editions e ON e.id = d.edition_id AND instr(e.entries, ',' || (x.id & 33554431) || ',');

-- A run is planned in several transactions, subscriptions in the order of their numbers, and sent when all are planned.
ALTER TABLE runs ADD COLUMN planned INTEGER;    -- the last subscription that is decided; NULL: all are
ALTER TABLE runs ADD COLUMN cursor INTEGER;     -- no delivery before it waits to be claimed for the first time; NULL: none at all
CREATE INDEX runs_planning ON runs (id) WHERE planned IS NOT NULL;
CREATE INDEX runs_unsent ON runs (id) WHERE cursor IS NOT NULL;
