-- Prints of indicia, each begun once. What is known of it since is in the same row: an outcome of 0 is that it isn't over, of
-- 4 that it surely never was on paper.
CREATE TABLE prints (
    account  bigint   NOT NULL,
    print    bigint   NOT NULL,
    who      text     NOT NULL,
    printer  text     NOT NULL,
    job_name text     NOT NULL,
    reprint  text,
    at       bigint   NOT NULL,
    job      bigint,
    outcome  smallint NOT NULL,
    said     text     NOT NULL,
    heard    bigint   NOT NULL,
    PRIMARY KEY (account, print)
);
CREATE INDEX open_prints ON prints (account, print) WHERE outcome = 0;

-- Their serial numbers, in pieces of at most 1,024.
CREATE TABLE printed (
    account bigint NOT NULL,
    first   bigint NOT NULL,
    print   bigint NOT NULL,
    count   bigint NOT NULL,
    PRIMARY KEY (account, first, print)
);
CREATE INDEX printed_by_print ON printed (account, print, first);

-- Printers that are known by name. What their settings say is the program's.
CREATE TABLE printers (
    name     text COLLATE "C" PRIMARY KEY,
    settings bytea NOT NULL
);
