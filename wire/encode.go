package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Encode writes v as JSON exactly as JavaScript would: for every body b that
// it returns, JSON.stringify(JSON.parse(b)) is b again, byte for byte.
// Receivers of webhooks compute X-Connect-It-Token that way.
//
// It refuses what cannot keep that promise: invalid UTF-8, infinities and NaN,
// numbers that a float64 does not hold, and keys that look like integers,
// which JavaScript puts first. -0 becomes 0. Objects that name a key twice are
// not looked for: only a RawMessage or a MarshalJSON can make them.
func Encode(v any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, fmt.Errorf("wire: encode: %w", err)
	}
	body, err := stringified(bytes.TrimSuffix(buffer.Bytes(), []byte("\n")))
	if err != nil {
		return nil, fmt.Errorf("wire: encode: %w", err)
	}
	return body, nil
}

var (
	errUTF8   = errors.New("a text is not valid UTF-8")
	errEscape = errors.New("a text is escaped in a way of its own")
	errNumber = errors.New("a number is not one that JavaScript holds")
	errKey    = errors.New("a key looks like an integer")
)

// stringified turns the JSON of encoding/json into that of JSON.stringify. It
// works in place: what it writes is never longer than what it read.
func stringified(text []byte) ([]byte, error) {
	if !utf8.Valid(text) {
		return nil, errUTF8
	}
	out := text[:0]
	for len(text) > 0 {
		read, err := 1, error(nil)
		switch c := text[0]; {
		case c == '"':
			out, read, err = appendString(out, text)
		case c == '-' || isDigit(c):
			out, read, err = appendNumber(out, text)
		default:
			out = append(out, c)
		}
		if err != nil {
			return nil, err
		}
		text = text[read:]
	}
	return out, nil
}

// appendString appends the string that text begins with, and says how many
// bytes of text it took. It steps over each escape as a whole, so that a
// literal \\u2028 stays what it is.
func appendString(out, text []byte) ([]byte, int, error) {
	start := len(out)
	out = append(out, '"')
	for i := 1; ; {
		plain := bytes.IndexAny(text[i:], `"\`)
		out = append(out, text[i:i+plain]...)
		i += plain
		if text[i] == '"' {
			out, i = append(out, '"'), i+1
			if i < len(text) && text[i] == ':' && looksLikeInteger(out[start+1:len(out)-1]) {
				return nil, 0, errKey
			}
			return out, i, nil
		}
		char, length, err := unescape(text[i:])
		if err != nil {
			return nil, 0, err
		}
		out, i = append(out, char...), i+length
	}
}

// unescape gives JavaScript's spelling of the escape that text begins with,
// and the escape's length.
func unescape(text []byte) (spelling []byte, length int, err error) {
	if text[1] != 'u' {
		if text[1] == '/' {
			return nil, 0, errEscape
		}
		return text[:2], 2, nil
	}
	switch code := string(text[2:6]); {
	case code == "2028":
		return []byte("\u2028"), 6, nil
	case code == "2029":
		return []byte("\u2029"), 6, nil
	case code == "fffd": // encoding/json escapes U+FFFD only where it stands for invalid UTF-8
		return nil, 0, errUTF8
	case !isControl(code):
		return nil, 0, errEscape
	}
	return text[:6], 6, nil
}

// isControl tells whether code is that of a control character that has no
// short escape, in lower case.
func isControl(code string) bool {
	switch code {
	case "0008", "0009", "000a", "000c", "000d":
		return false
	}
	last := code[3]
	return (code[:3] == "000" || code[:3] == "001") && (isDigit(last) || 'a' <= last && last <= 'f')
}

// appendNumber appends the number that text begins with, and says how many
// bytes of text it took.
func appendNumber(out, text []byte) ([]byte, int, error) {
	end := 1
	for end < len(text) && bytes.IndexByte([]byte("0123456789.eE+-"), text[end]) >= 0 {
		end++
	}
	token := text[:end]
	if len(token) <= 15 && isDigit(token[0]) && looksLikeInteger(token) {
		return append(out, token...), end, nil
	}
	value, err := strconv.ParseFloat(string(token), 64)
	if err != nil {
		return nil, 0, errNumber
	}
	if value == 0 {
		value = 0 // JSON.stringify(-0) is "0"
	}
	same, err := json.Marshal(value)
	if err != nil || (value != 0 && !bytes.Equal(same, token)) {
		return nil, 0, errNumber
	}
	return append(out, same...), end, nil
}

func looksLikeInteger(text []byte) bool {
	for _, c := range text {
		if !isDigit(c) {
			return false
		}
	}
	return len(text) > 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
