package api

import (
	"talkit"

	"github.com/danielgtaylor/huma/v2"
)

// PageOf are the parameters of a list.
type PageOf struct {
	Limit   int   `query:"limit" json:"-"`
	AfterID int64 `query:"after_id" json:"-"`
	given   bool
}

const (
	defaultLimit = 20
	maxLimit     = 100
)

// Resolve tells a limit of 0 from none, and refuses one out of range.
func (p *PageOf) Resolve(ctx huma.Context) []error {
	p.given = ctx.Query("limit") != ""
	if p.given && (p.Limit < 1 || p.Limit > maxLimit) {
		return []error{talkit.InvalidField("query.limit", "must be 1 to %d", maxLimit)}
	}
	return nil
}

func (p PageOf) page() talkit.Page {
	if !p.given {
		return talkit.Page{Limit: defaultLimit, AfterID: p.AfterID}
	}
	return talkit.Page{Limit: p.Limit, AfterID: p.AfterID}
}

// described gives the list parameters of an operation their words.
func described(op huma.Operation, limit, afterID string) huma.Operation {
	op.Parameters = append(op.Parameters,
		&huma.Param{Name: "limit", In: "query", Description: limit, Schema: &huma.Schema{Type: "integer"}},
		&huma.Param{Name: "after_id", In: "query", Description: afterID, Schema: &huma.Schema{Type: "integer"}})
	return op
}

// out is an answer of one JSON body.
type out[T any] struct{ Body T }

func answer[T any](body T, err error) (*out[T], error) {
	if err != nil {
		return nil, err
	}
	return &out[T]{body}, nil
}

// empty is a 204.
type empty struct{}

func done(err error) (*empty, error) {
	if err != nil {
		return nil, err
	}
	return &empty{}, nil
}
