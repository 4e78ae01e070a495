-- What was heard in pieces of a dictation while it was still spoken: only a
-- cache, found by where a piece begins and what it sounds like. It goes with its
-- upload, and so with its recording.
CREATE TABLE early_pieces (
    upload_id TEXT NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    start_byte BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    model TEXT NOT NULL,
    language TEXT NOT NULL,
    segments TEXT NOT NULL,
    PRIMARY KEY (upload_id, start_byte)
);
