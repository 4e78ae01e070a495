-- What a recording is found by: the words of its name and of its current text,
-- folded, each once, and each with the id of its owner before it ("12_budget"),
-- so that nobody's search walks through the words of others. search_words is
-- ours: see store/search.go. A deleted word leaves the index at once
-- (secure-delete); triggers keep it, so that no code can forget to.
CREATE VIRTUAL TABLE recording_search USING fts5 (words, tokenize = "ascii tokenchars '_'", detail = none, columnsize = 0);
INSERT INTO recording_search (recording_search, rank) VALUES ('secure-delete', 1);

-- The same for what plugins may read: what was released, and is not withdrawn.
CREATE VIRTUAL TABLE transcript_search USING fts5 (words, tokenize = "ascii tokenchars '_'", detail = none, columnsize = 0);
INSERT INTO transcript_search (transcript_search, rank) VALUES ('secure-delete', 1);

-- What a list shows of a text, and whether its transcript is withdrawn, so
-- that it need not read texts, which can be as long as a day.
ALTER TABLE recordings ADD COLUMN opening TEXT NOT NULL DEFAULT '';
ALTER TABLE recordings ADD COLUMN withdrawn BOOLEAN NOT NULL DEFAULT FALSE;

CREATE TRIGGER recordings_added AFTER INSERT ON recordings BEGIN
    INSERT INTO recording_search (rowid, words) VALUES (NEW.id, search_words(NEW.user_id, NEW.type, NEW.name, ''));
END;
CREATE TRIGGER recordings_renamed AFTER UPDATE OF name, type ON recordings WHEN NEW.name <> OLD.name OR NEW.type <> OLD.type BEGIN
    UPDATE recording_search SET words = search_words(NEW.user_id, NEW.type, NEW.name,
        COALESCE((SELECT text FROM revisions WHERE recording_id = NEW.id ORDER BY number DESC LIMIT 1), '')) WHERE rowid = NEW.id;
END;
CREATE TRIGGER recordings_deleted AFTER DELETE ON recordings BEGIN
    DELETE FROM recording_search WHERE rowid = OLD.id;
END;
CREATE TRIGGER revisions_added AFTER INSERT ON revisions BEGIN
    UPDATE recordings SET opening = substr(trim(NEW.text, char(9, 10, 13, 32)), 1, 300) WHERE id = NEW.recording_id;
    UPDATE recording_search SET words = (SELECT search_words(r.user_id, r.type, r.name, NEW.text) FROM recordings r WHERE r.id = NEW.recording_id)
        WHERE rowid = NEW.recording_id;
END;

CREATE TRIGGER transcripts_added AFTER INSERT ON transcripts BEGIN
    INSERT INTO transcript_search (rowid, words) VALUES (NEW.id, iif(NEW.disabled, '', search_words(NEW.user_id, NEW.type, NEW.name, NEW.text)));
    UPDATE recordings SET withdrawn = NEW.disabled WHERE id = NEW.recording_id AND withdrawn <> NEW.disabled;
END;
CREATE TRIGGER transcripts_changed AFTER UPDATE OF disabled, type, name, text ON transcripts
WHEN NEW.disabled <> OLD.disabled OR NEW.type <> OLD.type OR NEW.name <> OLD.name OR NEW.text <> OLD.text BEGIN
    UPDATE transcript_search SET words = iif(NEW.disabled, '', search_words(NEW.user_id, NEW.type, NEW.name, NEW.text)) WHERE rowid = NEW.id;
    UPDATE recordings SET withdrawn = NEW.disabled WHERE id = NEW.recording_id AND withdrawn <> NEW.disabled;
END;
CREATE TRIGGER transcripts_deleted AFTER DELETE ON transcripts BEGIN
    DELETE FROM transcript_search WHERE rowid = OLD.id;
END;

-- What was there before.
INSERT INTO recording_search (rowid, words) SELECT r.id, search_words(r.user_id, r.type, r.name,
    COALESCE((SELECT text FROM revisions WHERE recording_id = r.id ORDER BY number DESC LIMIT 1), '')) FROM recordings r;
INSERT INTO transcript_search (rowid, words) SELECT id, iif(disabled, '', search_words(user_id, type, name, text)) FROM transcripts;
UPDATE recordings SET
    opening = COALESCE((SELECT substr(trim(text, char(9, 10, 13, 32)), 1, 300) FROM revisions
        WHERE recording_id = recordings.id ORDER BY number DESC LIMIT 1), ''),
    withdrawn = COALESCE((SELECT disabled FROM transcripts WHERE recording_id = recordings.id), FALSE);

-- The home list: newest first by id, of one type, from one day to another.
CREATE INDEX recordings_type ON recordings (user_id, type, id);
CREATE INDEX recordings_created ON recordings (user_id, created_on);
-- What changed lately, for those who watch.
CREATE INDEX recordings_updated ON recordings (user_id, updated_on);
