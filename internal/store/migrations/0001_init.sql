-- Times are BIGINT microseconds since the Unix epoch, 0 for "not yet".
-- {id} and {bytes} stand for what the two databases call differently.

CREATE TABLE crm_integrations (
    id {id},
    name TEXT NOT NULL UNIQUE,
    logo_key TEXT NOT NULL DEFAULT '',
    created_on BIGINT NOT NULL
);
INSERT INTO crm_integrations (name, created_on) VALUES
    ('Salesforce', 0), ('Redtail', 0), ('Wealthbox', 0), ('HubSpot', 0), ('Microsoft Dynamics', 0);

CREATE TABLE users (
    id {id},
    email TEXT NOT NULL UNIQUE,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    password_hash TEXT NOT NULL DEFAULT '',
    developer BOOLEAN NOT NULL DEFAULT FALSE,
    admin BOOLEAN NOT NULL DEFAULT FALSE,
    disabled BOOLEAN NOT NULL DEFAULT FALSE,
    review BOOLEAN NOT NULL DEFAULT FALSE,
    crm_integration_id BIGINT REFERENCES crm_integrations (id),
    created_on BIGINT NOT NULL,
    updated_on BIGINT NOT NULL
);

CREATE TABLE keys (
    id {id},
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('user', 'developer')),
    name TEXT NOT NULL,
    hash {bytes} NOT NULL UNIQUE,
    last4 TEXT NOT NULL,
    revoked_on BIGINT NOT NULL DEFAULT 0,
    created_on BIGINT NOT NULL
);
CREATE INDEX keys_user ON keys (user_id, id);

-- How many rows a list has. Whoever adds to a list changes its counter first,
-- in the same transaction: that serialises the writers of one list, so that
-- ids become visible in order. Whoever takes from it changes it last, as only
-- a row that was there counts.
CREATE TABLE counters (
    list TEXT NOT NULL,
    owner_id BIGINT NOT NULL,
    total BIGINT NOT NULL CHECK (total >= 0),
    PRIMARY KEY (list, owner_id)
);

CREATE TABLE plugins (
    id {id},
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    permissions TEXT NOT NULL,
    published BOOLEAN NOT NULL DEFAULT FALSE,
    disabled BOOLEAN NOT NULL DEFAULT FALSE,
    crm_integration_id BIGINT REFERENCES crm_integrations (id),
    logo_key TEXT NOT NULL DEFAULT '',
    setup_uri TEXT NOT NULL DEFAULT '',
    created_on BIGINT NOT NULL,
    updated_on BIGINT NOT NULL
);
CREATE INDEX plugins_user ON plugins (user_id, id);
CREATE INDEX plugins_logo ON plugins (logo_key) WHERE logo_key <> '';

CREATE TABLE secret_keys (
    id {id},
    plugin_id BIGINT NOT NULL REFERENCES plugins (id) ON DELETE CASCADE,
    description TEXT NOT NULL,
    sealed {bytes} NOT NULL,
    last4 TEXT NOT NULL,
    revoked_on BIGINT NOT NULL DEFAULT 0,
    created_on BIGINT NOT NULL,
    updated_on BIGINT NOT NULL
);
CREATE INDEX secret_keys_plugin ON secret_keys (plugin_id, id);

CREATE TABLE installations (
    id {id},
    uuid TEXT NOT NULL UNIQUE,
    plugin_id BIGINT NOT NULL REFERENCES plugins (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    permissions TEXT NOT NULL,
    disabled BOOLEAN NOT NULL DEFAULT FALSE,
    created_on BIGINT NOT NULL,
    updated_on BIGINT NOT NULL,
    UNIQUE (user_id, plugin_id)
);
CREATE INDEX installations_plugin ON installations (plugin_id, id);

CREATE TABLE webhooks (
    id {id},
    plugin_id BIGINT NOT NULL REFERENCES plugins (id) ON DELETE CASCADE,
    uri TEXT NOT NULL,
    events TEXT NOT NULL,
    disabled BOOLEAN NOT NULL DEFAULT FALSE,
    disabled_reason TEXT NOT NULL DEFAULT '',
    secret {bytes} NOT NULL,
    old_secret {bytes},
    old_secret_until BIGINT NOT NULL DEFAULT 0,
    failing_since BIGINT NOT NULL DEFAULT 0,
    created_on BIGINT NOT NULL,
    updated_on BIGINT NOT NULL
);
CREATE INDEX webhooks_plugin ON webhooks (plugin_id, id);

CREATE TABLE recordings (
    id {id},
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    installation_id BIGINT REFERENCES installations (id) ON DELETE SET NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL CHECK (type IN ('note', 'meeting', 'task', 'letter')),
    language TEXT NOT NULL,
    metadata TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('queued', 'processing', 'review', 'completed', 'failed')),
    waiting_for TEXT NOT NULL DEFAULT '' CHECK (waiting_for IN ('', 'engine', 'review')),
    error TEXT NOT NULL DEFAULT '',
    run_id BIGINT NOT NULL DEFAULT 0,
    transcript_id BIGINT UNIQUE,
    audio_key TEXT NOT NULL,
    audio_size BIGINT NOT NULL,
    audio_sha256 TEXT NOT NULL,
    audio_content_type TEXT NOT NULL,
    audio_duration_ms BIGINT NOT NULL,
    created_on BIGINT NOT NULL,
    updated_on BIGINT NOT NULL
);
CREATE INDEX recordings_user ON recordings (user_id, id);
CREATE INDEX recordings_installation ON recordings (installation_id, id);

CREATE TABLE runs (
    id {id},
    recording_id BIGINT NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'completed', 'failed')),
    engine TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT '',
    work_key TEXT NOT NULL DEFAULT '',
    pieces BIGINT NOT NULL DEFAULT 0,
    pieces_left BIGINT NOT NULL DEFAULT 0 CHECK (pieces_left >= 0),
    pieces_queued BIGINT NOT NULL DEFAULT 0 CHECK (pieces_queued >= 0),
    created_on BIGINT NOT NULL,
    started_on BIGINT NOT NULL DEFAULT 0,
    completed_on BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX runs_recording ON runs (recording_id, id);
CREATE INDEX runs_with_work ON runs (user_id, pieces_left) WHERE pieces_queued > 0;

CREATE TABLE pieces (
    id {id},
    run_id BIGINT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    start_byte BIGINT NOT NULL,
    end_byte BIGINT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'done')),
    claimed_by BIGINT NOT NULL DEFAULT 0,
    attempts BIGINT NOT NULL DEFAULT 0,
    segments TEXT NOT NULL DEFAULT '[]',
    UNIQUE (run_id, number)
);
CREATE INDEX pieces_claimed ON pieces (claimed_by) WHERE status = 'running';
CREATE INDEX pieces_queued ON pieces (run_id, number) WHERE status = 'queued';

-- When a user's speech was last worked on: the one served longest ago is next.
CREATE TABLE speech_turns (
    user_id BIGINT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    served_on BIGINT NOT NULL
);

CREATE TABLE revisions (
    id {id},
    recording_id BIGINT NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    run_id BIGINT,
    user_id BIGINT,
    text TEXT NOT NULL,
    segments TEXT NOT NULL,
    created_on BIGINT NOT NULL,
    UNIQUE (recording_id, number)
);
CREATE INDEX revisions_recording ON revisions (recording_id, id);

-- The text of the current revision stands here as well, so that a list reads
-- one row a transcript.
CREATE TABLE transcripts (
    id {id},
    recording_id BIGINT NOT NULL UNIQUE REFERENCES recordings (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    run_id BIGINT NOT NULL REFERENCES runs (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    text TEXT NOT NULL,
    type TEXT NOT NULL,
    disabled BOOLEAN NOT NULL DEFAULT FALSE,
    crm_integration_id BIGINT REFERENCES crm_integrations (id),
    metadata TEXT NOT NULL,
    created_on BIGINT NOT NULL,
    updated_on BIGINT NOT NULL
);
CREATE INDEX transcripts_user ON transcripts (user_id, id);
CREATE INDEX transcripts_run ON transcripts (run_id);

CREATE TABLE events (
    id {id},
    key TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    plugin_id BIGINT NOT NULL REFERENCES plugins (id) ON DELETE CASCADE,
    installation_id BIGINT,
    installation_uuid TEXT NOT NULL DEFAULT '',
    user_id BIGINT,
    transcript_id BIGINT,
    created_on BIGINT NOT NULL
);
CREATE INDEX events_plugin ON events (plugin_id, id);
CREATE INDEX events_transcript ON events (transcript_id) WHERE transcript_id IS NOT NULL;
CREATE INDEX events_installation ON events (installation_id) WHERE installation_id IS NOT NULL;

CREATE TABLE deliveries (
    id {id},
    event_id BIGINT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    webhook_id BIGINT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    status TEXT NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed', 'cancelled')),
    reason TEXT NOT NULL DEFAULT '',
    attempts BIGINT NOT NULL DEFAULT 0,
    next_attempt_on BIGINT NOT NULL DEFAULT 0,
    created_on BIGINT NOT NULL,
    updated_on BIGINT NOT NULL,
    UNIQUE (event_id, webhook_id)
);
CREATE INDEX deliveries_webhook ON deliveries (webhook_id, id);

CREATE TABLE attempts (
    id {id},
    delivery_id BIGINT NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    status_code BIGINT NOT NULL,
    error TEXT NOT NULL,
    duration_us BIGINT NOT NULL,
    request_body TEXT NOT NULL,
    response_body TEXT NOT NULL,
    created_on BIGINT NOT NULL,
    UNIQUE (delivery_id, number)
);

-- Blobs that no row refers to, or not yet: swept away once their time is over.
CREATE TABLE loose_blobs (
    key TEXT PRIMARY KEY,
    sweep_on BIGINT NOT NULL
);
CREATE INDEX loose_blobs_sweep ON loose_blobs (sweep_on);

-- Answers kept for Idempotency-Key. While the first request runs, status is 0
-- and it renews leased_until.
CREATE TABLE kept_answers (
    owner TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    key TEXT NOT NULL,
    token TEXT NOT NULL,
    leased_until BIGINT NOT NULL,
    fingerprint {bytes},
    status BIGINT NOT NULL DEFAULT 0,
    sealed {bytes},
    created_on BIGINT NOT NULL,
    PRIMARY KEY (owner, method, path, key)
);
CREATE INDEX kept_answers_created ON kept_answers (created_on);

CREATE TABLE audit (
    id {id},
    created_on BIGINT NOT NULL,
    actor TEXT NOT NULL,
    actor_id BIGINT NOT NULL,
    address TEXT NOT NULL,
    action TEXT NOT NULL,
    thing TEXT NOT NULL,
    thing_id BIGINT NOT NULL,
    detail TEXT NOT NULL
);
