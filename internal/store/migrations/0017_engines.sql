-- How the speech engines of each machine stand, and how fast they were: sound
-- that they recognised, and how long single pieces took, added up; both are
-- halved now and then, so that what is long ago counts less.
CREATE TABLE engines (
    machine TEXT NOT NULL,
    model TEXT NOT NULL,
    name TEXT NOT NULL,
    device TEXT NOT NULL,
    workers BIGINT NOT NULL,
    loaded BOOLEAN NOT NULL,
    in_hand BIGINT NOT NULL,
    sound_ms BIGINT NOT NULL,
    busy_ms BIGINT NOT NULL,
    fault TEXT NOT NULL,
    fault_on BIGINT NOT NULL,
    seen_on BIGINT NOT NULL,
    PRIMARY KEY (machine, model)
);
