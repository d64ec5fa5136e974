-- Who came into a slot first, without looking at all of its members.

-- +goose Up
CREATE INDEX subscriptions_since ON subscriptions (cadence, slot_zone, slot_hour, since);
