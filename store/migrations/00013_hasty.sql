-- What came back, by its run: what was to go out at once goes before digests, however long these have waited.

-- +goose Up
CREATE INDEX deliveries_due_run ON deliveries (run_id, next_at) WHERE next_at IS NOT NULL AND state IN ('pending', 'deferred');
