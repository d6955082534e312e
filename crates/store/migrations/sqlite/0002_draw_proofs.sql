-- How the user asked for what was held; nothing for draws of programs that didn't check who asks.
ALTER TABLE draws ADD COLUMN proof BLOB NOT NULL DEFAULT x'';
