package store

import "strings"

// likeAnywhere is a LIKE pattern, escaped by '!', for what holds a text.
func likeAnywhere(text string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(strings.ToLower(text)) + "%"
}
