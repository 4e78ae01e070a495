package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
)

// cursors remember, in a file, the last id seen of each installation. One
// goroutine uses them.
type cursors struct {
	path string
	ids  map[string]string // by the installation's UUID
}

// openCursors reads the file, if it is there, and adds installations to it.
func openCursors(path string, installations []string) (*cursors, error) {
	c := &cursors{path, map[string]string{}}
	content, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(content, &c.ids)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, uuid := range installations {
		if _, known := c.ids[uuid]; !known {
			c.ids[uuid] = ""
		}
	}
	return c, nil
}

func (c *cursors) installations() []string { return slices.Sorted(maps.Keys(c.ids)) }

// last is "" for an installation of which nothing was seen.
func (c *cursors) last(uuid string) string { return c.ids[uuid] }

// keep writes beside the file and renames, so that a crash leaves the old one.
func (c *cursors) keep(uuid, id string) error {
	c.ids[uuid] = id
	content, err := json.Marshal(c.ids)
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.path+".new", content, 0o600); err != nil {
		return err
	}
	return os.Rename(c.path+".new", c.path)
}
