-- What a form brought that was not carried out. The same tables and columns as migrations/sqlite/0014_kept_forms.sql.
CREATE TABLE kept_form (
    -- stands in the address of the page that shows it again
    id TEXT NOT NULL PRIMARY KEY,
    -- for whom they act, as in session; '' where the role says it all
    role TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- keyed hash of who is logged in
    person BYTEA NOT NULL,
    -- milliseconds since 1970-01-01 UTC, as all times; it is kept for so long after this (retention.draft_hours)
    created_at BIGINT NOT NULL,
    -- the page that it belongs to, and all fields
    sealed BYTEA NOT NULL,
    -- keyed digest over all other columns
    bound BYTEA NOT NULL
);
CREATE INDEX kept_form_of_person ON kept_form (role, subject, person, created_at);
CREATE INDEX kept_form_created ON kept_form (created_at);
