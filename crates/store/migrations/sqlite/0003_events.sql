-- What is on record of each device, numbered from 1. What an event says is the module's; so is the chain that they make.
CREATE TABLE events (
    account INTEGER NOT NULL,
    number  INTEGER NOT NULL,
    event   BLOB    NOT NULL,
    PRIMARY KEY (account, number)
) STRICT, WITHOUT ROWID;
ALTER TABLE devices ADD COLUMN events INTEGER NOT NULL DEFAULT 0;
