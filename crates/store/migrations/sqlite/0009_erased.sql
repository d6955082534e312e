-- Bodies of requests and segments may have lost what was personal in them: programs that don't know that read these books no more.

-- When an indicium that isn't live expires by itself, so that status snapshots needn't name it any more; nothing for those that
-- never do, and for what became something else before this was kept.
ALTER TABLE statuses ADD COLUMN expires INTEGER;
