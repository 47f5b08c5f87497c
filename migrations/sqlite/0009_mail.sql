-- Outgoing mail in larger numbers. The same tables and columns as migrations/postgres/0009_mail.sql.

-- The three digits that the relay answered the last attempt with, where it answered.
ALTER TABLE outbox ADD COLUMN last_reply BIGINT;

-- outbox::lease takes those that have been due longest, however many wait for a later time; outbox::counts reads this index alone.
CREATE INDEX outbox_due_at ON outbox (lease_until, id, created_at) WHERE done_at IS NULL AND given_up_at IS NULL;
DROP INDEX outbox_due;

-- When the newest mail left, give or take a second; 0: none yet. One row. What was ordered after it and has failed may have failed because
-- the relay was away, and is tried again as soon as a mail leaves.
CREATE TABLE mail_left (
    id BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL
);
INSERT INTO mail_left (id, at) VALUES (1, 0);
