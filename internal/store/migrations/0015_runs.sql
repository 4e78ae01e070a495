-- With which model a run is made ('' for the server's own), whether its person's
-- words are given to the engine as hints (NULL: as their settings say), and why
-- it failed.
ALTER TABLE runs ADD COLUMN model TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN hints BOOLEAN;
ALTER TABLE runs ADD COLUMN error TEXT NOT NULL DEFAULT '';

-- How many channels the decoded sound has, and whether each holds a speaker of
-- its own. A piece is of one channel, 1 or 2, or of all of them mixed: 0.
ALTER TABLE runs ADD COLUMN work_channels BIGINT NOT NULL DEFAULT 1;
ALTER TABLE runs ADD COLUMN channels_apart BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE pieces ADD COLUMN channel BIGINT NOT NULL DEFAULT 0;

-- A piece that no try gave a text is left out.
ALTER TABLE pieces ADD COLUMN left_out BOOLEAN NOT NULL DEFAULT FALSE;

-- How fast a run goes: seconds that lately went by between the ends of so many
-- pieces, the later ones weighing more, and when the last one ended.
ALTER TABLE runs ADD COLUMN pace_seconds DOUBLE PRECISION NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN pace_pieces DOUBLE PRECISION NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN paced_on BIGINT NOT NULL DEFAULT 0;

-- The run that turns a recording into text again, while the text that it has
-- stays: under way, or failed. 0 for none.
ALTER TABLE recordings ADD COLUMN again_id BIGINT NOT NULL DEFAULT 0;
