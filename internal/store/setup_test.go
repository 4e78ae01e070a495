package store_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"talkit"
	"talkit/internal/store"
)

// answer is what a function of the store returned.
type answer[T any] struct {
	value T
	err   error
}

// read keeps what a function of the store returned, to look at it.
func read[T any](value T, err error) answer[T] { return answer[T]{value, err} }

// must returns the value, or ends the test.
func (a answer[T]) must(t *testing.T) T {
	t.Helper()
	if a.err != nil {
		t.Fatal(a.err)
	}
	return a.value
}

// is fails the test unless the value is want.
func (a answer[T]) is(t *testing.T, what string, want T) {
	t.Helper()
	if a.err != nil {
		t.Fatalf("%s: %v", what, a.err)
	}
	same(t, what, a.value, want)
}

// fails fails the test unless the error is of that kind.
func (a answer[T]) fails(t *testing.T, what string, kind talkit.Kind) {
	t.Helper()
	wantKind(t, what, a.err, kind)
}

// same fails the test unless got is want.
func same[T any](t *testing.T, what string, got, want T, options ...cmp.Option) {
	t.Helper()
	if diff := cmp.Diff(want, got, options...); diff != "" {
		t.Errorf("%s: (-want +got)\n%s", what, diff)
	}
}

// sameError takes an error for the one it wraps.
var sameError = cmpopts.EquateErrors()

// wantKind fails the test unless err is of that kind.
func wantKind(t *testing.T, what string, err error, kind talkit.Kind) {
	t.Helper()
	if err == nil || talkit.KindOf(err) != kind {
		t.Errorf("%s: got %v, want an error of kind %s", what, err, kind)
	}
}

// inTx runs f in a transaction and returns what became of it.
func inTx(t *testing.T, db *store.DB, f func(ctx context.Context, tx *store.Tx) error) error {
	return db.InTx(t.Context(), func(tx *store.Tx) error { return f(t.Context(), tx) })
}

// do is inTx for what must not fail.
func do(t *testing.T, db *store.DB, f func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := inTx(t, db, f); err != nil {
		t.Fatal(err)
	}
}

// returning is do for what gives a value.
func returning[T any](t *testing.T, db *store.DB, f func(ctx context.Context, tx *store.Tx) (T, error)) answer[T] {
	t.Helper()
	var a answer[T]
	err := inTx(t, db, func(ctx context.Context, tx *store.Tx) error {
		a = read(f(ctx, tx))
		return a.err
	})
	return answer[T]{a.value, err}
}
