-- The books. Every table that grows is keyed by account first. Numbers are 64-bit and not negative; times are
-- seconds since 1970; amounts are units of the account's denomination.
--
-- Rows with large bytes are appended to tables with a number of their own and found by small indexes: SQLite reads the
-- whole of a row to compare its key in a table WITHOUT ROWID once the row is larger than a page.

-- Whose value is kept.
CREATE TABLE accounts (
    account      INTEGER PRIMARY KEY,
    name         TEXT    NOT NULL UNIQUE,
    denomination TEXT    NOT NULL,
    device       INTEGER NOT NULL UNIQUE,
    created      INTEGER NOT NULL
) STRICT;

-- The account's sealed device record, and what its last transaction said of its registers.
CREATE TABLE devices (
    account     INTEGER PRIMARY KEY,
    sequence    INTEGER NOT NULL,
    ascending   INTEGER NOT NULL,
    descending  INTEGER NOT NULL,
    funded      INTEGER NOT NULL,
    refunded    INTEGER NOT NULL,
    next_number INTEGER NOT NULL,
    issued      INTEGER NOT NULL,
    record      BLOB    NOT NULL,
    CHECK (ascending + descending = funded - refunded)
) STRICT;

-- Every request ever reserved. Written once: what becomes of it stands in the tables below.
CREATE TABLE reservations (
    row            INTEGER PRIMARY KEY,
    account        INTEGER NOT NULL,
    reservation    INTEGER NOT NULL,
    key            TEXT    NOT NULL,
    request_digest BLOB    NOT NULL,
    kind           INTEGER NOT NULL,
    user           TEXT    NOT NULL,
    value          INTEGER NOT NULL,
    count          INTEGER NOT NULL,
    wanted_count   INTEGER NOT NULL,
    priority       INTEGER NOT NULL,
    created        INTEGER NOT NULL,
    expires        INTEGER,
    ordinal        INTEGER,
    place          INTEGER,
    first_number   INTEGER,
    body           BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX reservation_ids ON reservations (account, reservation);
CREATE UNIQUE INDEX reservation_keys ON reservations (account, key);

-- Reservations that no transaction has taken up and nothing has ended.
CREATE TABLE held (
    account     INTEGER NOT NULL,
    reservation INTEGER NOT NULL,
    expires     INTEGER,
    PRIMARY KEY (account, reservation)
) STRICT, WITHOUT ROWID;

-- Which transaction took a held reservation up.
CREATE TABLE draws (
    account      INTEGER NOT NULL,
    reservation  INTEGER NOT NULL,
    ordinal      INTEGER NOT NULL,
    place        INTEGER NOT NULL,
    first_number INTEGER NOT NULL,
    PRIMARY KEY (account, reservation)
) STRICT, WITHOUT ROWID;
CREATE INDEX draws_by_transaction ON draws (account, ordinal);

-- The transaction that an account has begun and not closed: one at most. Its requests are those with its ordinal,
-- none of them older than first_reservation unless drawn.
CREATE TABLE open_transactions (
    account           INTEGER PRIMARY KEY,
    ordinal           INTEGER NOT NULL,
    at                INTEGER NOT NULL,
    requests          INTEGER NOT NULL,
    first_reservation INTEGER NOT NULL
) STRICT;

-- Closed transactions: finished, or void, which has no sequence nor anything after it.
CREATE TABLE transactions (
    account        INTEGER NOT NULL,
    ordinal        INTEGER NOT NULL,
    at             INTEGER NOT NULL,
    sequence       INTEGER,
    ascending      INTEGER,
    descending     INTEGER,
    funded         INTEGER,
    refunded       INTEGER,
    next_number    INTEGER,
    value          INTEGER,
    count          INTEGER,
    record_digest  BLOB,
    request_digest BLOB,
    PRIMARY KEY (account, ordinal)
) STRICT, WITHOUT ROWID;

-- Runs of indicia.
CREATE TABLE segments (
    row     INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    first   INTEGER NOT NULL,
    count   INTEGER NOT NULL,
    bytes   BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX segment_numbers ON segments (account, first);

-- Reservations that came to nothing: refused, expired or released.
CREATE TABLE endings (
    account     INTEGER NOT NULL,
    reservation INTEGER NOT NULL,
    how         INTEGER NOT NULL,
    reason      TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (account, reservation)
) STRICT, WITHOUT ROWID;

-- Indicia that aren't live any more.
CREATE TABLE statuses (
    account INTEGER NOT NULL,
    number  INTEGER NOT NULL,
    status  INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    reason  TEXT    NOT NULL,
    PRIMARY KEY (account, number)
) STRICT, WITHOUT ROWID;

-- Accounts whose device disagrees with its module.
CREATE TABLE locks (
    account INTEGER PRIMARY KEY,
    reason  TEXT    NOT NULL,
    at      INTEGER NOT NULL
) STRICT;
