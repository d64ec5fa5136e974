-- What joining needs: requests to count, sign-ups that wait for their confirmation, tickets, letters, the record of consent.

-- +goose Up
-- Every request that might have made us send a mail, and every step on one's own page, to be counted for as long as limits look back. No address is in it.
CREATE TABLE requests (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    at       INTEGER NOT NULL,
    kind     TEXT NOT NULL,                     -- 'sign-up', 'link', 'move', 'erase', 'copy', 'change'
    network  TEXT NOT NULL,                     -- one address, or an IPv6 network of 64 bits; '': not known
    block    TEXT NOT NULL,                     -- the block around it: /24, or /48
    address  BLOB NOT NULL,                     -- keyed hash of what was typed
    mailed   INTEGER NOT NULL                   -- 1: a letter was written
) STRICT;
CREATE INDEX requests_network ON requests (network, at);
CREATE INDEX requests_block ON requests (block, at);
CREATE INDEX requests_address ON requests (address, kind, at) WHERE mailed = 1;
CREATE INDEX requests_at ON requests (at, block);

CREATE TABLE signups (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    address       TEXT NOT NULL COLLATE NOCASE,
    language      TEXT NOT NULL,
    subscriptions TEXT NOT NULL,                -- JSON
    position      INTEGER NOT NULL,
    form          TEXT NOT NULL,
    wording       TEXT NOT NULL,
    network       TEXT NOT NULL,
    created       INTEGER NOT NULL
) STRICT;
CREATE INDEX signups_created ON signups (created);
CREATE INDEX signups_address ON signups (address);

-- One-time tokens, as hashes. A used one stays for a while, to say so kindly.
CREATE TABLE tickets (
    hash          BLOB PRIMARY KEY,
    purpose       TEXT NOT NULL,
    signup_id     INTEGER,                      -- may be gone: it is, once it was confirmed
    subscriber_id INTEGER REFERENCES subscribers (id),  -- NULL: nobody yet, or nobody any more
    detail        TEXT NOT NULL DEFAULT '',
    language      TEXT NOT NULL DEFAULT '',
    created       INTEGER NOT NULL,
    expires       INTEGER NOT NULL,
    used          INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX tickets_expires ON tickets (expires);
CREATE INDEX tickets_detail ON tickets (detail COLLATE NOCASE) WHERE detail <> '';
CREATE INDEX tickets_subscriber ON tickets (subscriber_id) WHERE subscriber_id IS NOT NULL;

-- The outbox of mails that belong to no run.
CREATE TABLE letters (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    kind          TEXT NOT NULL CHECK (kind IN ('confirm', 'link', 'move', 'moved', 'changed', 'erase', 'copy')),
    address       TEXT NOT NULL COLLATE NOCASE, -- '': it is settled, and long so
    language      TEXT NOT NULL,
    subscriber_id INTEGER REFERENCES subscribers (id),
    signup_id     INTEGER,
    known         INTEGER NOT NULL DEFAULT 0,
    delivery_id   INTEGER REFERENCES deliveries (id),
    consent_id    INTEGER,                      -- what 'changed' tells of; gone with the person
    purpose       TEXT NOT NULL DEFAULT '',
    nonce         BLOB,                         -- NULL: it has no ticket, or is settled
    ticket        BLOB,                         -- hash
    expires       INTEGER,
    domain        TEXT NOT NULL,                -- of its Message-ID
    created       INTEGER NOT NULL,
    state         TEXT NOT NULL CHECK (state IN
        ('pending', 'sending', 'sent', 'deferred', 'failed', 'suppressed', 'uncertain', 'held')),
    attempts      INTEGER NOT NULL DEFAULT 0,
    next_at       INTEGER,
    reply         TEXT NOT NULL DEFAULT '',
    settled       INTEGER,
    CHECK (next_at IS NOT NULL OR state NOT IN ('pending', 'deferred', 'uncertain'))
) STRICT;
CREATE INDEX letters_due ON letters (next_at) WHERE state IN ('pending', 'deferred', 'uncertain');
CREATE INDEX letters_sending ON letters (state) WHERE state = 'sending';
CREATE INDEX letters_subscriber ON letters (subscriber_id) WHERE subscriber_id IS NOT NULL;
CREATE INDEX letters_address ON letters (address) WHERE address <> '';

-- Who consented to what, when, from where, by which form and in which words. Added to, and taken from only with the person.
CREATE TABLE consents (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    subscriber_id INTEGER NOT NULL REFERENCES subscribers (id),
    kind          TEXT NOT NULL,
    at            INTEGER NOT NULL,
    actor         TEXT NOT NULL,
    form          TEXT NOT NULL,
    wording       TEXT NOT NULL,
    network       TEXT NOT NULL,
    detail        TEXT NOT NULL                 -- JSON; never an address
) STRICT;
CREATE INDEX consents_subscriber ON consents (subscriber_id);

-- +goose StatementBegin
CREATE TRIGGER consents_no_update BEFORE UPDATE ON consents BEGIN
    SELECT RAISE(ABORT, 'the record of consent is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER consents_no_delete BEFORE DELETE ON consents
WHEN EXISTS (SELECT 1 FROM subscribers WHERE id = OLD.subscriber_id AND address IS NOT NULL) BEGIN
    SELECT RAISE(ABORT, 'the record of consent is append-only while there is a subscriber');
END;
-- +goose StatementEnd

ALTER TABLE subscribers ADD COLUMN feed INTEGER NOT NULL DEFAULT 0;      -- how often the personal feed was reset
ALTER TABLE subscribers ADD COLUMN offered INTEGER;                      -- when a slower cadence was offered; NULL: never
ALTER TABLE subscribers ADD COLUMN moved INTEGER;                        -- when they came to this address; NULL: as long as they are here
-- What is forgotten after a while.
CREATE INDEX deliveries_reply ON deliveries (settled) WHERE reply <> '';
CREATE INDEX letters_settled ON letters (settled) WHERE address <> '';
CREATE INDEX subscriptions_filter ON subscriptions (filter_id);         -- whether anybody uses it
CREATE INDEX subscribers_left ON subscribers (left_at) WHERE state = 'left' AND address IS NOT NULL;
CREATE INDEX subscribers_suppressed ON subscribers (state) WHERE state = 'suppressed';
-- 0: SHA-256 of the lower case, as former programs wrote it; the next start makes a keyed hash of it.
ALTER TABLE suppressions ADD COLUMN keyed INTEGER NOT NULL DEFAULT 0;
-- 1: of somebody who was erased: no list and no desk brings them back, but they themselves may come.
ALTER TABLE suppressions ADD COLUMN erased INTEGER NOT NULL DEFAULT 0;
