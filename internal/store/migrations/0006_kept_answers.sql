-- Which recording a kept answer shows, 0 for none: erasing that erases the answer.
ALTER TABLE kept_answers ADD COLUMN recording_id BIGINT NOT NULL DEFAULT 0;
CREATE INDEX kept_answers_recording ON kept_answers (recording_id) WHERE recording_id <> 0;

-- When the account was deleted, 0 for never. Its rows go one after the other.
ALTER TABLE users ADD COLUMN deleted_on BIGINT NOT NULL DEFAULT 0;
