package api

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"slices"
	"strconv"
	"strings"

	"github.com/coder/websocket"

	"talkit"
	"talkit/internal/app"
	"talkit/wire"
)

// Bounds of messages.
const (
	maxLiveSound = 1 << 20 // bytes in one message
	maxLiveText  = 64 << 10
)

// readStart reads the first message.
func readStart(conn *line) (s wire.LiveStart, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	kind, content, err := conn.Read(ctx)
	if err != nil {
		return s, gone(err)
	}
	if kind != websocket.MessageText {
		return s, talkit.Errorf(talkit.Malformed, "The first message must be a start, in text. Sound comes after it.")
	}
	if err := readMessage(content, "start", &s); err != nil {
		return s, err
	}
	if len(s.ContentType) > 200 || s.ContentType == "" {
		return s, talkit.InvalidField("start.content_type", "must say what the sound is, in 200 characters at most, like audio/webm;codecs=opus")
	}
	if s.Upload != "" && !uploadID.MatchString(s.Upload) {
		return s, talkit.Missing("upload")
	}
	if s.Heard != nil && !(*s.Heard >= 0 && *s.Heard <= talkit.MaxDuration.Seconds()) {
		return s, talkit.InvalidField("start.heard", "must be seconds of the recording")
	}
	return s, nil
}

// gone marks an error of the connection: there is nobody to tell it.
func gone(err error) error { return goneError{err} }

type goneError struct{ error }

func (e goneError) Unwrap() error { return e.error }

// readMessage reads a message of a type.
func readMessage(content []byte, want string, into any) error {
	if len(content) > maxLiveText {
		return talkit.Errorf(talkit.TooLarge, "A message of text has %d bytes at most.", maxLiveText)
	}
	var named struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(content, &named); err != nil {
		return talkit.Errorf(talkit.Malformed, "A message of text must be a JSON object with a type.").Because(errUnread)
	}
	if named.Type != want {
		return talkit.Errorf(talkit.Malformed, "The message that can come now is of the type %s.", want)
	}
	if err := checkUnicode(content); err != nil {
		return inMessage(want, err)
	}
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	if d.Decode(into) != nil {
		return talkit.Errorf(talkit.Malformed, "A %s has a member that it should not have, or one of another kind than it should be.", want)
	}
	if _, err := d.Token(); err != io.EOF {
		return talkit.Errorf(talkit.Malformed, "A message of text is one JSON object and nothing else.")
	}
	return nil
}

var errUnread = errors.New("api: a message that is no JSON object") // never what it held

// recordingOf is what the dictation is to be.
func recordingOf(s wire.LiveStart) (talkit.Recording, error) {
	r := talkit.Recording{Name: s.Name, Type: talkit.Note, Language: s.Language, Metadata: s.Metadata}
	if s.Kind != "" {
		r.Type = talkit.TranscriptType(s.Kind)
	}
	return r, inMessage("start", r.ValidateSubmission())
}

// inMessage says of a field where it stands in a message.
func inMessage(message string, err error) error {
	e, ok := errors.AsType[*talkit.Error](err)
	if !ok || len(e.Fields) == 0 {
		return err
	}
	moved := *e
	moved.Fields = slices.Clone(e.Fields)
	for i, f := range moved.Fields {
		there := strings.Replace(f.Location, "body", message, 1)
		there = strings.Replace(there, message+".type", message+".kind", 1)
		moved.Fields[i].Location, moved.Message = there, strings.Replace(moved.Message, f.Location, there, 1)
	}
	return &moved
}

// isRaw tells whether a content type is of plain samples, as the engines hear
// them. Others of that kind are refused: nobody could read them afterwards.
func isRaw(contentType string) (bool, error) {
	kind, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false, talkit.InvalidField("start.content_type", "must be a media type")
	}
	switch kind {
	case "audio/pcm", "audio/l16", "audio/x-raw", "audio/raw":
	default:
		return false, nil
	}
	rate, channels := parameters["rate"], parameters["channels"]
	if kind != "audio/pcm" || rate != strconv.Itoa(talkit.SampleRate) || (channels != "" && channels != "1") {
		return false, talkit.InvalidField("start.content_type", "must be audio/pcm;rate=%d for plain samples: mono, 16-bit signed little endian", talkit.SampleRate)
	}
	return true, nil
}

// describe writes a start as tus does it, for a client that goes on by tus.
func describe(s wire.LiveStart) string {
	metadata := ""
	if len(s.Metadata) > 0 {
		encoded, _ := json.Marshal(s.Metadata) // strings
		metadata = string(encoded)
	}
	var pairs []string
	for _, pair := range [][2]string{{"filetype", s.ContentType}, {"name", s.Name}, {"type", s.Kind}, {"language", s.Language}, {"metadata", metadata}} {
		if pair[1] != "" {
			pairs = append(pairs, pair[0]+" "+base64.StdEncoding.EncodeToString([]byte(pair[1])))
		}
	}
	return strings.Join(pairs, ",")
}

// openUpload begins the upload of a dictation, or takes over the one that it
// goes on with.
func (a *API) openUpload(ctx context.Context, who talkit.Caller, s wire.LiveStart, interrupt func()) (*app.LiveUpload, error) {
	raw, err := isRaw(s.ContentType)
	if err != nil {
		return nil, err
	}
	if s.Upload == "" {
		r, err := recordingOf(s)
		if err != nil {
			return nil, err
		}
		u, err := a.App.BeginUpload(ctx, who, app.NewUpload{Recording: r, Length: talkit.UnknownLength, Described: describe(s)})
		if err != nil {
			return nil, err
		}
		s.Upload = u.ID
	}
	return a.App.HoldLive(ctx, who, s.Upload, raw, interrupt)
}
