-- Ids of reports are compared alike in every table, so that each join goes along its index. Nothing to do in SQLite, which compares
-- texts byte by byte; the number is that of the same change in PostgreSQL.

SELECT 1;
