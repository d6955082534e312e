-- How much of what is used of an indicium is outside and may come in again, and by how much each redemption changed that.
ALTER TABLE statuses ADD COLUMN outside INTEGER NOT NULL DEFAULT 0;
ALTER TABLE redemptions ADD COLUMN moved INTEGER NOT NULL DEFAULT 0;
ALTER TABLE redemptions ADD COLUMN outside INTEGER NOT NULL DEFAULT 0;
