-- How a report was received: its receipt tells the receiver, reason and state of then, also after the report was sent elsewhere.

-- route and state at the time of receipt; null while the report is still on that way
ALTER TABLE report ADD COLUMN arrival_sealed BYTEA;
