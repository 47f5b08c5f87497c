-- What reading needs, so that it costs the same however much is stored. Each index is for the statement named with it
-- (tests/store/plans.rs holds them together); the same indexes as migrations/postgres/0005_reading.sql.

-- feed_reading::snapshot asks of each entry whether a later one of the same municipality takes its report away. Replaces the index of
-- the report alone, so that a feed entry costs one index entry as before.
CREATE INDEX feed_entry_of_report_at ON feed_entry (report_id, municipality, sequence);
DROP INDEX feed_entry_of_report;

-- inbox::list and inbox::count narrowed down by state, kind or both: newest first within one state and kind, a few of which are merged.
CREATE INDEX report_in_state ON report (municipality, state, kind, id);
-- inbox::list and inbox::count for one employer. The employer comes first: SQLite, which plans without statistics, would otherwise go
-- along report_of_municipality.
CREATE INDEX report_of_employer ON report (employer_cvr, municipality, id);

-- attention::of_municipality: the questions of one municipality, the oldest first. Replaces the index over all of them, which
-- attention::overdue now reads municipality by municipality.
CREATE INDEX report_questioned_at ON report (municipality, state_at) WHERE state = 'questioned';
DROP INDEX report_questioned;

-- residence::next: held reports that the register has not been asked about yet, and questions whose time has come. Null: not yet asked.
ALTER TABLE report ADD COLUMN residence_asked_at BIGINT;
UPDATE report SET residence_asked_at = (SELECT q.due_at FROM residence_question q WHERE q.report_id = report.id)
WHERE id IN (SELECT report_id FROM residence_question);
CREATE INDEX report_not_asked ON report (id) WHERE state = 'held' AND residence_asked_at IS NULL;
CREATE INDEX residence_due ON residence_question (due_at, report_id) WHERE answered_at IS NULL;
