-- Whom of the press office a run that waits could not be told to, and why.

-- +goose Up
ALTER TABLE runs ADD COLUMN untold TEXT;             -- NULL: nobody, as far as was tried, or somebody let it go since
