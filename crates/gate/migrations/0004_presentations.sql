-- Whether the device of its holder was seen to show what is tied to it live: the code itself isn't kept.
ALTER TABLE uses ADD COLUMN seen_live INTEGER NOT NULL DEFAULT 0 CHECK (seen_live IN (0, 1));
