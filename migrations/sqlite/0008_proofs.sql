-- Rows that prove themselves: a keyed digest (MAC) beside what decides who may see a row. NULL only in rows that were written before
-- this migration, and only until the mark says that all have got theirs. See docs/decisions/0030.

-- over what never changes
ALTER TABLE submission ADD COLUMN bound BLOB;
ALTER TABLE report ADD COLUMN bound BLOB;
-- over the state, computed anew with each change
ALTER TABLE report ADD COLUMN state_bound BLOB;
ALTER TABLE credential ADD COLUMN bound BLOB;
-- taken away when the login ends
ALTER TABLE session ADD COLUMN bound BLOB;
-- over head and floor
ALTER TABLE municipality_feed ADD COLUMN bound BLOB;
ALTER TABLE audit_head ADD COLUMN bound BLOB;

CREATE TABLE proof_mark (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    -- the first entry of the audit whose digest is keyed
    keyed_from BIGINT NOT NULL,
    -- the digest of the entry before it
    keyed_after BLOB NOT NULL,
    -- 0 while older rows get their MACs; 1: a row without one is a fault
    complete BIGINT NOT NULL,
    bound BLOB NOT NULL
);

-- Moments that outlive the process: trusted_at, to which the machine's clock is held, and deleted_before, how far deletion has come.
CREATE TABLE moment (
    name TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    bound BLOB NOT NULL
);

-- What could not be read, for the operator; ids only.
CREATE TABLE unreadable (
    table_name TEXT NOT NULL,
    row_id TEXT NOT NULL,
    column_name TEXT NOT NULL,
    found_at BIGINT NOT NULL,
    PRIMARY KEY (table_name, row_id)
);

CREATE INDEX report_unbound ON report (id) WHERE bound IS NULL OR state_bound IS NULL;
CREATE INDEX submission_unbound ON submission (id) WHERE bound IS NULL;
