package wire

import (
	"bytes"
	"encoding/json"
	"io"
)

// Stream is an answer that can be so long that it is written a little at a
// time. What it writes is what encoding/json makes of it, and a new line.
type Stream interface {
	StreamJSON(w io.Writer) error
}

// StreamJSON implements Stream.
func (l SegmentList) StreamJSON(w io.Writer) error {
	return newStream(w).segments(`{"data":`, l.Data)
}

// StreamJSON implements Stream.
func (e Export) StreamJSON(w io.Writer) error {
	s := newStream(w)
	head, err := s.encode(e.Transcript)
	if err != nil {
		return err
	}
	return s.segments(string(bytes.TrimSuffix(head, []byte("}")))+`,"segments":`, e.Segments)
}

// stream encodes one thing after the other into the same memory.
type stream struct {
	io.Writer
	text    bytes.Buffer
	encoder *json.Encoder
}

func newStream(w io.Writer) *stream {
	s := &stream{Writer: w}
	s.encoder = json.NewEncoder(&s.text)
	s.encoder.SetEscapeHTML(false)
	return s
}

// encode is valid until it is called again.
func (s *stream) encode(v any) ([]byte, error) {
	s.text.Reset()
	err := s.encoder.Encode(v)
	return bytes.TrimSuffix(s.text.Bytes(), []byte("\n")), err
}

// segments writes them as the last member of an object, behind its head.
func (s *stream) segments(head string, segments []Segment) error {
	if segments == nil {
		_, err := io.WriteString(s, head+"null}\n")
		return err
	}
	before := head + "["
	for i := range segments {
		text, err := s.encode(&segments[i])
		if err != nil {
			return err
		}
		if _, err := io.WriteString(s, before); err != nil {
			return err
		}
		if _, err := s.Write(text); err != nil {
			return err
		}
		before = ","
	}
	if len(segments) > 0 {
		before = ""
	}
	_, err := io.WriteString(s, before+"]}\n")
	return err
}
