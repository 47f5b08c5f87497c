-- Deletion of what has been kept long enough. The same tables and columns as migrations/sqlite/0007_retention.sql.

-- Up to this number the municipality's entries have been deleted; 0: none. The feed goes on from it.
ALTER TABLE municipality_feed ADD COLUMN floor_sequence BIGINT NOT NULL DEFAULT 0;
-- The digest of the entry with that number, which the first entry that is left is chained to; null: none was deleted.
ALTER TABLE municipality_feed ADD COLUMN floor_digest BYTEA;

CREATE FUNCTION refuse_deletion_above_floor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.sequence > (SELECT floor_sequence FROM municipality_feed WHERE municipality = OLD.municipality) THEN
        RAISE EXCEPTION 'a feed entry above the floor is never deleted';
    END IF;
    RETURN OLD;
END
$$;
DROP TRIGGER feed_entry_no_change ON feed_entry;
CREATE TRIGGER feed_entry_no_update BEFORE UPDATE ON feed_entry FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER feed_entry_no_delete BEFORE DELETE ON feed_entry FOR EACH ROW EXECUTE FUNCTION refuse_deletion_above_floor();

-- Whether anything still speaks of a report or a submission that is to go.
CREATE INDEX feed_entry_of_cause ON feed_entry (cause_id) WHERE cause_id IS NOT NULL;
CREATE INDEX outbox_of_submission ON outbox (submission_id);
