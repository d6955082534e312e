-- Uses in the order in which they came. Nothing of holders, and no text that could be shown again.
CREATE TABLE uses (
    id INTEGER PRIMARY KEY,
    steward TEXT NOT NULL,
    key TEXT NOT NULL,
    -- Tells a repetition from another use under the same key.
    digest BLOB NOT NULL,
    serial BLOB NOT NULL,
    -- As it was asked for; none for all that is left.
    amount TEXT,
    -- As the server is told.
    gate TEXT NOT NULL,
    -- When it came, by the gate's clock.
    at INTEGER NOT NULL,
    -- 0 asked, 1 alone, 2 settled, 3 refused, 4 disputed.
    state INTEGER NOT NULL,
    -- Units that were given for it; none where only the server knows.
    given INTEGER,
    -- By the server: which of the indicium's redemptions it is, and units that were left after it.
    place INTEGER,
    remains INTEGER,
    -- What whoever asked was answered.
    answer TEXT,
    -- What the server said: a redemption, or a problem.
    said TEXT,
    -- Of a double use, what else was made of the indicium: a list of redemptions.
    others TEXT,
    UNIQUE (steward, key)
) STRICT;
CREATE INDEX uses_of_serial ON uses (serial);
CREATE INDEX untold ON uses (id) WHERE state < 2;
CREATE INDEX double_uses ON uses (id) WHERE others IS NOT NULL;

-- What was fetched from the server, as it was signed; and what the gate is.
CREATE TABLE kept (
    name TEXT PRIMARY KEY,
    bytes BLOB NOT NULL,
    -- As the server calls this version.
    tag TEXT NOT NULL
) STRICT;
