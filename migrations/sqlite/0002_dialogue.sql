-- What people add to reports: outcomes and questions of municipalities, answers of employers, decisions on whose a report is.
-- The same tables and columns as migrations/postgres/0002_dialogue.sql.

-- What a municipality answers to a report. Never changes. The states questioned and answered keep the question's id in state_by_id.
CREATE TABLE outcome (
    id TEXT NOT NULL PRIMARY KEY,
    report_id TEXT NOT NULL REFERENCES report (id),
    -- the version of the report that it made; orders the outcomes of a report
    report_version BIGINT NOT NULL,
    municipality TEXT NOT NULL,
    -- accepted, rejected, question
    kind TEXT NOT NULL,
    -- rejected: the coded reason
    reason TEXT,
    decided_at BIGINT NOT NULL,
    -- keyed hash of the content, to tell a repeat from another outcome
    content_index BLOB NOT NULL,
    -- the text, if any
    sealed BLOB NOT NULL,
    UNIQUE (report_id, report_version)
);

-- What an employer answers to a question. Never changes.
CREATE TABLE answer (
    question_id TEXT NOT NULL PRIMARY KEY REFERENCES outcome (id),
    answered_at BIGINT NOT NULL,
    content_index BLOB NOT NULL,
    -- the text
    sealed BLOB NOT NULL
);

-- A person's decision that a report is a municipality's. Never changes.
CREATE TABLE handover (
    id TEXT NOT NULL PRIMARY KEY,
    report_id TEXT NOT NULL REFERENCES report (id),
    -- the version of the report that it made; orders the handovers of a report
    report_version BIGINT NOT NULL,
    -- null: the report was held
    from_municipality TEXT,
    to_municipality TEXT NOT NULL,
    decided_at BIGINT NOT NULL,
    -- keyed hash of receiver and reason, to tell a repeat
    content_index BLOB NOT NULL,
    -- the reason
    sealed BLOB NOT NULL,
    UNIQUE (report_id, report_version)
);

-- report.answered: the question; report.transferred-in and -out: the handover
ALTER TABLE feed_entry ADD COLUMN detail_id TEXT;
-- outcome_mail: the outcome
ALTER TABLE outbox ADD COLUMN outcome_id TEXT;

-- What somebody has to be reminded of.
CREATE INDEX report_unfetched ON report (municipality, state_at) WHERE state IN ('available', 'transferred');
CREATE INDEX report_questioned ON report (state_at) WHERE state = 'questioned';

CREATE TRIGGER outcome_no_update BEFORE UPDATE ON outcome
BEGIN SELECT RAISE(ABORT, 'a row of outcome never changes'); END;
CREATE TRIGGER answer_no_update BEFORE UPDATE ON answer
BEGIN SELECT RAISE(ABORT, 'a row of answer never changes'); END;
CREATE TRIGGER handover_no_update BEFORE UPDATE ON handover
BEGIN SELECT RAISE(ABORT, 'a row of handover never changes'); END;
