-- Whether whoever asked had seen its holder sign it again, whether its holder leaves, and what the server said is outside after it.
ALTER TABLE uses ADD COLUMN countersigned INTEGER NOT NULL DEFAULT 0 CHECK (countersigned IN (0, 1));
ALTER TABLE uses ADD COLUMN leaves INTEGER NOT NULL DEFAULT 0 CHECK (leaves IN (0, 1));
ALTER TABLE uses ADD COLUMN outside INTEGER;
