-- What was given for an indicium without a network beyond what was left of it: a double use.
ALTER TABLE redemptions ADD COLUMN excess INTEGER NOT NULL DEFAULT 0;
CREATE INDEX double_uses ON redemptions (account, number, place) WHERE excess > 0;
