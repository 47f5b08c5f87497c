-- What a new report is compared with costs the same however much an employer has reported. The same tables and columns in both
-- databases. See docs/decisions/0037. Each index is for the statement named with it.

-- What later reports are compared with (a wage, and what said_index says), sealed for this row. Null: a withdrawal, or a row of an older
-- version, which is opened whole where it is one of a person's newest.
ALTER TABLE report ADD COLUMN brief_sealed BYTEA;
-- keyed hash of employer, person, kind, job, date and amount. Null: a withdrawal, or a row of an older version
ALTER TABLE report ADD COLUMN said_index BYTEA;

-- earlier::wages
CREATE INDEX report_wages_of_person ON report (employer_cvr, cpr_index, id) WHERE content_kind = 'full_time_wage';
-- earlier::said
CREATE INDEX report_said ON report (said_index, id) WHERE said_index IS NOT NULL;

-- Of the report: by whom and of whom it is.
ALTER TABLE handover ADD COLUMN employer_cvr TEXT COLLATE "C";
ALTER TABLE handover ADD COLUMN cpr_index BYTEA;
ALTER TABLE handover DISABLE TRIGGER handover_no_change;
UPDATE handover SET employer_cvr = (SELECT r.employer_cvr FROM report r WHERE r.id = handover.report_id),
    cpr_index = (SELECT r.cpr_index FROM report r WHERE r.id = handover.report_id);
ALTER TABLE handover ENABLE TRIGGER handover_no_change;
-- earlier::handed_on
CREATE INDEX handover_of_person ON handover (employer_cvr, cpr_index, decided_at, report_version) WHERE from_municipality IS NOT NULL;
