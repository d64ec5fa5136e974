-- What was said of mails after the relay took them, and the recipients that it refused.

-- +goose Up
CREATE TABLE bounces (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    mail          TEXT NOT NULL CHECK (mail IN ('delivery', 'letter', 'probe')),
    mail_id       INTEGER NOT NULL,             -- a probe is nobody's, and has no row anywhere else
    kind          TEXT NOT NULL CHECK (kind IN ('bounce', 'complaint')),
    subscriber_id INTEGER REFERENCES subscribers (id),  -- NULL: nobody's
    at            INTEGER NOT NULL,
    sent          INTEGER NOT NULL,             -- when the mail left, or was refused
    status        TEXT NOT NULL,                -- RFC 3463; '' of a complaint
    verdict       TEXT NOT NULL CHECK (verdict IN ('nothing', 'alarm', 'soft', 'hard')),
    counts        INTEGER NOT NULL,             -- 1: as one of several soft ones, until somebody lifts the suppression
    suppressed    INTEGER NOT NULL,             -- 1: the address was, by this one
    via           TEXT NOT NULL,
    diagnostic    TEXT NOT NULL,                -- never an address; '': it was long ago, or nothing was said
    UNIQUE (mail, mail_id, kind)
) STRICT;
CREATE INDEX bounces_subscriber ON bounces (subscriber_id) WHERE subscriber_id IS NOT NULL;
CREATE INDEX bounces_at ON bounces (at);
CREATE INDEX bounces_diagnostic ON bounces (at) WHERE diagnostic <> '';
