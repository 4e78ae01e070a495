-- The directory of plugins, in the order of their names.
CREATE INDEX plugins_listed ON plugins (LOWER(name), id) WHERE published AND NOT unlisted AND NOT disabled;
