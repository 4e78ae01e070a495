package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"talkit/internal/config"
)

type configCmd struct {
	config.Config `group:"Settings"`
	JSON          bool `name:"json" help:"Print JSON."`
}

// Run prints the settings in force.
func (s *configCmd) Run(c *command) error {
	if err := s.Complete(); err != nil {
		return err
	}
	if !s.JSON {
		fmt.Fprint(c.out, s.Config.String())
		return nil
	}
	settings := map[string]string{}
	for _, setting := range s.Settings() {
		settings[setting.Name] = setting.Value
	}
	return c.printJSON(settings)
}

type versionCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// version is set when a release is built.
var version = "1.0.0"

// Run prints version, revision and Go.
func (v *versionCmd) Run(c *command) error {
	revision := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				revision = setting.Value
			}
		}
	}
	if v.JSON {
		return c.printJSON(map[string]string{"version": version, "revision": revision, "go": runtime.Version()})
	}
	fmt.Fprintf(c.out, "talkit %s (%s, %s)\n", version, revision, runtime.Version())
	return nil
}
