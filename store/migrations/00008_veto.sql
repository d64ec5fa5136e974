-- The press office sees an automatic digest before it goes, and may take releases out of it. See docs/decisions/0020-silence-means-go.md.

-- +goose Up
ALTER TABLE runs ADD COLUMN goes_at INTEGER;         -- nothing of it is sent before; NULL: it goes when it is decided
ALTER TABLE runs ADD COLUMN told_at INTEGER;         -- when the press office was told of it by mail; NULL: it was not
ALTER TABLE run_entries ADD COLUMN dropped INTEGER;  -- when it was taken out of the run's mails; NULL: it is in them

DROP VIEW brought;
DROP VIEW edition_entries;

-- The entries of editions, one row each, but for those that were taken out.
CREATE VIEW edition_entries AS
    SELECT e.id AS edition_id, j.key AS place, x.release_id, x.revision, x.section, x.kind
    FROM editions e CROSS JOIN json_each('[' || trim(e.entries, ',') || ']') j
        CROSS JOIN run_entries x ON x.id = (e.id >> 25 << 25) + j.value AND x.dropped IS NULL;

-- The deliveries that bring a release, by way of the runs that had it: for one release, each of these runs is read once.
CREATE VIEW brought AS
    SELECT x.release_id, x.revision, x.section, x.kind, d.id, d.run_id, d.edition_id, d.subscriber_id, d.state, d.settled
    FROM run_entries x CROSS JOIN deliveries d ON d.id BETWEEN (x.id >> 25 << 25) AND (x.id >> 25 << 25) + 33554431
        CROSS JOIN editions e ON e.id = d.edition_id AND instr(e.entries, ',' || (x.id & 33554431) || ',')
    WHERE x.dropped IS NULL;
