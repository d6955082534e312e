-- How far indicia are used: all of those that were redeemed before are used up, by somebody of whom nothing is known.
ALTER TABLE statuses ADD COLUMN used bigint NOT NULL DEFAULT 0;
ALTER TABLE statuses ADD COLUMN redemptions bigint NOT NULL DEFAULT 0;

-- Uses of indicia. Which of an indicium's it is, is its place.
CREATE TABLE redemptions (
    account        bigint NOT NULL,
    number         bigint NOT NULL,
    place          bigint NOT NULL,
    who            text   NOT NULL,
    key            text   NOT NULL,
    request_digest bytea  NOT NULL,
    value          bigint NOT NULL,
    used           bigint NOT NULL,
    gate           text   NOT NULL,
    at             bigint NOT NULL,
    received       bigint NOT NULL,
    PRIMARY KEY (account, number, place)
);
CREATE UNIQUE INDEX redemption_keys ON redemptions (account, who, key);

-- Redemptions that were taken back, each once.
CREATE TABLE reversals (
    account bigint NOT NULL,
    number  bigint NOT NULL,
    place   bigint NOT NULL,
    who     text   NOT NULL,
    reason  text   NOT NULL,
    at      bigint NOT NULL,
    PRIMARY KEY (account, number, place)
);
