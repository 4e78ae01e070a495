-- How long a person's audio is kept: -1 for ever, 0 until it is transcribed,
-- else so many days.
ALTER TABLE users ADD COLUMN audio_days BIGINT NOT NULL DEFAULT -1;

-- An operator took the plugin off the directory; its developer cannot undo it.
ALTER TABLE plugins ADD COLUMN unlisted BOOLEAN NOT NULL DEFAULT FALSE;

-- When an installation was last used, and what for, in a word.
ALTER TABLE installations ADD COLUMN used_on BIGINT NOT NULL DEFAULT 0;
ALTER TABLE installations ADD COLUMN used_for TEXT NOT NULL DEFAULT '';

-- A browser in which a person is signed in. The cookie's value is kept as a hash.
CREATE TABLE sessions (
    id {id},
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash {bytes} NOT NULL UNIQUE,
    address TEXT NOT NULL,
    agent TEXT NOT NULL,
    created_on BIGINT NOT NULL,
    seen_on BIGINT NOT NULL,
    expires_on BIGINT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id, id);
CREATE INDEX sessions_expire ON sessions (expires_on);

-- Links that work once, kept as hashes. Without a user it sets the server up.
CREATE TABLE links (
    id {id},
    user_id BIGINT REFERENCES users (id) ON DELETE CASCADE,
    hash {bytes} NOT NULL UNIQUE,
    created_on BIGINT NOT NULL,
    expires_on BIGINT NOT NULL
);
CREATE INDEX links_user ON links (user_id);
CREATE INDEX links_expire ON links (expires_on);

-- Wrong passwords in a row, by a hash of who was tried from where.
CREATE TABLE sign_in_failures (
    who {bytes} PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_on BIGINT NOT NULL
);
CREATE INDEX sign_in_failures_last ON sign_in_failures (last_on);
