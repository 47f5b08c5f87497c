-- What a form brought that was not carried out, because the login had ended or something in it was wrong: sealed, short-lived, for who
-- typed it. The same tables and columns in both databases.
CREATE TABLE kept_form (
    -- stands in the address of the page that shows it again
    id TEXT NOT NULL PRIMARY KEY,
    -- for whom they act, as in session; '' where the role says it all
    role TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- keyed hash of who is logged in
    person BLOB NOT NULL,
    -- milliseconds since 1970-01-01 UTC, as all times; it is kept for so long after this (retention.draft_hours)
    created_at BIGINT NOT NULL,
    -- the page that it belongs to, and all fields
    sealed BLOB NOT NULL,
    -- keyed digest over all other columns
    bound BLOB NOT NULL
);
CREATE INDEX kept_form_of_person ON kept_form (role, subject, person, created_at);
CREATE INDEX kept_form_created ON kept_form (created_at);
