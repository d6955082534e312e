-- Value that came back since its indicia became void: of what was issued, nothing as long as none did.
CREATE TABLE devices_with_voided (
    account     INTEGER PRIMARY KEY,
    sequence    INTEGER NOT NULL,
    ascending   INTEGER NOT NULL,
    descending  INTEGER NOT NULL,
    funded      INTEGER NOT NULL,
    refunded    INTEGER NOT NULL,
    next_number INTEGER NOT NULL,
    issued      INTEGER NOT NULL,
    record      BLOB    NOT NULL,
    events      INTEGER NOT NULL DEFAULT 0,
    voided      INTEGER NOT NULL DEFAULT 0,
    CHECK (ascending - voided + descending = funded - refunded)
) STRICT;
INSERT INTO devices_with_voided
    SELECT account, sequence, ascending, descending, funded, refunded, next_number, issued, record, events, 0 FROM devices;
DROP TABLE devices;
ALTER TABLE devices_with_voided RENAME TO devices;
ALTER TABLE transactions ADD COLUMN voided INTEGER NOT NULL DEFAULT 0;
