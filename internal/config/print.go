package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// Setting is one setting as it may be shown.
type Setting struct {
	Name  string `json:"name"`  // TALKIT_…
	Value string `json:"value"` // secrets hidden
}

// Settings are all settings but the file's name, in the order of Config.
func (c *Config) Settings() []Setting {
	var settings []Setting
	fields := reflect.ValueOf(*c)
	for i := range fields.NumField() {
		name := fields.Type().Field(i).Tag.Get("env")
		if name != fileSetting {
			settings = append(settings, Setting{name, fmt.Sprint(fields.Field(i).Interface())})
		}
	}
	return settings
}

// String writes the settings as a settings file has them, with secrets hidden.
func (c *Config) String() string {
	var lines strings.Builder
	for _, setting := range c.Settings() {
		value := setting.Value
		if strings.ContainsAny(value, "\"'#\\") || strings.TrimSpace(value) != value {
			value = strconv.Quote(value)
		}
		fmt.Fprintf(&lines, "%s=%s\n", setting.Name, value)
	}
	return lines.String()
}

// settingNames are the names of all settings, from the tags of Config.
var settingNames = sync.OnceValue(func() []string {
	var names []string
	for field := range reflect.TypeFor[Config]().Fields() {
		names = append(names, field.Tag.Get("env"))
	}
	return names
})
