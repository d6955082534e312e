-- Prints of indicia, each begun once. What is known of it since is in the same row: an outcome of 0 is that it isn't over, of
-- 4 that it surely never was on paper.
CREATE TABLE prints (
    row      INTEGER PRIMARY KEY,
    account  INTEGER NOT NULL,
    print    INTEGER NOT NULL,
    who      TEXT    NOT NULL,
    printer  TEXT    NOT NULL,
    job_name TEXT    NOT NULL,
    reprint  TEXT,
    at       INTEGER NOT NULL,
    job      INTEGER,
    outcome  INTEGER NOT NULL,
    said     TEXT    NOT NULL,
    heard    INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX print_numbers ON prints (account, print);
CREATE INDEX open_prints ON prints (account, print) WHERE outcome = 0;

-- Their serial numbers, in pieces of at most 1,024.
CREATE TABLE printed (
    account INTEGER NOT NULL,
    first   INTEGER NOT NULL,
    print   INTEGER NOT NULL,
    count   INTEGER NOT NULL,
    PRIMARY KEY (account, first, print)
) STRICT, WITHOUT ROWID;
CREATE INDEX printed_by_print ON printed (account, print, first);

-- Printers that are known by name. What their settings say is the program's.
CREATE TABLE printers (
    name     TEXT PRIMARY KEY,
    settings BLOB NOT NULL
) STRICT;
