-- The books, as in SQLite: every table that grows is keyed by account first. Numbers are 64-bit and not negative; times
-- are seconds since 1970; amounts are units of the account's denomination. Large bytes say nothing to a compressor.

-- Who writes: each that opens the books takes the next epoch, and only the last one's commits are taken. Each commit
-- leaves its number, so that it can be found out whether one whose answer was lost was made.
CREATE TABLE writer (
    one     boolean PRIMARY KEY CHECK (one),
    epoch   bigint  NOT NULL,
    commits bigint  NOT NULL
) WITH (fillfactor = 10);
INSERT INTO writer VALUES (true, 0, 0);

-- Whose value is kept.
CREATE TABLE accounts (
    account      bigint PRIMARY KEY,
    name         text   COLLATE "C" NOT NULL UNIQUE,
    denomination text   NOT NULL,
    device       bigint NOT NULL UNIQUE,
    created      bigint NOT NULL
);

-- The account's sealed device record, and what its last transaction said of its registers.
CREATE TABLE devices (
    account     bigint PRIMARY KEY,
    sequence    bigint NOT NULL,
    ascending   bigint NOT NULL,
    descending  bigint NOT NULL,
    funded      bigint NOT NULL,
    refunded    bigint NOT NULL,
    next_number bigint NOT NULL,
    issued      bigint NOT NULL,
    record      bytea  NOT NULL,
    CHECK (ascending + descending = funded - refunded)
) WITH (fillfactor = 50);
ALTER TABLE devices ALTER COLUMN record SET STORAGE EXTERNAL;

-- Every request ever reserved. Written once: what becomes of it stands in the tables below. A user's name can have any
-- character, also the one that no text has here.
CREATE TABLE reservations (
    account        bigint NOT NULL,
    reservation    bigint NOT NULL,
    key            text   COLLATE "C" NOT NULL,
    request_digest bytea  NOT NULL,
    kind           smallint NOT NULL,
    "user"         bytea  NOT NULL,
    value          bigint NOT NULL,
    count          bigint NOT NULL,
    wanted_count   bigint NOT NULL,
    priority       smallint NOT NULL,
    created        bigint NOT NULL,
    expires        bigint,
    ordinal        bigint,
    place          bigint,
    first_number   bigint,
    body           bytea  NOT NULL,
    PRIMARY KEY (account, reservation),
    CONSTRAINT reservation_keys UNIQUE (account, key)
);
ALTER TABLE reservations ALTER COLUMN body SET STORAGE EXTERNAL;

-- Reservations that no transaction has taken up and nothing has ended.
CREATE TABLE held (
    account     bigint NOT NULL,
    reservation bigint NOT NULL,
    expires     bigint,
    PRIMARY KEY (account, reservation)
);

-- Which transaction took a held reservation up, and how the user asked for it.
CREATE TABLE draws (
    account      bigint NOT NULL,
    reservation  bigint NOT NULL,
    ordinal      bigint NOT NULL,
    place        bigint NOT NULL,
    first_number bigint NOT NULL,
    proof        bytea  NOT NULL,
    PRIMARY KEY (account, reservation)
);
CREATE INDEX draws_by_transaction ON draws (account, ordinal);

-- The transaction that an account has begun and not closed: one at most. Its requests are those with its ordinal,
-- none of them older than first_reservation unless drawn.
CREATE TABLE open_transactions (
    account           bigint PRIMARY KEY,
    ordinal           bigint NOT NULL,
    at                bigint NOT NULL,
    requests          bigint NOT NULL,
    first_reservation bigint NOT NULL
);

-- Closed transactions: finished, or void, which has no sequence nor anything after it.
CREATE TABLE transactions (
    account        bigint NOT NULL,
    ordinal        bigint NOT NULL,
    at             bigint NOT NULL,
    sequence       bigint,
    ascending      bigint,
    descending     bigint,
    funded         bigint,
    refunded       bigint,
    next_number    bigint,
    value          bigint,
    count          bigint,
    record_digest  bytea,
    request_digest bytea,
    PRIMARY KEY (account, ordinal)
);

-- Runs of indicia.
CREATE TABLE segments (
    account bigint NOT NULL,
    first   bigint NOT NULL,
    count   bigint NOT NULL,
    bytes   bytea  NOT NULL,
    PRIMARY KEY (account, first)
);
ALTER TABLE segments ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- Reservations that came to nothing: refused, expired or released.
CREATE TABLE endings (
    account     bigint NOT NULL,
    reservation bigint NOT NULL,
    how         smallint NOT NULL,
    reason      text   NOT NULL,
    at          bigint NOT NULL,
    PRIMARY KEY (account, reservation)
);

-- Indicia that aren't live any more.
CREATE TABLE statuses (
    account bigint NOT NULL,
    number  bigint NOT NULL,
    status  smallint NOT NULL,
    at      bigint NOT NULL,
    reason  text   NOT NULL,
    PRIMARY KEY (account, number)
);

-- Accounts whose device disagrees with its module.
CREATE TABLE locks (
    account bigint PRIMARY KEY,
    reason  text   NOT NULL,
    at      bigint NOT NULL
);
