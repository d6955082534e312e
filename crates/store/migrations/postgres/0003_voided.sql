-- Value that came back since its indicia became void: of what was issued, nothing as long as none did.
ALTER TABLE devices ADD COLUMN voided bigint NOT NULL DEFAULT 0;
ALTER TABLE devices DROP CONSTRAINT devices_check;
ALTER TABLE devices ADD CONSTRAINT devices_balance CHECK (ascending - voided + descending = funded - refunded);
ALTER TABLE transactions ADD COLUMN voided bigint NOT NULL DEFAULT 0;
