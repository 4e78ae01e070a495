package api

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"talkit"
	"talkit/internal/app"
	"talkit/wire"
)

// ownExports are the forms in which a person's own text leaves the house.
var ownExports = []struct {
	format                          app.ExportFormat
	contentType, extension, summary string
}{
	{app.WebVTT, "text/vtt; charset=utf-8", ".vtt", "Fetch WebVTT Captions of a Recording"},
	{app.SRT, "application/x-subrip; charset=utf-8", ".srt", "Fetch SRT Captions of a Recording"},
	{app.PlainTxt, "text/plain; charset=utf-8", ".txt", "Export a Recording as Text"},
	{app.Markdown, "text/markdown; charset=utf-8", ".md", "Export a Recording as Markdown"},
}

// jsonDownload is export.json as a file.
type jsonDownload struct {
	ContentDisposition string `header:"Content-Disposition" doc:"attachment with a file name"`
	Body               wire.Export
}

// downloadRoutes give a person their own text, released or not.
func (a *API) downloadRoutes() {
	for _, export := range ownExports {
		op := operation(http.MethodGet, "/recordings/{id}/"+string(export.format), tagRecording, export.summary,
			"Fetch the person's own text as a file, released or not", app.UserKey)
		op.Responses = map[string]*huma.Response{"200": text("The file", export.contentType)}
		op.Responses["200"].Headers = headers("Content-Disposition", "attachment with a file name", "Content-Security-Policy", sandbox)
		register(a, op, func(ctx context.Context, who talkit.Caller, in *RecordingPath) (*huma.StreamResponse, error) {
			file, err := a.App.OwnExport(ctx, who, in.ID, export.format)
			if err != nil {
				return nil, err
			}
			return sendFile(file.Content, export.contentType, attachment(file.Title, in.ID, export.extension)), nil
		})
	}
	register(a, operation(http.MethodGet, "/recordings/{id}/export.json", tagRecording, "Export a Recording as JSON",
		"Fetch the person's own text with its timed words, released or not", app.UserKey),
		func(ctx context.Context, who talkit.Caller, in *RecordingPath) (*jsonDownload, error) {
			export, err := a.App.OwnExportJSON(ctx, who, in.ID)
			if err != nil {
				return nil, err
			}
			return &jsonDownload{attachment(export.Name, in.ID, ".json"), export}, nil
		})
	register(a, operation(http.MethodGet, "/recordings/{id}/segments", tagRecording, "List Segments of a Recording",
		"Fetch the timed words of the person's own text, with their probability", app.UserKey),
		func(ctx context.Context, who talkit.Caller, in *RecordingPath) (*out[wire.SegmentList], error) {
			return answer(a.App.OwnSegments(ctx, who, in.ID))
		})
}

// attachment is a Content-Disposition that names a file after what it holds
// (RFC 6266): in ASCII for old clients, and as it is where that differs.
func attachment(title string, id int64, extension string) string {
	name := cmp.Or(talkit.FileName(title), fmt.Sprintf("recording-%d", id))
	plain := strings.Map(asciiRune, name)
	if plain == name {
		return fmt.Sprintf(`attachment; filename="%s%s"`, name, extension)
	}
	if strings.Trim(plain, "_ .-") == "" {
		plain = fmt.Sprintf("recording-%d", id)
	}
	return fmt.Sprintf(`attachment; filename="%s%s"; filename*=UTF-8''%s%s`, plain, extension, extended(name), extension)
}

// asciiRune leaves out % as well: some clients read it as an escape.
func asciiRune(r rune) rune {
	if r > '~' || r == '%' {
		return '_'
	}
	return r
}

// extended encodes a parameter's value as RFC 8187 does, section 3.2.1.
func extended(value string) string {
	var b strings.Builder
	for _, c := range []byte(value) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("!#$&+-.^_`|~", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
