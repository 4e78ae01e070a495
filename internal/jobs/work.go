package jobs

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/store"
	"talkit/internal/transcribe"
	"talkit/internal/webhook"
)

// Work does the jobs: each handler asks app what is to be done, does it, and
// tells app what came of it.
type Work struct {
	App     *app.App
	Engines *transcribe.Engines
	Sender  *webhook.Sender
	Lanes   *Lanes
	Log     *slog.Logger

	claims sync.Mutex // held while a run is claimed
	long   bool       // a long recording is being decoded
}

// Handlers are what Run calls.
func (w *Work) Handlers() Handlers {
	return Handlers{
		Prepare: w.prepare,
		Piece:   w.piece,
		Finish:  w.finish,
		Deliver: w.deliver,
		Erase:   w.erase,
		Mail:    func(ctx context.Context, _ int64, job talkit.MailJob) error { return w.App.SendLetter(ctx, job) },
		Sweep: func(ctx context.Context, _ int64, _ talkit.SweepJob) error {
			return errors.Join(w.App.Sweep(ctx), w.App.Sample(ctx))
		},
	}
}

// engineLook is after what time an engine is looked for again that went away.
const engineLook = 2 * time.Second

// prepare decodes the recording that this job held, or the fairest next whose
// model has an engine now.
func (w *Work) prepare(ctx context.Context, id int64, _ talkit.PrepareJob) error {
	runID, done, err := w.nextRun(ctx, id)
	if talkit.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer done()
	return w.prepareRun(ctx, id, runID)
}

// prepareRun decodes a recording and splits it into pieces.
func (w *Work) prepareRun(ctx context.Context, jobID, runID int64) error {
	r, run, err := w.App.RunToPrepare(ctx, runID)
	if talkit.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	engine, err := w.Engines.For(run.Model)
	if err == nil {
		err = engine.Ready(ctx)
	}
	if transcribe.EngineAway(err) { // just now
		return errors.Join(w.App.Waiting(ctx, r.ID, talkit.WaitingForEngine), w.App.ReleaseRun(ctx, runID, jobID), Snooze(engineLook))
	}
	if words, bad := forPerson(err); bad {
		return w.App.FailRun(ctx, runID, words)
	}
	if err != nil {
		return err
	}
	if words := unknownLanguage(engine.Info(), run.Language); words != "" {
		return w.App.FailRun(ctx, runID, words)
	}
	began := time.Now()
	prepared, err := w.decodeWanted(ctx, runID, r, engine.Info())
	if errors.Is(err, errNotWanted) {
		return nil
	}
	if words, bad := forPerson(err); bad {
		w.Log.InfoContext(ctx, "recording refused", "recording_id", r.ID, "error", err)
		return w.App.FailRun(ctx, runID, words)
	}
	if err != nil {
		return err
	}
	w.Log.InfoContext(ctx, "recording decoded", "recording_id", r.ID, "seconds", prepared.Duration.Seconds(),
		"pieces", len(prepared.Pieces), "duration_ms", time.Since(began).Milliseconds())
	return w.App.Prepare(ctx, runID, prepared)
}

// forPerson gives the words for a person when trying again would not help.
func forPerson(err error) (words string, bad bool) {
	e, ok := errors.AsType[*talkit.Error](err)
	if !ok {
		return "", false
	}
	switch e.Kind {
	case talkit.Invalid, talkit.Unsupported, talkit.TooLarge:
		return e.Message, true
	}
	return "", false
}

// decode streams the decoded sound straight to storage.
func (w *Work) decode(ctx context.Context, r talkit.Recording, engine transcribe.EngineInfo) (app.Prepared, error) {
	path, release, err := w.App.Blobs.Local(ctx, r.Audio.Key)
	if err != nil {
		return app.Prepared{}, err
	}
	defer release()
	out, in := io.Pipe()
	p := app.Prepared{Engine: engine.Name, ByHand: engine.ByHand}
	decoded := make(chan error, 1)
	go func() {
		var waveform transcribe.Waveform
		sound, err := transcribe.Prepare(ctx, path, io.MultiWriter(in, &waveform))
		for _, piece := range sound.Pieces {
			p.Pieces = append(p.Pieces, talkit.Piece{Start: piece.Start, End: piece.End, Channel: piece.Channel})
		}
		p.Duration, p.Channels, p.Apart, p.Peaks = sound.Length, sound.Channels, sound.Apart, waveform.Peaks()
		in.CloseWithError(err)
		decoded <- err
	}()
	p.WorkKey, err = w.App.StoreWork(ctx, out)
	out.CloseWithError(err)
	if failed := <-decoded; failed != nil {
		err = failed
	}
	return p, err
}

// piece recognises the piece that this job held, or the fairest next.
func (w *Work) piece(ctx context.Context, id int64, _ talkit.PieceJob) error {
	p, err := w.nextPiece(ctx, id)
	switch {
	case talkit.IsNotFound(err):
		return nil
	case err != nil:
		return err
	}
	if err := w.App.Waiting(ctx, p.RecordingID, talkit.WaitingForNothing); err != nil {
		return err
	}
	began := time.Now()
	heard, err := w.recognize(ctx, p)
	log := w.Log.With("recording_id", p.RecordingID, "piece", p.Number, "duration_ms", time.Since(began).Milliseconds())
	switch {
	case err == nil:
		log.InfoContext(ctx, "piece recognised")
		return w.App.FinishPiece(ctx, p, id, heard)
	case transcribe.EngineAway(err):
		return errors.Join(w.App.Waiting(ctx, p.RecordingID, talkit.WaitingForEngine), Snooze(engineLook))
	case ctx.Err() != nil:
		return err
	}
	if words, bad := forPerson(err); bad { // its model is gone
		return w.App.FailRun(ctx, p.RunID, words)
	}
	if !transcribe.EngineFailed(err) {
		return err // the database or the storage is away: that is no fault of the piece
	}
	again, failed := w.App.PieceFailed(ctx, p, id)
	log.WarnContext(ctx, "piece failed", "error", err, "again", again)
	if failed != nil || !again {
		return failed
	}
	return err
}

func (w *Work) recognize(ctx context.Context, p store.ClaimedPiece) (talkit.Segments, error) {
	stored, err := w.App.Blobs.Open(ctx, p.WorkKey)
	if err != nil {
		return nil, err
	}
	defer stored.Close()
	sound := transcribe.Sound{ReaderAt: readerAt{stored}, Channels: p.WorkChannels, Apart: p.ChannelsApart}
	pcm, err := sound.Read(cutOf(p.Piece))
	if err != nil {
		return nil, err
	}
	engine, err := w.Engines.For(p.Model)
	if err != nil {
		return nil, err
	}
	hints, err := w.App.Hints(ctx, p)
	if err != nil {
		return nil, err
	}
	if heard, found, err := w.early(ctx, engine, p, pcm, hints); err != nil || found {
		return heard, err
	}
	if p.Language == "" {
		if p.Language, err = w.language(ctx, engine, p, sound); err != nil {
			return nil, err
		}
	}
	piece := transcribe.Piece{PCM: pcm, Language: p.Language, Hints: hints, Again: p.Attempts > 0}
	return transcribe.Recognize(ctx, engine, piece, p.Start)
}

// cutOf is where the sound of a piece is.
func cutOf(p talkit.Piece) transcribe.Cut {
	return transcribe.Cut{Range: transcribe.Range{Start: p.Start, End: p.End}, Channel: p.Channel}
}

// readerAt reads a stored blob at any place, for one reader at a time.
type readerAt struct{ io.ReadSeeker }

// ReadAt implements io.ReaderAt.
func (r readerAt) ReadAt(p []byte, offset int64) (int, error) {
	if _, err := r.Seek(offset, io.SeekStart); err != nil {
		return 0, err
	}
	return io.ReadFull(r.ReadSeeker, p)
}

// language finds the language of a recording, once for all of its pieces: of
// this piece and its first ones. "" says that nobody speaks in this one.
func (w *Work) language(ctx context.Context, engine transcribe.Engine, p store.ClaimedPiece, sound transcribe.Sound) (string, error) {
	own, err := w.App.OwnLanguage(ctx, p.UserID)
	if err != nil {
		return "", err
	}
	if known := engine.Info().Languages; own != "" && (known == nil || slices.Contains(known, own)) {
		return w.App.KeepLanguage(ctx, p.RunID, own)
	}
	pieces, err := w.App.DB.Pieces(ctx, p.RunID)
	if err != nil {
		return "", err
	}
	all := make([]transcribe.Cut, len(pieces))
	for i, other := range pieces {
		all[i] = cutOf(other)
	}
	language, err := transcribe.LanguageAt(ctx, engine, sound, cutOf(p.Piece), all)
	if err != nil || language == "" {
		return "", err
	}
	return w.App.KeepLanguage(ctx, p.RunID, language)
}

// eraseTurn is how long one person is erased before another's turn comes.
const eraseTurn = time.Minute

// erase takes one person away, a little at a time.
func (w *Work) erase(ctx context.Context, _ int64, job talkit.EraseJob) error {
	for began := time.Now(); ; {
		done, err := w.App.EraseSome(ctx, job.UserID)
		if err != nil || done {
			return err
		}
		if time.Since(began) > eraseTurn {
			return Snooze(0)
		}
	}
}

func (w *Work) finish(ctx context.Context, _ int64, job talkit.FinishJob) error {
	return w.App.FinishRun(ctx, job.RunID, func(pieces []talkit.Piece) talkit.Segments {
		heard, channels := make([]talkit.Segments, len(pieces)), make([]int, len(pieces))
		for i, p := range pieces {
			heard[i], channels[i] = p.Segments, p.Channel
		}
		return transcribe.JoinCuts(heard, channels)
	})
}
