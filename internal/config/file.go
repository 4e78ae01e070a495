package config

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"
)

// Options make kong fill a Config from the file it names, and take an empty
// environment variable for one that is not set, as compose files write them.
func Options() []kong.Option {
	return []kong.Option{kong.Resolvers(&resolver{})}
}

// resolver finds values for flags that are not on the command line. kong has
// read the environment by then, and a resolver goes before that, so it must
// leave alone what the environment has.
type resolver struct {
	path   string
	values map[string]string
	err    error // reading the file
}

// Validate implements kong.Resolver. The file's fault is told here: from
// Resolve it would look like that of a single flag.
func (r *resolver) Validate(*kong.Application) error { return r.err }

// Resolve implements kong.Resolver.
func (r *resolver) Resolve(ctx *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if len(flag.Envs) == 0 || !slices.Contains(settingNames(), flag.Envs[0]) || flag.Envs[0] == fileSetting {
		return nil, nil
	}
	name := flag.Envs[0]
	value, set := os.LookupEnv(name)
	if value != "" {
		return nil, nil
	}
	r.load(fileOf(ctx))
	if value, ok := r.values[name]; ok {
		return value, nil
	}
	if set {
		return flag.Default, nil
	}
	return nil, nil
}

const fileSetting = "TALKIT_CONFIG"

// fileOf is the file that the command line or the environment names.
func fileOf(ctx *kong.Context) string {
	for _, flag := range ctx.Flags() {
		if slices.Contains(flag.Envs, fileSetting) {
			if path, ok := ctx.FlagValue(flag).(string); ok {
				return path
			}
		}
	}
	return ""
}

func (r *resolver) load(path string) {
	if path == r.path {
		return
	}
	*r = resolver{path: path}
	content, err := os.ReadFile(path)
	if err != nil {
		r.err = fmt.Errorf("the settings file cannot be read: %w", err)
	} else if r.values, err = parseFile(string(content)); err != nil {
		r.err = fmt.Errorf("%s, %w", path, err)
	}
}

// parseFile reads lines NAME=value. A value may stand in single quotes, as it
// is, or in double quotes, with Go's escapes. A # begins a comment at the start
// of a line alone: passwords have them too. Errors name lines and repeat no
// values.
func parseFile(content string) (map[string]string, error) {
	values := map[string]string{}
	number := 0
	for line := range strings.SplitSeq(strings.TrimPrefix(content, "\ufeff"), "\n") {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		name = strings.TrimSpace(name)
		_, twice := values[name]
		switch {
		case !ok:
			return nil, fmt.Errorf("line %d: write NAME=value, or # before a comment", number)
		case name == fileSetting || !slices.Contains(settingNames(), name):
			return nil, fmt.Errorf("line %d: there is no setting %q; \"talkit config\" lists them", number, name)
		case twice:
			return nil, fmt.Errorf("line %d: %s is there twice", number, name)
		}
		if values[name], ok = unquote(strings.TrimSpace(value)); !ok {
			return nil, fmt.Errorf("line %d: the quotes of %s do not match", number, name)
		}
	}
	return values, nil
}

func unquote(value string) (string, bool) {
	switch {
	case value == "" || (value[0] != '"' && value[0] != '\''):
		return value, true
	case value[0] == '"':
		unquoted, err := strconv.Unquote(value)
		return unquoted, err == nil
	}
	inner, ok := strings.CutSuffix(value[1:], "'")
	return inner, ok && !strings.Contains(inner, "'")
}
