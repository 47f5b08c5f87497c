-- What a municipality sets for itself, the pings that wake its system, and figures of its deliveries.
-- The same tables and columns as migrations/sqlite/0003_pings.sql.

-- Whom to tell when something is wrong. One row per municipality that has said it.
CREATE TABLE municipality_contact (
    municipality TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    changed_at BIGINT NOT NULL,
    -- mail address
    sealed BYTEA NOT NULL
);

-- Where a municipality's system takes pings. The row is there as long as it wants them.
CREATE TABLE ping_address (
    municipality TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    changed_at BIGINT NOT NULL,
    -- the last number of the feed when the municipality first asked for pings: nothing up to it is told
    from_sequence BIGINT NOT NULL,
    -- the address, its secret, and the secret before it with the time until which it signs too
    sealed BYTEA NOT NULL
);

-- Pings, done by the worker under a lease. That one is due follows from the feed itself: its last number, written in the same
-- transaction as the entries, is higher than what was told.
CREATE TABLE ping (
    id BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    municipality TEXT COLLATE "C" NOT NULL,
    -- new, again, test
    kind TEXT COLLATE "C" NOT NULL,
    -- what it tells; while it waits, a new one takes the newest number at each try
    up_to_sequence BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- nobody else may take the row before this time; also the time of the next attempt
    lease_until BIGINT NOT NULL,
    lease_token TEXT COLLATE "C",
    attempts BIGINT NOT NULL,
    -- stable code of the last failure, or the status that was answered
    last_error TEXT COLLATE "C",
    done_at BIGINT,
    given_up_at BIGINT
);
CREATE INDEX ping_of_municipality ON ping (municipality, id);
CREATE INDEX ping_due ON ping (id) WHERE done_at IS NULL AND given_up_at IS NULL;
CREATE INDEX ping_given_up ON ping (id) WHERE given_up_at IS NOT NULL;
-- One new ping waits for each municipality, whatever comes meanwhile and however many nodes look.
CREATE UNIQUE INDEX ping_waiting ON ping (municipality)
    WHERE kind = 'new' AND done_at IS NULL AND given_up_at IS NULL;

-- Figures over time.
CREATE INDEX feed_entry_of_day ON feed_entry (municipality, appended_at, sequence);
CREATE INDEX acknowledgement_of_day ON acknowledgement (municipality, acknowledged_at, up_to_sequence);
CREATE INDEX outcome_of_day ON outcome (municipality, decided_at);
