package talkit

import (
	"maps"
	"slices"
)

// Beyond is what of p exceeds what was granted.
func (p Permissions) Beyond(granted Permissions) Permissions {
	beyond := Permissions{}
	for resource, level := range p {
		if !granted.Allows(resource, level) {
			beyond[resource] = level
		}
	}
	return beyond
}

// Asked are the permissions in p that permit something, each as "resource=level",
// in alphabetical order.
func (p Permissions) Asked() []string {
	var words []string
	for _, resource := range slices.Sorted(maps.Keys(p)) {
		if level := p[resource]; level != AccessNone {
			words = append(words, resource+"="+level)
		}
	}
	return words
}
