-- How a person speaks: their language ("" to detect it), whether they dictate
-- punctuation, whether engines get their words as hints, and below which
-- confidence, in percent, a text waits for them.
ALTER TABLE users ADD COLUMN language TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN dictated BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE users ADD COLUMN hints BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE users ADD COLUMN review_below BIGINT NOT NULL DEFAULT 0;

-- A person's own words, and what is written in place of what is heard: JSON arrays.
CREATE TABLE vocabularies (
    user_id BIGINT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    words TEXT NOT NULL,
    replacements TEXT NOT NULL,
    updated_on BIGINT NOT NULL
);
