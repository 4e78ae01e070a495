package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// object is a JSON object whose values are still to be read. Unlike what
// encoding/json makes of a struct or a map, it has no member twice, and tells
// names apart by case: two readers of one token must not see different things.
type object map[string]json.RawMessage

// decodeObject reads one JSON object out of a token's segment.
func decodeObject(segment string) (object, error) {
	data, err := decodeSegment(segment)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(data) || !json.Valid(data) { // trailing data is not valid either
		return nil, errors.New("not JSON")
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	if first, err := decoder.Token(); err != nil || first != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	members := object{}
	for decoder.More() {
		if err := members.readMember(decoder); err != nil {
			return nil, err
		}
	}
	return members, nil
}

func (o object) readMember(decoder *json.Decoder) error {
	token, err := decoder.Token()
	if err != nil {
		return errors.New("not JSON")
	}
	name, _ := token.(string) // in valid JSON a name is always a string
	var value json.RawMessage
	if err := decoder.Decode(&value); err != nil {
		return errors.New("not JSON")
	}
	if _, ok := o[name]; ok {
		return errors.New("a member is there twice")
	}
	o[name] = value
	return nil
}

// text reads a member that must be a string.
func (o object) text(name string) (string, error) {
	raw, ok := o[name]
	if !ok || raw[0] != '"' {
		return "", fmt.Errorf("%s is missing or no string", name)
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err
}

// seconds reads a member that must be a JSON number between 0 and
// maxTokenTime: a NumericDate of RFC 7519, whose fractions count. What is
// larger than a float64 can be fails to parse.
func (o object) seconds(name string) (float64, error) {
	raw, ok := o[name]
	if !ok || (raw[0] != '-' && (raw[0] < '0' || raw[0] > '9')) {
		return 0, fmt.Errorf("%s is missing or no number", name)
	}
	n, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || n < 0 || n > maxTokenTime {
		return 0, fmt.Errorf("%s is not between 0 and %g", name, maxTokenTime)
	}
	return n, nil
}
