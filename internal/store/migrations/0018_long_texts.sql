-- The timed words of a long text, but for its beginning, which stands with the
-- revision: so many parts of it, each small enough to be held twice.
ALTER TABLE revisions ADD COLUMN parts BIGINT NOT NULL DEFAULT 0;
CREATE TABLE revision_parts (
    revision_id BIGINT NOT NULL REFERENCES revisions (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    segments TEXT NOT NULL,
    PRIMARY KEY (revision_id, number)
);
