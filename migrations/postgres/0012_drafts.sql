-- What an employer is typing and has not sent. The same tables and columns as migrations/sqlite/0012_drafts.sql.
CREATE TABLE draft (
    -- 128 random bits, in hexadecimal: stands in the address of its pages
    id TEXT NOT NULL PRIMARY KEY,
    employer_cvr TEXT NOT NULL,
    -- keyed hash of who of the company is logged in
    person BYTEA NOT NULL,
    -- milliseconds since 1970-01-01 UTC, as all times
    created_at BIGINT NOT NULL,
    -- it is kept for so long after this (retention.draft_hours)
    changed_at BIGINT NOT NULL,
    -- grows by one with each change
    version BIGINT NOT NULL,
    -- everything that was typed; NULL once it was sent
    sealed BYTEA,
    -- what became of it
    submission_id TEXT,
    -- keyed digest over all other columns
    bound BYTEA NOT NULL
);
CREATE INDEX draft_of_person ON draft (employer_cvr, person, changed_at);
CREATE INDEX draft_changed ON draft (changed_at);

-- Keyed hash of the person who is logged in, where the login tells who it is.
ALTER TABLE session ADD COLUMN person BYTEA;
