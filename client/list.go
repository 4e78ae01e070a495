package client

import (
	"iter"
	"net/url"
	"strconv"

	"talkit/wire"
)

// Page asks for a part of a list, which is in ascending order of id.
type Page struct {
	Limit   int    // 1 to 100; 0 leaves it to the server
	AfterID string // the last id already seen; "" begins at the start
}

func (p Page) query() url.Values {
	query := url.Values{}
	if p.Limit != 0 {
		query.Set("limit", strconv.Itoa(p.Limit))
	}
	if p.AfterID != "" {
		query.Set("after_id", p.AfterID)
	}
	return query
}

// all follows a list to its end, page by page. An error comes once, as the
// last thing.
func all[T any](afterID string, fetch func(Page) (wire.List[T], error), id func(T) string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		page := Page{Limit: 100, AfterID: afterID}
		for {
			list, err := fetch(page)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range list.Data {
				page.AfterID = id(item)
				if !yield(item, nil) {
					return
				}
			}
			if !list.HasMore || len(list.Data) == 0 {
				return
			}
		}
	}
}
