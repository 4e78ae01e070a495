package web

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/door"
)

// Bounds of a form with files, as a browser without scripts sends it.
const (
	maxFiles     = 20
	maxFileParts = maxFiles + 10
	maxFileField = 1 << 10 // bytes
	maxFileName  = 200     // characters that are shown
)

// filesForm is such a form on its way in: each file goes to storage as it comes.
type filesForm struct {
	*visit
	as    talkit.Recording // what was said of them: type and language
	files []sentFile
	left  int // how many more there may be
}

type sentFile struct {
	name   string
	upload app.Upload
}

// refusedFile is one that became no recording.
type refusedFile struct{ Name, Words string }

// sendFiles makes a recording of each file that was chosen.
func (s *Web) sendFiles(v *visit) error {
	ctx := v.r.Context()
	if err := s.App.MaySubmit(v.who); err != nil {
		return err
	}
	f := &filesForm{visit: v, as: talkit.Recording{Type: talkit.Note}, left: maxFiles}
	if err := f.read(ctx); err != nil {
		f.drop(context.WithoutCancel(ctx), f.files)
		return err
	}
	if len(f.files) == 0 {
		return talkit.Errorf(talkit.Invalid, "No file was chosen. Go back and choose one with sound in it.")
	}
	refused, err := f.submit(ctx)
	if err != nil {
		return err
	}
	if len(refused) > 0 {
		return v.showAs(http.StatusUnprocessableEntity, "app/files-refused", page{Title: "Not all was taken", Nav: "notes", Narrow: true,
			Data: map[string]any{"Refused": refused, "Taken": len(f.files) - len(refused)}})
	}
	return v.to("/app", "")
}

func (f *filesForm) read(ctx context.Context) error {
	most := maxFiles*f.MaxUpload + maxFileParts*(maxFileField+4<<10)
	f.r.Body = door.LongBody(f.w, f.r, most)
	parts, err := f.r.MultipartReader()
	if err != nil {
		return talkit.Errorf(talkit.Unsupported, "The form could not be read. Go back and send it again.").Because(err)
	}
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil && n == maxFileParts {
			err = talkit.Errorf(talkit.TooLarge, "That form has more than belongs into it.")
		}
		if err == nil {
			err = f.readPart(ctx, part)
		}
		if err != nil {
			return unreadable(err)
		}
	}
}

func unreadable(err error) error {
	if _, ok := errors.AsType[*talkit.Error](err); ok || errors.Is(err, context.Canceled) {
		return err
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return talkit.Errorf(talkit.TooLarge, "That is more than this server takes at once. Send fewer files.").Because(err)
	}
	return talkit.Errorf(talkit.Malformed, "The files did not come whole. Go back and send them again.").Because(err)
}

func (f *filesForm) readPart(ctx context.Context, part *multipart.Part) error {
	switch {
	case part.FormName() == "type" || part.FormName() == "language":
		value, err := io.ReadAll(io.LimitReader(part, maxFileField))
		if part.FormName() == "type" {
			f.as.Type = talkit.TranscriptType(value)
		} else {
			f.as.Language = string(value)
		}
		return err
	case part.FormName() == "audio" && part.FileName() != "": // a browser sends an empty name for none chosen
		return f.readFile(ctx, part)
	}
	return nil // what else an app shares, like a title
}

func (f *filesForm) readFile(ctx context.Context, part *multipart.Part) error {
	if f.left--; f.left < 0 {
		return talkit.Errorf(talkit.TooLarge, "More than %d files at once are too many. Send them in turns.", maxFiles)
	}
	upload, err := f.App.StoreUpload(ctx, &upTo{part, f.MaxUpload})
	if err == nil {
		name := []rune(part.FileName()) // as long as the client likes
		f.files = append(f.files, sentFile{string(name[:min(len(name), maxFileName)]), upload})
	}
	return err
}

// upTo fails once more than left bytes have come. It does not name the file: the
// log has the error.
type upTo struct {
	r    io.Reader
	left int64
}

func (u *upTo) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	if u.left -= int64(n); u.left < 0 {
		return 0, talkit.Errorf(talkit.TooLarge, "One of the files is larger than this server takes. Send it in parts, or in a compressed format.")
	}
	return n, err
}

// submit makes recordings of what came; what is no sound does not keep the
// others from it.
func (f *filesForm) submit(ctx context.Context) (refused []refusedFile, err error) {
	for i, file := range f.files {
		_, err := f.App.Submit(ctx, f.who, f.as, file.upload)
		if err == nil {
			continue
		}
		e, ok := errors.AsType[*talkit.Error](err)
		if !ok || e.Kind == talkit.Internal {
			f.drop(context.WithoutCancel(ctx), f.files[i:])
			return nil, err
		}
		f.drop(context.WithoutCancel(ctx), f.files[i:i+1])
		words := []string{e.Message}
		for _, field := range e.Fields {
			words = append(words, sentence(field.Message))
		}
		refused = append(refused, refusedFile{file.name, strings.Join(words, " ")})
	}
	return refused, nil
}

// drop forgets stored sound that became no recording.
func (f *filesForm) drop(ctx context.Context, files []sentFile) {
	for _, file := range files {
		if err := f.App.DropUpload(ctx, file.upload); err != nil {
			f.Door.Log.Warn("upload not dropped", "error", err) // the sweep takes it in a day
		}
	}
}
