-- How the server fared, a point every ten minutes, for thirty days.
CREATE TABLE samples (
    name TEXT NOT NULL,
    taken_on BIGINT NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (name, taken_on)
);

-- What an operator looks at must not read all that there is.
CREATE INDEX recordings_open ON recordings (status, id) WHERE status IN ('queued', 'processing', 'failed');
CREATE INDEX recordings_audio_size ON recordings (audio_size);
CREATE INDEX deliveries_pending ON deliveries (next_attempt_on) WHERE status = 'pending';
CREATE INDEX plugins_published ON plugins (published, id);
CREATE INDEX audit_action ON audit (action, id);
CREATE INDEX audit_actor ON audit (actor_id, id);
CREATE INDEX audit_thing ON audit (thing, thing_id, id);
CREATE INDEX audit_created ON audit (created_on);
