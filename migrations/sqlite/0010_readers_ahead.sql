-- Municipalities' systems that were further on than their feed, as the last time was: the service was set back, or they have gone to
-- the wrong one. For the operator. The same tables and columns in both databases.
CREATE TABLE reader_ahead (
    municipality TEXT NOT NULL PRIMARY KEY,
    -- the number that the system named, and the last one that there was
    reader_sequence BIGINT NOT NULL,
    latest_sequence BIGINT NOT NULL,
    -- milliseconds since 1970-01-01 UTC, as all times
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    times BIGINT NOT NULL
);
