-- How far each subscription has come, in a table of its own: a run changes a million of these numbers, and nothing else of a subscription.

-- +goose Up
CREATE TABLE positions (
    subscription_id INTEGER PRIMARY KEY REFERENCES subscriptions (id) ON DELETE CASCADE,
    position        INTEGER NOT NULL            -- the publication number up to which everything is settled
) STRICT;
INSERT INTO positions SELECT id, position FROM subscriptions ORDER BY id;
ALTER TABLE subscriptions DROP COLUMN position;
