-- What a municipality has handed on, and telling people of what waits too long. The same tables and columns in both databases.

CREATE INDEX handover_of_municipality ON handover (from_municipality, id);

-- An episode in which something waits too long with a municipality. It ends when nothing does any more.
CREATE TABLE alarm (
    id BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    municipality TEXT COLLATE "C" NOT NULL,
    -- unfetched, unanswered
    kind TEXT COLLATE "C" NOT NULL,
    -- milliseconds since 1970-01-01 UTC, as all times
    begun_at BIGINT NOT NULL,
    -- what has waited since before this time was too old when it began; while any of that waits, it has not ended
    before_at BIGINT NOT NULL,
    ended_at BIGINT
);
-- One at a time, however many nodes look.
CREATE UNIQUE INDEX alarm_under_way ON alarm (municipality, kind) WHERE ended_at IS NULL;

-- The mails of an episode, one to each receiver, done by the worker under a lease. What they say is read when they leave.
CREATE TABLE alarm_mail (
    id BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alarm_id BIGINT NOT NULL REFERENCES alarm (id),
    -- municipality, operator
    receiver TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    -- nobody else may take the row before this time; also the time of the next attempt
    lease_until BIGINT NOT NULL,
    lease_token TEXT COLLATE "C",
    attempts BIGINT NOT NULL,
    -- stable code of the last failure, nothing personal
    last_error TEXT COLLATE "C",
    done_at BIGINT,
    given_up_at BIGINT,
    UNIQUE (alarm_id, receiver)
);
CREATE INDEX alarm_mail_due ON alarm_mail (id) WHERE done_at IS NULL AND given_up_at IS NULL;

-- The employer is reminded of a question once: the row names the question in outcome_id.
CREATE UNIQUE INDEX outbox_reminder ON outbox (outcome_id) WHERE kind = 'reminder_mail';
