-- Sound that comes in portions. Whoever goes on with an upload must know how
-- much of it is here: stored changes by compare-and-set alone.
-- user_id and installation_id refer to nothing on purpose: a row that went with
-- them would leave blobs that nobody knows of. The sweep takes both.
CREATE TABLE uploads (
    id TEXT PRIMARY KEY,
    user_id BIGINT NOT NULL,
    installation_id BIGINT,
    name TEXT NOT NULL,
    type TEXT NOT NULL CHECK (type IN ('note', 'meeting', 'task', 'letter')),
    language TEXT NOT NULL,
    metadata TEXT NOT NULL,
    described TEXT NOT NULL,
    length BIGINT NOT NULL CHECK (length >= -1),
    stored BIGINT NOT NULL DEFAULT 0 CHECK (stored >= 0 AND (length = -1 OR stored <= length)),
    recording_id BIGINT REFERENCES recordings (id) ON DELETE CASCADE,
    created_on BIGINT NOT NULL,
    expires_on BIGINT NOT NULL
);
CREATE INDEX uploads_user ON uploads (user_id);
CREATE INDEX uploads_expire ON uploads (expires_on);
CREATE INDEX uploads_recording ON uploads (recording_id) WHERE recording_id IS NOT NULL;

CREATE TABLE upload_parts (
    upload_id TEXT NOT NULL REFERENCES uploads (id),
    start_byte BIGINT NOT NULL,
    size BIGINT NOT NULL CHECK (size > 0),
    key TEXT NOT NULL,
    PRIMARY KEY (upload_id, start_byte)
);
