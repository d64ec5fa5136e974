-- Which bounce raised an alarm, so that the next hour raises it again; and when a suppression ends.

-- +goose Up
ALTER TABLE bounces ADD COLUMN raised INTEGER NOT NULL DEFAULT 0;       -- 1: it is an alarm, and people were told of it
ALTER TABLE suppressions ADD COLUMN ends INTEGER;                       -- NULL: never
CREATE INDEX suppressions_ends ON suppressions (ends) WHERE ends IS NOT NULL;
