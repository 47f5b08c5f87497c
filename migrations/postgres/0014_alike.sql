-- Ids of reports are compared alike in every table, so that each join goes along its index. Nothing to do in SQLite, which compares
-- texts byte by byte.

-- retention::delete_residence_questions: it read the whole table for each submission
ALTER TABLE residence_question ALTER COLUMN report_id TYPE TEXT COLLATE "C";
