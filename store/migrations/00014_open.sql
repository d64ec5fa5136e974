-- The partial indexes of deliveries, of which each new row asks every one: two in place of five.

-- +goose Up
DROP INDEX deliveries_due;
DROP INDEX deliveries_uncertain;
DROP INDEX deliveries_sending;
DROP INDEX deliveries_held;
DROP INDEX deliveries_due_run;

-- What came back and waits for its time; after it, in the order of theirs, those of unknown fate.
CREATE INDEX deliveries_due ON deliveries (state = 'uncertain', next_at)
    WHERE next_at IS NOT NULL AND state IN ('pending', 'deferred', 'uncertain');

-- What came back, what is on the wire, and what waits for a person or its reader, by state and run.
CREATE INDEX deliveries_open ON deliveries (state, run_id, next_at)
    WHERE (next_at IS NOT NULL OR state <> 'pending') AND state IN ('pending', 'deferred', 'held', 'sending');
