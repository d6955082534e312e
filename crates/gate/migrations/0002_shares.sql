-- What was asked for as a number of uses, and at which entrance.
ALTER TABLE uses ADD COLUMN uses INTEGER CHECK (uses > 0);
ALTER TABLE uses ADD COLUMN entrance TEXT;
