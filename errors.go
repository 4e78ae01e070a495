package talkit

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what went wrong in a way callers can tell apart. Doors turn it
// into a status of their own: the API into an RFC 9457 problem, the command
// line into an exit code.
type Kind string

const (
	Malformed       Kind = "malformed"       // the request cannot be read at all
	Invalid         Kind = "invalid"         // it can be read, but a value is not acceptable
	Unauthenticated Kind = "unauthenticated" // no, unknown or unfit credential
	Forbidden       Kind = "forbidden"       // the credential lacks a permission, which the message names
	NotFound        Kind = "not_found"       // it does not exist, or is not the caller's
	TooMany         Kind = "too_many"        // tried too often; RetryAfter says when again
	Conflict        Kind = "conflict"        // the thing is not in a state for that
	Locked          Kind = "locked"          // someone else is at it; try again in a moment
	TooLarge        Kind = "too_large"       // more bytes or seconds than a limit allows
	Unsupported     Kind = "unsupported"     // a media type we do not take
	StorageFull     Kind = "storage_full"    // there is no room left to keep it
	Unavailable     Kind = "unavailable"     // something we depend on is away; try again
	Internal        Kind = "internal"        // a fault of ours; details are logged, never shown
)

// Error is the one kind of error that carries words for people. Its cause is
// for the log alone.
type Error struct {
	Kind       Kind
	Message    string        // a sentence: what is wrong, and what to do about it
	Fields     []FieldError  // which values were not acceptable
	RetryAfter time.Duration // with Unavailable and TooMany: when trying again makes sense
	cause      error
}

// FieldError names one unacceptable value, never repeating it: it can hold secrets.
type FieldError struct {
	Location string // "body.name", "query.limit"
	Message  string
}

func (e *Error) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("%s (%s): %v", e.Message, e.Kind, e.cause)
	}
	return fmt.Sprintf("%s (%s)", e.Message, e.Kind)
}

func (e *Error) Unwrap() error { return e.cause }

// Because attaches the private cause.
func (e *Error) Because(cause error) *Error {
	e.cause = cause
	return e
}

// Errorf makes an Error; the words are shown to people.
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// InvalidField is an Invalid error about one value.
func InvalidField(location, format string, args ...any) *Error {
	message := fmt.Sprintf(format, args...)
	return &Error{Kind: Invalid, Message: "A value is not acceptable: " + location + " " + message + ".",
		Fields: []FieldError{{location, message}}}
}

// Missing is the answer for what does not exist and for what is not the
// caller's alike.
func Missing(thing string) *Error {
	return Errorf(NotFound, "There is no such %s, or it is not yours.", thing)
}

// KindOf returns the kind of err, Internal for errors that carry none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// IsNotFound tells whether err says that something does not exist.
func IsNotFound(err error) bool { return KindOf(err) == NotFound }
