// Package wire holds the JSON of the API: one struct an object, built by one
// function from the noun it shows. Answers, webhook bodies, export.json and
// the client use the same.
package wire

import (
	"fmt"
	"maps"

	"talkit"
)

// Maker builds the objects. URL is the public address of the server, without
// a slash at its end; links are made from it.
type Maker struct{ URL string }

// List is a part of a list in ascending order of id.
type List[T any] struct {
	HasMore    bool  `json:"has_more" doc:"Whether the list goes on after this page"`
	TotalCount int64 `json:"total_count" doc:"How many the whole list gives, wherever this page begins"`
	Data       []T   `json:"data" nullable:"false" doc:"The page, in ascending order of id"`
}

// ListOf shows each item of a list.
func ListOf[T, U any](list talkit.List[T], show func(T) U) List[U] {
	shown := talkit.MapList(list, show)
	return List[U]{HasMore: shown.HasMore, TotalCount: shown.Total, Data: shown.Items}
}

// optional shows zero as null.
func optional[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func optionalTime(t talkit.Time) *string {
	if t == 0 {
		return nil
	}
	s := t.String()
	return &s
}

// pairs is never nil, so that it shows as an object.
func pairs[M ~map[string]string](m M) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return maps.Clone(map[string]string(m))
}

// logo is the address of a picture that we serve, "" where there is none.
func (m Maker) logo(key string) string {
	if key == "" {
		return ""
	}
	return fmt.Sprintf("%s/logos/%s", m.URL, key)
}
