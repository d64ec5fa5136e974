-- What is not to be sent for now. Claim looks here, so that a hold by another process holds too.

-- +goose Up
CREATE TABLE holds (
    run_id INTEGER NOT NULL,                    -- 0: all runs
    kind   TEXT NOT NULL CHECK (kind IN ('desk', 'doctor', 'copy', 'cancelled')),
    reason TEXT NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (run_id, kind),
    CHECK (run_id <> 0 OR kind <> 'cancelled')
) STRICT, WITHOUT ROWID;

-- What waits for a person or for its reader is found without looking at all that was ever sent.
CREATE INDEX deliveries_held ON deliveries (run_id) WHERE state = 'held';
