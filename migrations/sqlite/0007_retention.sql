-- Deletion of what has been kept long enough. The same tables and columns as migrations/postgres/0007_retention.sql.

-- Up to this number the municipality's entries have been deleted; 0: none. The feed goes on from it.
ALTER TABLE municipality_feed ADD COLUMN floor_sequence BIGINT NOT NULL DEFAULT 0;
-- The digest of the entry with that number, which the first entry that is left is chained to; null: none was deleted.
ALTER TABLE municipality_feed ADD COLUMN floor_digest BLOB;

DROP TRIGGER feed_entry_no_delete;
CREATE TRIGGER feed_entry_no_delete BEFORE DELETE ON feed_entry
WHEN OLD.sequence > (SELECT floor_sequence FROM municipality_feed WHERE municipality = OLD.municipality)
BEGIN SELECT RAISE(ABORT, 'a feed entry above the floor is never deleted'); END;

-- Whether anything still speaks of a report or a submission that is to go.
CREATE INDEX feed_entry_of_cause ON feed_entry (cause_id) WHERE cause_id IS NOT NULL;
CREATE INDEX outbox_of_submission ON outbox (submission_id);
