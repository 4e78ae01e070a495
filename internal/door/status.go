package door

import (
	"net/http"

	"talkit"
)

// statuses are how HTTP says what went wrong.
var statuses = map[talkit.Kind]int{
	talkit.Malformed:       http.StatusBadRequest,
	talkit.Invalid:         http.StatusUnprocessableEntity,
	talkit.Unauthenticated: http.StatusUnauthorized,
	talkit.Forbidden:       http.StatusForbidden,
	talkit.NotFound:        http.StatusNotFound,
	talkit.TooMany:         http.StatusTooManyRequests,
	talkit.Conflict:        http.StatusConflict,
	talkit.Locked:          http.StatusLocked,
	talkit.TooLarge:        http.StatusRequestEntityTooLarge,
	talkit.Unsupported:     http.StatusUnsupportedMediaType,
	talkit.StorageFull:     http.StatusInsufficientStorage,
	talkit.Unavailable:     http.StatusServiceUnavailable,
}

// StatusOf is the HTTP status for a kind of error, 500 for one that HTTP has
// no word for.
func StatusOf(kind talkit.Kind) int {
	if status, ok := statuses[kind]; ok {
		return status
	}
	return http.StatusInternalServerError
}
