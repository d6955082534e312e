-- How far indicia are used: all of those that were redeemed before are used up, by somebody of whom nothing is known.
ALTER TABLE statuses ADD COLUMN used INTEGER NOT NULL DEFAULT 0;
ALTER TABLE statuses ADD COLUMN redemptions INTEGER NOT NULL DEFAULT 0;

-- Uses of indicia. Which of an indicium's it is, is its place.
CREATE TABLE redemptions (
    row            INTEGER PRIMARY KEY,
    account        INTEGER NOT NULL,
    number         INTEGER NOT NULL,
    place          INTEGER NOT NULL,
    who            TEXT    NOT NULL,
    key            TEXT    NOT NULL,
    request_digest BLOB    NOT NULL,
    value          INTEGER NOT NULL,
    used           INTEGER NOT NULL,
    gate           TEXT    NOT NULL,
    at             INTEGER NOT NULL,
    received       INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX redemption_places ON redemptions (account, number, place);
CREATE UNIQUE INDEX redemption_keys ON redemptions (account, who, key);

-- Redemptions that were taken back, each once.
CREATE TABLE reversals (
    account INTEGER NOT NULL,
    number  INTEGER NOT NULL,
    place   INTEGER NOT NULL,
    who     TEXT    NOT NULL,
    reason  TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (account, number, place)
) STRICT, WITHOUT ROWID;
