-- Rows that prove themselves: a keyed digest (MAC) beside what decides who may see a row. NULL only in rows that were written before
-- this migration, and only until the mark says that all have got theirs. See docs/decisions/0030.

-- over what never changes
ALTER TABLE submission ADD COLUMN bound BYTEA;
ALTER TABLE report ADD COLUMN bound BYTEA;
-- over the state, computed anew with each change
ALTER TABLE report ADD COLUMN state_bound BYTEA;
ALTER TABLE credential ADD COLUMN bound BYTEA;
-- taken away when the login ends
ALTER TABLE session ADD COLUMN bound BYTEA;
-- over head and floor
ALTER TABLE municipality_feed ADD COLUMN bound BYTEA;
ALTER TABLE audit_head ADD COLUMN bound BYTEA;

CREATE TABLE proof_mark (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    -- the first entry of the audit whose digest is keyed
    keyed_from BIGINT NOT NULL,
    -- the digest of the entry before it
    keyed_after BYTEA NOT NULL,
    -- 0 while older rows get their MACs; 1: a row without one is a fault
    complete BIGINT NOT NULL,
    bound BYTEA NOT NULL
);

-- Moments that outlive the process: trusted_at, to which the machine's clock is held, and deleted_before, how far deletion has come.
CREATE TABLE moment (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    bound BYTEA NOT NULL
);

-- What could not be read, for the operator; ids only.
CREATE TABLE unreadable (
    table_name TEXT COLLATE "C" NOT NULL,
    row_id TEXT COLLATE "C" NOT NULL,
    column_name TEXT COLLATE "C" NOT NULL,
    found_at BIGINT NOT NULL,
    PRIMARY KEY (table_name, row_id)
);

CREATE INDEX report_unbound ON report (id) WHERE bound IS NULL OR state_bound IS NULL;
CREATE INDEX submission_unbound ON submission (id) WHERE bound IS NULL;
