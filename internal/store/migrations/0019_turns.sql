-- Since when the engine that a run needs has been away, 0 while it is there.
ALTER TABLE runs ADD COLUMN away_since BIGINT NOT NULL DEFAULT 0;

-- The job that decodes a queued run, and when a user's sound was last decoded:
-- the one served longest ago is next.
ALTER TABLE runs ADD COLUMN decoded_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE speech_turns ADD COLUMN decoded_on BIGINT NOT NULL DEFAULT 0;

CREATE INDEX runs_in_work ON runs (model) WHERE status IN ('queued', 'running');
CREATE INDEX runs_to_decode ON runs (user_id) WHERE status = 'queued' AND decoded_by = 0;
CREATE INDEX runs_decoded_by ON runs (decoded_by) WHERE status = 'queued';
