-- How loud a recording is from its beginning to its end, a byte for each part:
-- what its waveform is drawn from.
CREATE TABLE peaks (
    recording_id BIGINT PRIMARY KEY REFERENCES recordings (id) ON DELETE CASCADE,
    peaks {bytes} NOT NULL
);

-- Those whose audio is not kept for ever, and audio that may be let go.
CREATE INDEX users_audio_days ON users (id) WHERE audio_days >= 0;
CREATE INDEX recordings_audio ON recordings (user_id, created_on) WHERE audio_key <> '' AND status IN ('completed', 'review', 'failed');

-- What plugins read, by the hour, until that hour is over and the count is in
-- the audit log. It outlives the installation until then.
CREATE TABLE plugin_reads (
    installation_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    hour BIGINT NOT NULL,
    reads BIGINT NOT NULL,
    PRIMARY KEY (installation_id, kind, hour)
);
CREATE INDEX plugin_reads_hour ON plugin_reads (hour);
