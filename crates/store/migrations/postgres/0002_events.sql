-- What is on record of each device, numbered from 1. What an event says is the module's; so is the chain that they make.
CREATE TABLE events (
    account bigint NOT NULL,
    number  bigint NOT NULL,
    event   bytea  NOT NULL,
    PRIMARY KEY (account, number)
);
ALTER TABLE devices ADD COLUMN events bigint NOT NULL DEFAULT 0;
