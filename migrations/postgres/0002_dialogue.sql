-- What people add to reports: outcomes and questions of municipalities, answers of employers, decisions on whose a report is.
-- The same tables and columns as migrations/sqlite/0002_dialogue.sql.

-- What a municipality answers to a report. Never changes. The states questioned and answered keep the question's id in state_by_id.
CREATE TABLE outcome (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    report_id TEXT COLLATE "C" NOT NULL REFERENCES report (id),
    -- the version of the report that it made; orders the outcomes of a report
    report_version BIGINT NOT NULL,
    municipality TEXT COLLATE "C" NOT NULL,
    -- accepted, rejected, question
    kind TEXT COLLATE "C" NOT NULL,
    -- rejected: the coded reason
    reason TEXT COLLATE "C",
    decided_at BIGINT NOT NULL,
    -- keyed hash of the content, to tell a repeat from another outcome
    content_index BYTEA NOT NULL,
    -- the text, if any
    sealed BYTEA NOT NULL,
    UNIQUE (report_id, report_version)
);

-- What an employer answers to a question. Never changes.
CREATE TABLE answer (
    question_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES outcome (id),
    answered_at BIGINT NOT NULL,
    content_index BYTEA NOT NULL,
    -- the text
    sealed BYTEA NOT NULL
);

-- A person's decision that a report is a municipality's. Never changes.
CREATE TABLE handover (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    report_id TEXT COLLATE "C" NOT NULL REFERENCES report (id),
    -- the version of the report that it made; orders the handovers of a report
    report_version BIGINT NOT NULL,
    -- null: the report was held
    from_municipality TEXT COLLATE "C",
    to_municipality TEXT COLLATE "C" NOT NULL,
    decided_at BIGINT NOT NULL,
    -- keyed hash of receiver and reason, to tell a repeat
    content_index BYTEA NOT NULL,
    -- the reason
    sealed BYTEA NOT NULL,
    UNIQUE (report_id, report_version)
);

-- report.answered: the question; report.transferred-in and -out: the handover
ALTER TABLE feed_entry ADD COLUMN detail_id TEXT COLLATE "C";
-- outcome_mail: the outcome
ALTER TABLE outbox ADD COLUMN outcome_id TEXT COLLATE "C";

-- What somebody has to be reminded of.
CREATE INDEX report_unfetched ON report (municipality, state_at) WHERE state IN ('available', 'transferred');
CREATE INDEX report_questioned ON report (state_at) WHERE state = 'questioned';

CREATE TRIGGER outcome_no_change BEFORE UPDATE ON outcome FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER answer_no_change BEFORE UPDATE ON answer FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER handover_no_change BEFORE UPDATE ON handover FOR EACH ROW EXECUTE FUNCTION refuse_change();
