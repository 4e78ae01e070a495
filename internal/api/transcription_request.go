package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/door"
)

// transcription is a multipart/form-data body as OpenAI documents it, parts in
// any order, the sound straight to a temporary file. What is exported tells
// requests apart.
type transcription struct {
	r *http.Request
	w http.ResponseWriter

	Fields map[string][]string
	SHA256 string

	most            int64 // bytes of sound
	format          string
	stream          bool
	words, segments bool
	file            *os.File
	remove          func()
	end             func() // of the hearing
}

// Resolve implements huma.Resolver: it keeps huma from reading the body.
func (t *transcription) Resolve(ctx huma.Context) []error {
	t.r, t.w = humago.Unwrap(ctx)
	return nil
}

// read implements streamed.
func (t *transcription) read(ctx context.Context, a *API, store bool) (err error) {
	if store {
		if t.end, err = a.App.BeginHearing(ctx, door.Of(ctx).Caller); err != nil {
			return err
		}
		defer func() {
			if err != nil {
				t.drop()
			}
		}()
	}
	t.most = min(a.MaxUpload, maxHeard)
	parts, err := t.parts()
	if err != nil {
		return err
	}
	t.Fields = map[string][]string{}
	for n := 0; ; n++ {
		part, err := parts.NextRawPart()
		switch {
		case errors.Is(err, io.EOF):
			if t.SHA256 == "" {
				return talkit.InvalidField("body.file", "is missing: send the sound in a part named file")
			}
			return t.check()
		case err != nil:
			return readError(err)
		case n == 2*maxParts: // lists are a part for each value
			return talkit.Errorf(talkit.TooLarge, "The body has more than %d parts.", 2*maxParts)
		}
		if err := t.readPart(a, part, store); err != nil {
			return readError(err)
		}
	}
}

// discard implements streamed.
func (t *transcription) discard(context.Context, *API) { t.drop() }

// drop lets go of all that the request holds. It can be called again.
func (t *transcription) drop() {
	if t.remove != nil {
		t.remove()
	}
	if t.end != nil {
		t.end()
	}
}

// maxHeard is the most bytes of sound that are transcribed while a client waits:
// they lie on the disk meanwhile, beside others'. It is five hours of MP3.
const maxHeard = 512 << 20

func tooLargeToHear(most int64) error {
	return talkit.Errorf(talkit.TooLarge, "The sound is larger than the %d bytes that are transcribed while you wait. Send it in parts, in a compressed format, or as a recording (POST /recordings).", most)
}

func (t *transcription) parts() (*multipart.Reader, error) {
	kind, params, err := mime.ParseMediaType(t.r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return nil, talkit.Errorf(talkit.Unsupported, "The body must be multipart/form-data with the sound in a part named file.")
	}
	most := t.most + 2*maxParts*(maxField+4<<10)
	if t.r.ContentLength > most {
		return nil, tooLargeToHear(t.most)
	}
	return multipart.NewReader(door.LongBody(t.w, t.r, most), params["boundary"]), nil
}

// transcriptionFields are those that OpenAI documents. The ones that are false
// change nothing here: they are about choices that there are not.
var transcriptionFields = map[string]bool{
	"model": true, "language": true, "prompt": true, "response_format": true, "temperature": true, "timestamp_granularities": true, "stream": true,
	"include": false, "chunking_strategy": false, "known_speaker_names": false, "known_speaker_references": false, "user": false,
}

func (t *transcription) readPart(a *API, part *multipart.Part, store bool) error {
	name, _, _ := strings.Cut(part.FormName(), "[")
	if name == "file" {
		return t.readSound(a, part, store)
	}
	used, known := transcriptionFields[name]
	if !known {
		return talkit.InvalidField("body", "has a part that is not file or one of the fields of a transcription")
	}
	content, err := io.ReadAll(io.LimitReader(part, maxField+1))
	if err != nil {
		return err
	}
	if len(content) > maxField {
		return talkit.Errorf(talkit.TooLarge, "The field %s has more than %d bytes.", name, maxField)
	}
	if !used {
		return nil
	}
	if len(t.Fields[name]) > 0 && name != "timestamp_granularities" {
		return talkit.InvalidField("body."+name, "is there twice")
	}
	t.Fields[name] = append(t.Fields[name], string(content))
	return nil
}

// readSound keeps the sound in a temporary file: what decodes it must be able
// to go back and forth in it.
func (t *transcription) readSound(a *API, part io.Reader, store bool) (err error) {
	if t.SHA256 != "" {
		return talkit.InvalidField("body.file", "is there twice")
	}
	hash := sha256.New()
	sound := io.Reader(io.TeeReader(&bounded{part, t.most, tooLargeToHear(t.most)}, hash))
	if store {
		if t.file, t.remove, err = a.App.Ear.Scratch(); err != nil {
			return noRoom(err)
		}
		_, err = io.Copy(t.file, sound)
	} else {
		_, err = io.Copy(io.Discard, sound)
	}
	t.SHA256 = hex.EncodeToString(hash.Sum(nil))
	return noRoom(err)
}

func noRoom(err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return talkit.Errorf(talkit.StorageFull, "The server has no room left for this sound. Its operator must make some.").Because(err)
	}
	return err
}

func (t *transcription) field(name string) string {
	if values := t.Fields[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// check looks at what does not need the sound.
func (t *transcription) check() error {
	for name, values := range t.Fields {
		for _, value := range values {
			if err := talkit.CheckText("body."+name, value, maxField); err != nil {
				return err
			}
		}
	}
	t.format = t.field("response_format")
	switch t.format {
	case "":
		t.format = "json"
	case "json", "text", "srt", "vtt", "verbose_json":
	default:
		return talkit.InvalidField("body.response_format", "must be one of json, text, srt, vtt, verbose_json")
	}
	if value := t.field("temperature"); value != "" {
		if v, err := strconv.ParseFloat(value, 64); err != nil || !(v >= 0 && v <= 1) {
			return talkit.InvalidField("body.temperature", "must be a number from 0 to 1")
		}
	}
	if value := t.field("language"); value != "" && talkit.LanguageCode(value) == "" {
		return talkit.InvalidField("body.language", "must be an ISO 639-1 code of a language that Whisper knows, like en")
	}
	return t.checkTimes()
}

func (t *transcription) checkTimes() error {
	switch t.field("stream") {
	case "", "false":
	case "true":
		if t.stream = true; t.format != "json" && t.format != "text" {
			return talkit.InvalidField("body.response_format", "must be json or text where stream is true")
		}
	default:
		return talkit.InvalidField("body.stream", "must be true or false")
	}
	granularities := t.Fields["timestamp_granularities"]
	for _, g := range granularities {
		if g != "word" && g != "segment" {
			return talkit.InvalidField("body.timestamp_granularities", "must be word or segment")
		}
	}
	t.words = slices.Contains(granularities, "word")
	t.segments = len(granularities) == 0 || slices.Contains(granularities, "segment")
	return nil
}

// maxHints is how many words of a prompt are taken as hints: an engine has room
// for less.
const maxHints = 200

// hearing is what was sent, read and checked before.
func (t *transcription) hearing() app.Hearing {
	h := app.Hearing{Model: t.field("model"), Language: talkit.LanguageCode(t.field("language"))}
	for hint := range strings.FieldsFuncSeq(t.field("prompt"), func(r rune) bool { return strings.ContainsRune(",;\n", r) }) {
		if hint = strings.TrimSpace(hint); hint != "" && len(h.Hints) < maxHints {
			h.Hints = append(h.Hints, hint)
		}
	}
	if t.file != nil {
		h.Path = t.file.Name()
	}
	return h
}

// transcriptionBody documents what transcription reads.
func transcriptionBody() *huma.RequestBody {
	field := func(words string, choices ...any) *huma.Schema {
		return &huma.Schema{Type: "string", Description: words, Enum: choices}
	}
	list := &huma.Schema{Type: "array", Items: field("", "word", "segment"), Description: "With verbose_json: the times of what; segment if left out"}
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: &huma.Schema{
		Type: "object", Required: []string{"file"}, AdditionalProperties: true,
		Properties: map[string]*huma.Schema{
			"file":                      {Type: "string", Format: "binary", Description: "The sound, in any ordinary format; its name is a hint only"},
			"model":                     field("One of GET /v1/models; the server's own if left out, or whisper-1"),
			"language":                  field("ISO 639-1, like en; detected if left out"),
			"prompt":                    field("Names and words that may be said, between commas"),
			"response_format":           field("json if left out", "json", "text", "srt", "vtt", "verbose_json"),
			"timestamp_granularities[]": list,
			"temperature":               {Type: "number", Description: "Taken, and of no effect"},
			"stream":                    {Type: "boolean", Description: "The text as server-sent events, transcript.text.delta and transcript.text.done"},
		}}}}}
}
