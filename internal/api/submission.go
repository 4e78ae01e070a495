package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/door"
)

// Bounds of a submission beside its sound.
const (
	maxParts   = 20
	maxField   = 64 << 10 // bytes
	idleBody   = door.IdleBody
	uploadTime = door.UploadTime
)

// submission is a multipart/form-data body (RFC 7578) whose parts are read in
// whatever order they come, the sound straight to storage. What is exported
// tells submissions apart.
type submission struct {
	r *http.Request
	w http.ResponseWriter

	Fields map[string]string
	SHA256 string

	upload app.Upload
}

// Resolve implements huma.Resolver: it keeps huma from reading the body.
func (s *submission) Resolve(ctx huma.Context) []error {
	s.r, s.w = humago.Unwrap(ctx)
	return nil
}

// permitted implements permitted.
func (s *submission) permitted(_ context.Context, a *app.App, who talkit.Caller) error {
	return a.MaySubmit(who)
}

// read implements streamed.
func (s *submission) read(ctx context.Context, a *API, store bool) error {
	if err := a.App.MaySubmit(door.Of(ctx).Caller); err != nil {
		return err
	}
	parts, err := s.parts(a.MaxUpload)
	if err != nil {
		return err
	}
	s.Fields = map[string]string{}
	if err := s.readParts(ctx, a, parts, store); err != nil {
		s.discard(context.WithoutCancel(ctx), a)
		return readError(err)
	}
	return nil
}

// parts begins to read the body.
func (s *submission) parts(maxUpload int64) (*multipart.Reader, error) {
	kind, params, err := mime.ParseMediaType(s.r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return nil, talkit.Errorf(talkit.Unsupported, "The body must be multipart/form-data with the sound in a part named audio.")
	}
	most := maxUpload + maxParts*(maxField+4<<10)
	if s.r.ContentLength > most {
		return nil, tooLarge(maxUpload)
	}
	return multipart.NewReader(door.LongBody(s.w, s.r, most), params["boundary"]), nil
}

func tooLarge(max int64) error {
	return talkit.Errorf(talkit.TooLarge, "The sound is larger than the %d bytes that this server takes. Send it in parts, or in a compressed format.", max)
}

func (s *submission) readParts(ctx context.Context, a *API, parts *multipart.Reader, store bool) error {
	for n := 0; ; n++ {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if n == maxParts {
			return talkit.Errorf(talkit.TooLarge, "The body has more than %d parts.", maxParts)
		}
		if err := s.readPart(ctx, a, part, store); err != nil {
			return err
		}
	}
	if s.SHA256 == "" {
		return talkit.InvalidField("body.audio", "is missing: send the sound in a part named audio")
	}
	if err := s.checkFields(); err != nil {
		return err
	}
	return a.App.CheckSubmission(s.recording())
}

func (s *submission) readPart(ctx context.Context, a *API, part *multipart.Part, store bool) error {
	name := part.FormName()
	if name == "audio" {
		return s.readSound(ctx, a, part, store)
	}
	switch name {
	case "name", "type", "language", "metadata":
	default:
		return talkit.InvalidField("body", "has a part that is not audio, name, type, language or metadata")
	}
	if _, twice := s.Fields[name]; twice {
		return talkit.InvalidField("body."+name, "is there twice")
	}
	content, err := io.ReadAll(io.LimitReader(part, maxField+1))
	if err != nil {
		return err
	}
	if len(content) > maxField {
		return talkit.Errorf(talkit.TooLarge, "The field %s has more than %d bytes.", name, maxField)
	}
	s.Fields[name] = string(content)
	return nil
}

func (s *submission) readSound(ctx context.Context, a *API, part io.Reader, store bool) (err error) {
	if s.SHA256 != "" {
		return talkit.InvalidField("body.audio", "is there twice")
	}
	sound := &bounded{part, a.MaxUpload, tooLarge(a.MaxUpload)}
	if !store {
		hash := sha256.New()
		_, err = io.Copy(hash, sound)
		s.SHA256 = hex.EncodeToString(hash.Sum(nil))
		return err
	}
	s.upload, err = a.App.StoreUpload(ctx, sound)
	s.SHA256 = s.upload.SHA256
	return err
}

// bounded fails once more than left bytes have come.
type bounded struct {
	r        io.Reader
	left     int64
	tooLarge error
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, b.tooLarge
	}
	return n, err
}

// checkFields looks at what does not need the sound.
func (s *submission) checkFields() error {
	r := s.recording()
	if text, given := s.Fields["metadata"]; given {
		if err := checkUnicode([]byte(text)); err != nil {
			return err
		}
		if json.Unmarshal([]byte(text), &r.Metadata) != nil || r.Metadata == nil {
			return talkit.InvalidField("body.metadata", "must be a JSON object whose values are strings")
		}
	}
	return r.ValidateSubmission()
}

// recording is what was sent with the sound, read by checkFields before.
func (s *submission) recording() talkit.Recording {
	r := talkit.Recording{Name: s.Fields["name"], Type: talkit.Note, Language: s.Fields["language"]}
	if kind := s.Fields["type"]; kind != "" {
		r.Type = talkit.TranscriptType(kind)
	}
	json.Unmarshal([]byte(s.Fields["metadata"]), &r.Metadata) // checked by checkFields
	return r
}

// discard implements streamed: what was stored is not wanted.
func (s *submission) discard(ctx context.Context, a *API) {
	if s.upload.Key == "" {
		return
	}
	if err := a.App.DropUpload(ctx, s.upload); err != nil {
		a.Door.Log.Warn("upload not dropped", "error", err) // the sweep takes it in a day
	}
}

// submissionBody documents what submission reads.
func submissionBody() *huma.RequestBody {
	field := func(words string) *huma.Schema { return &huma.Schema{Type: "string", Description: words} }
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: &huma.Schema{
		Type: "object", Required: []string{"audio"}, AdditionalProperties: false,
		Properties: map[string]*huma.Schema{
			"audio":    {Type: "string", Format: "binary", Description: "The sound; its Content-Type and file name are hints only"},
			"name":     {Type: "string", MaxLength: ptr(200), Description: "A title; made from the first words if left out"},
			"type":     {Type: "string", Enum: []any{"note", "meeting", "task", "letter"}, Description: "What was dictated; note if left out"},
			"language": field("ISO 639-1, like en; detected if left out"),
			"metadata": field("A JSON object of up to 50 strings"),
		}}}}}
}
