-- Questions to the residence register about held reports. The same table and columns in both databases.
-- A report without a row has not been asked about yet.
CREATE TABLE residence_question (
    report_id TEXT NOT NULL PRIMARY KEY REFERENCES report (id),
    -- nobody asks before this time, milliseconds since 1970-01-01 UTC: the next try, or the end of the one under way
    due_at BIGINT NOT NULL,
    -- tries so far, the one under way included
    attempts BIGINT NOT NULL,
    -- the last try
    call_id TEXT NOT NULL,
    -- stable code of the last failure, nothing personal
    last_error TEXT,
    -- the register has answered; what, is told by where the report is and nowhere else: an address may be protected
    answered_at BIGINT
);
