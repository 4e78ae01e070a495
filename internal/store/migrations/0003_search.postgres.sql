-- What a recording is found by: the words of its name and of its current text,
-- folded, each once, and each with the id of its owner before it ("12_budget"),
-- so that nobody's search walks through the words of others. Triggers keep it,
-- so that no code can forget to.
--
-- search_words does what package search does in Go, where search_test.go holds
-- it to that: decomposed, without accents, in lower case, split at the same
-- separators. unaccent is an extension that may be missing, normalize is not.
-- Lower case is that of ICU, whatever the locale of the database; where
-- PostgreSQL was built without it, the database's own, which in the locale C
-- knows A to Z alone.
DO $do$ BEGIN
    IF EXISTS (SELECT FROM pg_collation WHERE collname = 'und-x-icu') THEN
        CREATE FUNCTION search_lower(said TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
            AS $$ SELECT translate(lower(said COLLATE "und-x-icu"), 'ς', 'σ') $$;
    ELSE
        CREATE FUNCTION search_lower(said TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
            AS $$ SELECT translate(lower(said), 'ς', 'σ') $$;
    END IF;
END $do$;

CREATE FUNCTION search_split(said TEXT) RETURNS TABLE (word TEXT, n BIGINT) LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT left(word, 64), n FROM regexp_split_to_table(
        search_lower(regexp_replace(normalize(said, NFD), '[\u0300-\u036f]+', '', 'g')),
            '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7'
            '\u02c2-\u02df\u037e\u0385\u0387\u055a-\u055f\u0589-\u058f\u05be\u05c0\u05c3\u05c6\u05f3-\u060f'
            '\u061b-\u061f\u066a-\u066d\u06d4\u0700-\u070f\u0964-\u0965\u0970\u0e3f\u0e4f\u0e5a-\u0e5b\u0f01-\u0f17'
            '\u104a-\u104f\u10fb\u1360-\u1368\u166d-\u166e\u1680\u16eb-\u16ed\u17d4-\u17db\u1800-\u180a\u1fc1'
            '\u1fed-\u1fef\u1ffd\u2000-\u206f\u207a-\u207e\u208a-\u208e\u20a0-\u20cf\u2190-\u2bff\u2e00-\u2e7f'
            '\u3000-\u3004\u3008-\u3020\u3030\u303d-\u303f\u30a0\u30fb\ue000-\uf8ff\ufd3e-\ufd3f\ufe10-\ufe1f'
            '\ufe30-\ufe6f\ufeff\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\uffe0-\uffff\U0001f000-\U0001faff]+') WITH ORDINALITY AS split (word, n)
    WHERE word <> ''
$$;

-- A tsvector holds a megabyte, and array_to_tsvector does not look whether it
-- is more: no speech has as many words that differ, but a text that somebody
-- made up can. Then its first words have to do.
CREATE FUNCTION search_words(owner BIGINT, kind TEXT, name TEXT, said TEXT) RETURNS TSVECTOR LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_to_tsvector(array_agg(owner || '_' || word)) FROM (
        SELECT '_' || kind AS word, 0 AS size
        UNION ALL
        SELECT word, sum(octet_length(owner || '_' || word)) OVER (ORDER BY first) FROM (
            SELECT word, min(n) AS first FROM search_split(name || ' ' || said) GROUP BY word ORDER BY first LIMIT 20000) AS firsts
    ) AS words WHERE size < 1000000
$$;

CREATE TABLE recording_search (
    rowid BIGINT PRIMARY KEY REFERENCES recordings (id) ON DELETE CASCADE,
    words TSVECTOR NOT NULL
);
-- Without fastupdate a search reads the index alone, no list of what others
-- wrote last.
CREATE INDEX recording_search_words ON recording_search USING GIN (words) WITH (fastupdate = off);

-- The same for what plugins may read: what was released, and is not withdrawn.
CREATE TABLE transcript_search (
    rowid BIGINT PRIMARY KEY REFERENCES transcripts (id) ON DELETE CASCADE,
    words TSVECTOR NOT NULL
);
CREATE INDEX transcript_search_words ON transcript_search USING GIN (words) WITH (fastupdate = off);

-- What a list shows of a text, and whether its transcript is withdrawn, so
-- that it need not read texts, which can be as long as a day.
ALTER TABLE recordings ADD COLUMN opening TEXT NOT NULL DEFAULT '';
ALTER TABLE recordings ADD COLUMN withdrawn BOOLEAN NOT NULL DEFAULT FALSE;

CREATE FUNCTION current_text(recording BIGINT) RETURNS TEXT LANGUAGE sql STABLE AS $$
    SELECT COALESCE((SELECT text FROM revisions WHERE recording_id = recording ORDER BY number DESC LIMIT 1), '')
$$;
CREATE FUNCTION opening_of(said TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE AS $$
    SELECT left(btrim(said, E'\t\n\r '), 300)
$$;

CREATE FUNCTION recordings_added() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO recording_search (rowid, words) VALUES (NEW.id, search_words(NEW.user_id, NEW.type, NEW.name, ''));
    RETURN NULL;
END
$$;
CREATE TRIGGER recordings_added AFTER INSERT ON recordings FOR EACH ROW EXECUTE FUNCTION recordings_added();

CREATE FUNCTION recordings_renamed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE recording_search SET words = search_words(NEW.user_id, NEW.type, NEW.name, current_text(NEW.id)) WHERE rowid = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER recordings_renamed AFTER UPDATE OF name, type ON recordings FOR EACH ROW
    WHEN (NEW.name <> OLD.name OR NEW.type <> OLD.type) EXECUTE FUNCTION recordings_renamed();

CREATE FUNCTION revisions_added() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE recordings SET opening = opening_of(NEW.text) WHERE id = NEW.recording_id;
    UPDATE recording_search s SET words = search_words(r.user_id, r.type, r.name, NEW.text)
        FROM recordings r WHERE r.id = NEW.recording_id AND s.rowid = r.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER revisions_added AFTER INSERT ON revisions FOR EACH ROW EXECUTE FUNCTION revisions_added();

CREATE FUNCTION released_words(t transcripts) RETURNS TSVECTOR LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN t.disabled THEN '' ELSE search_words(t.user_id, t.type, t.name, t.text) END
$$;
CREATE FUNCTION transcripts_written() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO transcript_search (rowid, words) VALUES (NEW.id, released_words(NEW))
        ON CONFLICT (rowid) DO UPDATE SET words = excluded.words;
    UPDATE recordings SET withdrawn = NEW.disabled WHERE id = NEW.recording_id AND withdrawn <> NEW.disabled;
    RETURN NULL;
END
$$;
CREATE TRIGGER transcripts_added AFTER INSERT ON transcripts FOR EACH ROW EXECUTE FUNCTION transcripts_written();
CREATE TRIGGER transcripts_changed AFTER UPDATE OF disabled, type, name, text ON transcripts FOR EACH ROW
    WHEN (NEW.disabled <> OLD.disabled OR NEW.type <> OLD.type OR NEW.name <> OLD.name OR NEW.text <> OLD.text)
    EXECUTE FUNCTION transcripts_written();

-- What was there before.
INSERT INTO recording_search (rowid, words) SELECT id, search_words(user_id, type, name, current_text(id)) FROM recordings;
INSERT INTO transcript_search (rowid, words) SELECT id, released_words(transcripts) FROM transcripts;
UPDATE recordings r SET opening = opening_of(current_text(id)),
    withdrawn = COALESCE((SELECT disabled FROM transcripts WHERE recording_id = r.id), FALSE);

-- The home list: newest first by id, of one type, from one day to another.
CREATE INDEX recordings_type ON recordings (user_id, type, id);
CREATE INDEX recordings_created ON recordings (user_id, created_on);
-- What changed lately, for those who watch.
CREATE INDEX recordings_updated ON recordings (user_id, updated_on, id);
