package talkit

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Segments of ten hours are some 8 MiB, and as much again as JSON. So both ways
// between the two go a segment at a time, and hold nothing twice.

// wordRoom is about how long a word is as JSON.
const wordRoom = 84

// Value implements driver.Valuer.
func (s Segments) Value() (driver.Value, error) {
	var text strings.Builder
	room := 2
	for _, segment := range s {
		room += wordRoom + len(segment.Text) + len(segment.Words)*wordRoom
	}
	text.Grow(room)
	text.WriteByte('[')
	for i, segment := range s {
		if i > 0 {
			text.WriteByte(',')
		}
		one, err := json.Marshal(segment)
		if err != nil {
			return nil, err
		}
		text.Write(one)
	}
	text.WriteByte(']')
	return text.String(), nil
}

// Scan implements sql.Scanner.
func (s *Segments) Scan(src any) error {
	var text io.Reader
	switch src := src.(type) {
	case string:
		text = strings.NewReader(src)
	case []byte:
		text = bytes.NewReader(src)
	default:
		return fmt.Errorf("talkit: cannot read %T as JSON", src)
	}
	fresh, err := readSegments(json.NewDecoder(text))
	if err != nil {
		return err
	}
	*s = fresh
	return nil
}

func readSegments(text *json.Decoder) (Segments, error) {
	all := Segments{}
	begin, err := text.Token()
	switch {
	case err != nil:
		return nil, err
	case begin == nil: // null
		return nil, nil
	case begin != json.Delim('['):
		return nil, fmt.Errorf("talkit: segments begin with %v", begin)
	}
	var words []Word // of the segment at hand; it is too large for most
	for text.More() {
		clear(words[:cap(words)]) // a word that lacks something must not get it of another
		one := Segment{Words: words[:0]}
		if err := text.Decode(&one); err != nil {
			return nil, err
		}
		words, one.Words = one.Words, slices.Clone(one.Words)
		all = append(all, one)
	}
	_, err = text.Token()
	return all, err
}
