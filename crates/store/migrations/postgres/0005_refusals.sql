-- Which refusal it was, as the module said it; nothing for what wasn't refused, or by programs that kept only the reason.
ALTER TABLE endings ADD COLUMN refusal bytea;
