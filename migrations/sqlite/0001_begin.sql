-- The records of Fleksport. The same tables and columns as migrations/postgres/0001_begin.sql; additions only, in later files.
--
-- Types: ids, codes and numbers TEXT; times BIGINT, milliseconds since 1970-01-01 UTC; digests, hashes and sealed values BLOB.
-- A column named *_sealed or sealed holds AES-256-GCM of the vault, bound to table, column and row. What is personal (CPR number,
-- name, amount, answers, notices, contact person, the bytes as they came) stands in sealed columns only.

-- One act of sending. Never changes.
CREATE TABLE submission (
    id TEXT NOT NULL PRIMARY KEY,
    receipt_number TEXT NOT NULL UNIQUE,
    received_at BIGINT NOT NULL,
    -- web, api or file
    channel TEXT NOT NULL,
    sender_cvr TEXT NOT NULL,
    -- the key that was used; null for a login or the command line
    sender_credential_id TEXT,
    -- keyed hash of sender and Idempotency-Key: the sender may have put anything into it
    idempotency_index BLOB NOT NULL UNIQUE,
    -- keyed hash of the content digest, to tell a repeat from other content
    content_index BLOB NOT NULL,
    transaction_id TEXT NOT NULL,
    employer_cvr TEXT NOT NULL,
    form_id TEXT NOT NULL,
    form_version TEXT NOT NULL,
    form_hash TEXT NOT NULL,
    -- commitment to all that was stored; the receipt is checked by it
    digest BLOB NOT NULL,
    -- employer with contact person, notices
    sealed BLOB NOT NULL,
    original_sealed BLOB NOT NULL
);
CREATE INDEX submission_of_employer ON submission (employer_cvr, id);

-- One employee, one report. Only state, state_*, municipality, route_sealed and version ever change.
CREATE TABLE report (
    id TEXT NOT NULL PRIMARY KEY,
    submission_id TEXT NOT NULL REFERENCES submission (id),
    -- place in the submission, from 0
    position BIGINT NOT NULL,
    employer_cvr TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- the kind whose fields are answered: for a replacing correction that of the replaced report
    content_kind TEXT NOT NULL,
    -- the earlier report that this one replaces or withdraws; a chain never forks
    corrects_id TEXT UNIQUE REFERENCES report (id),
    -- replace or withdraw
    correction_action TEXT,
    -- held, available, fetched, accepted, rejected, replaced, withdrawn, transferred
    state TEXT NOT NULL,
    state_at BIGINT NOT NULL,
    -- replaced, withdrawn: the correction that did it
    state_by_id TEXT,
    -- rejected: the coded reason; transferred: the municipality it came from
    state_detail TEXT,
    -- the municipality that has, or should have, the report now; null while held
    municipality TEXT,
    -- counts the changes of state, from 1
    version BIGINT NOT NULL,
    -- keyed hash of the CPR number
    cpr_index BLOB NOT NULL,
    -- salted commitment to the content; enters the chain of each feed that tells of the report
    content_digest BLOB NOT NULL,
    -- employee, answers, raw answers, notices, assessment, salt
    sealed BLOB NOT NULL,
    route_sealed BLOB NOT NULL,
    UNIQUE (submission_id, position)
);
CREATE INDEX report_of_municipality ON report (municipality, id);
CREATE INDEX report_of_employee ON report (cpr_index, id);
CREATE INDEX report_held ON report (id) WHERE state = 'held';

-- The number and digest that each municipality's feed has reached.
CREATE TABLE municipality_feed (
    municipality TEXT NOT NULL PRIMARY KEY,
    last_sequence BIGINT NOT NULL,
    head_digest BLOB NOT NULL
);

-- What municipalities are told, in order: 1, 2, 3 … per municipality, no hole, no double. Never changes.
CREATE TABLE feed_entry (
    municipality TEXT NOT NULL REFERENCES municipality_feed (municipality),
    sequence BIGINT NOT NULL,
    -- report.available, report.corrected, report.withdrawn, report.transferred-in, report.transferred-out
    event TEXT NOT NULL,
    transfer_id TEXT NOT NULL UNIQUE,
    report_id TEXT NOT NULL REFERENCES report (id),
    -- the correction that made a report be withdrawn
    cause_id TEXT REFERENCES report (id),
    appended_at BIGINT NOT NULL,
    -- SHA-256 over this entry's canonical content, the previous entry's digest included
    digest BLOB NOT NULL,
    PRIMARY KEY (municipality, sequence)
);
CREATE INDEX feed_entry_of_report ON feed_entry (report_id);
CREATE TRIGGER feed_entry_no_update BEFORE UPDATE ON feed_entry
BEGIN SELECT RAISE(ABORT, 'a feed entry never changes'); END;
CREATE TRIGGER feed_entry_no_delete BEFORE DELETE ON feed_entry
BEGIN SELECT RAISE(ABORT, 'a feed entry is never deleted'); END;

-- A municipality has everything up to and including a number. One row per number, so that a repeat gets the same answer.
CREATE TABLE acknowledgement (
    id TEXT NOT NULL PRIMARY KEY,
    municipality TEXT NOT NULL,
    up_to_sequence BIGINT NOT NULL,
    acknowledged_at BIGINT NOT NULL,
    UNIQUE (municipality, up_to_sequence)
);

-- Work that must follow a stored submission, done by the worker under a lease.
CREATE TABLE outbox (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    -- receipt_mail
    kind TEXT NOT NULL,
    submission_id TEXT NOT NULL REFERENCES submission (id),
    created_at BIGINT NOT NULL,
    -- nobody else may take the row before this time; also the time of the next attempt
    lease_until BIGINT NOT NULL,
    lease_token TEXT,
    attempts BIGINT NOT NULL,
    -- stable code of the last failure, nothing personal
    last_error TEXT,
    done_at BIGINT,
    given_up_at BIGINT
);
CREATE INDEX outbox_due ON outbox (id) WHERE done_at IS NULL AND given_up_at IS NULL;
CREATE INDEX outbox_given_up ON outbox (id) WHERE given_up_at IS NOT NULL;

-- Keys of callers. Only the SHA-256 of the secret part is here.
CREATE TABLE credential (
    id TEXT NOT NULL PRIMARY KEY,
    -- employer, municipality, kl, operator
    role TEXT NOT NULL,
    -- CVR number or municipality code; null for kl and operator
    subject TEXT,
    secret_hash BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    -- kept to the hour
    last_used_at BIGINT
);

-- Logins on the pages. Only the SHA-256 of the token is here.
CREATE TABLE session (
    id TEXT NOT NULL PRIMARY KEY,
    token_hash BLOB NOT NULL UNIQUE,
    role TEXT NOT NULL,
    subject TEXT,
    created_at BIGINT NOT NULL,
    -- kept to the minute
    last_seen_at BIGINT NOT NULL,
    idle_ms BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT
);

-- The number and digest that the audit has reached; one row.
CREATE TABLE audit_head (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    last_sequence BIGINT NOT NULL,
    digest BLOB NOT NULL
);
INSERT INTO audit_head (id, last_sequence, digest) VALUES (1, 0, zeroblob(32));

-- Who did what to which object for which purpose. No personal data; never changes.
CREATE TABLE audit_entry (
    sequence BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    role TEXT NOT NULL,
    -- CVR number or municipality code that the caller acts for
    subject TEXT,
    -- credential:ID or session:ID
    proof TEXT,
    action TEXT NOT NULL,
    object_kind TEXT,
    object_id TEXT,
    purpose TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    -- SHA-256 over this entry's canonical content, the previous entry's digest included
    digest BLOB NOT NULL
);
CREATE INDEX audit_entry_of_object ON audit_entry (object_id, sequence);
CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry
BEGIN SELECT RAISE(ABORT, 'an audit entry never changes'); END;
CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry
BEGIN SELECT RAISE(ABORT, 'an audit entry is never deleted'); END;

-- A known value sealed by the vault: tells at the start, not at the first read, that the key file belongs to this database.
CREATE TABLE vault_check (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    sealed BLOB NOT NULL
);
