package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"talkit"
)

// checkBody refuses what Go's decoder would let through changed: text that is
// not valid Unicode. It also refuses compressed bodies, whose size lies.
func (a *API) checkBody(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	if err := checkEncoding(r); err != nil {
		p := problem(r.Context(), err)
		note(r.Context(), p)
		p.write(w)
		return
	}
	body := ctx.Operation().RequestBody
	if body == nil || body.Content["application/json"] == nil || r.Body == nil {
		next(ctx)
		return
	}
	content, err := readWhole(w, r, ctx.Operation().MaxBodyBytes)
	if err == nil {
		err = checkUnicode(content)
	}
	if err != nil {
		p := problem(r.Context(), readError(err))
		note(r.Context(), p)
		p.write(w)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(content))
	next(ctx)
}

// readWhole reads a body that is not a stream, in bounded space and time. The
// deadline must not outlive the body: net/http would take it for the client's end.
func readWhole(w http.ResponseWriter, r *http.Request, most int64) ([]byte, error) {
	deadline := http.NewResponseController(w)
	deadline.SetReadDeadline(time.Now().Add(bodyTime))
	defer deadline.SetReadDeadline(time.Time{})
	return io.ReadAll(http.MaxBytesReader(w, r.Body, most))
}

func checkEncoding(r *http.Request) error {
	encoding := r.Header.Get("Content-Encoding")
	if encoding == "" || strings.EqualFold(encoding, "identity") {
		return nil
	}
	return talkit.Errorf(talkit.Unsupported, "Request bodies must not be compressed. Send them without Content-Encoding.")
}

// readError says what became of a body that did not come whole.
func readError(err error) error {
	if _, ok := errors.AsType[*talkit.Error](err); ok {
		return err
	}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return talkit.Errorf(talkit.TooLarge, "The body has more than the %d bytes that this operation takes.", tooLarge.Limit).Because(err)
	}
	if errors.Is(err, context.Canceled) { // by the stop: a client that is gone reads no answer
		e := talkit.Errorf(talkit.Unavailable, "The server is being stopped. Send it again in a moment.").Because(err)
		e.RetryAfter = 5 * time.Second
		return e
	}
	return talkit.Errorf(talkit.Malformed, "The body did not come whole. Send it again.").Because(err)
}

// checkUnicode refuses JSON with invalid UTF-8, lone surrogates or U+0000.
func checkUnicode(body []byte) error {
	if !utf8.Valid(body) {
		return talkit.InvalidField("body", "must be valid UTF-8")
	}
	for i := 0; i+1 < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		i++ // the escaped character
		if body[i] != 'u' {
			continue
		}
		unit := hexUnit(body[i+1:])
		switch {
		case unit == 0:
			return talkit.InvalidField("body", "must not contain U+0000")
		case unit < 0 || !utf16.IsSurrogate(rune(unit)):
		case len(body) > i+6 && body[i+5] == '\\' && body[i+6] == 'u' && utf16.DecodeRune(rune(unit), rune(hexUnit(body[i+7:]))) != utf8.RuneError:
			i += 10 // a pair
		default:
			return talkit.InvalidField("body", "must be valid Unicode: a surrogate stands alone")
		}
	}
	return nil
}

// hexUnit reads four hexadecimal digits, -1 where they are not there.
func hexUnit(b []byte) int {
	if len(b) < 4 {
		return -1
	}
	value := 0
	for _, c := range b[:4] {
		digit := strings.IndexByte("0123456789abcdef", c|0x20)
		if digit < 0 {
			return -1
		}
		value = value<<4 | digit
	}
	return value
}

// nullable is a JSON value that can be absent, null, or there.
type nullable[T any] struct {
	Set   bool
	Value *T
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *nullable[T]) UnmarshalJSON(b []byte) error {
	n.Set = true
	return json.Unmarshal(b, &n.Value)
}

// MarshalJSON implements json.Marshaler.
func (n nullable[T]) MarshalJSON() ([]byte, error) { return json.Marshal(n.Value) }

// Schema implements huma.SchemaProvider.
func (n nullable[T]) Schema(r huma.Registry) *huma.Schema {
	schema := *huma.SchemaFromType(r, reflect.TypeFor[T]())
	schema.Nullable = true
	return &schema
}
