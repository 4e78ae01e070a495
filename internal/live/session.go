package live

import (
	"context"
	"io"
	"sync"
	"time"

	"talkit"
	"talkit/internal/audio"
	"talkit/internal/speech"
	"talkit/internal/transcribe"
)

// Start says what a session is to hear.
type Start struct {
	Person   int64
	Raw      bool     // WAV with a header of 44 bytes, as the server writes it, and not a file to be decoded
	Language string   // ISO 639-1; "" where it is not known
	Hints    []string // what the full model is told that may be said

	// Stored is how many bytes of the sound there are already, and Before reads
	// them, from one of them on.
	Stored int64
	Before func(ctx context.Context, from int64) io.ReadCloser

	// Heard is up to where, in seconds, the words of what is stored were confirmed
	// before; nil for all of it.
	Heard *float64

	// Words hears of new confirmed words and of those that are tentative now,
	// one call at a time.
	Words func(confirmed, tentative []talkit.Word)

	// Early, if set, keeps what the full model heard in a piece that is over, so
	// that it need not be heard again. It may be called after Close.
	Early func(ctx context.Context, pcm []byte, p talkit.EarlyPiece)
}

// backlog is how much of what is stored is looked at again for words that were
// not confirmed.
const backlog = 20 * talkit.BytesPerSecond

// skip is how much of the samples of what is stored is not even read. Only plain
// samples can be begun with anywhere; they are not cut into pieces then, which
// must be those of the whole recording.
func (s Start) skip() int64 {
	if !s.Raw {
		return 0
	}
	return max(0, (s.Stored-wavHeader-backlog)&^(talkit.BytesPerSample-1))
}

// Session is one dictation. All its methods work on none as well.
type Session struct {
	room    *Room
	start   Start
	engine  speech.Engine // nil where no words come
	in      *pipe
	cancel  context.CancelFunc
	ended   sync.WaitGroup
	changed chan struct{}
	decoded chan struct{} // closed at the end of the sound
	settled chan struct{} // closed when no more words come
	pieces  *pieces       // nil where none is heard early

	mu      sync.Mutex
	hearing hearing
	before  bool // what was stored before is still being decoded
}

// Open begins a session. refusal is nil if words will come.
func (r *Room) Open(ctx context.Context, start Start) (s *Session, refusal *Refusal) {
	s = &Session{room: r, start: start, in: newPipe(), changed: make(chan struct{}, 1), decoded: make(chan struct{}), settled: make(chan struct{}), before: start.Stored > 0}
	s.engine, refusal = r.admit(ctx, s, start.Language)
	if r != nil && r.options.Full != nil && start.Early != nil && start.skip() == 0 {
		s.pieces = newPieces(start, r.early.add)
	}
	if s.idle() {
		return s, refusal
	}
	s.hearing.start, s.hearing.decoded = start.skip(), start.skip()
	ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	s.goes(ctx, s.decoded, s.decode)
	if s.engine != nil {
		s.goes(ctx, s.settled, s.recognize)
	}
	return s, refusal
}

// goes does a part of the work until it ends, which done says. What goes wrong
// takes the words and nothing else.
func (s *Session) goes(ctx context.Context, done chan struct{}, part func(context.Context) error) {
	s.ended.Go(func() {
		defer close(done)
		if err := safely(func() error { return part(ctx) }); err != nil && ctx.Err() == nil {
			s.room.options.Log.InfoContext(ctx, "no live words any more", "error", err)
		}
	})
}

// idle tells whether nothing is heard at all.
func (s *Session) idle() bool { return s == nil || s.engine == nil && s.pieces == nil }

// Write takes sound as it came from the client. It never waits.
func (s *Session) Write(sound []byte) {
	if !s.idle() {
		s.in.write(sound)
	}
}

// Finish hears what came to its end and confirms it, as no more will come. What
// takes longer than most is not waited for.
func (s *Session) Finish(most time.Duration) {
	if s.idle() || s.engine == nil {
		return
	}
	s.in.close()
	select {
	case <-s.settled:
	case <-time.After(most):
	}
}

// Close ends the session; Words is not called any more afterwards.
func (s *Session) Close() {
	if s.idle() {
		return
	}
	s.cancel()
	s.in.close()
	s.ended.Wait()
	if s.pieces != nil {
		s.pieces.end()
	}
	s.room.leave(s)
}

// decode makes samples of what comes. The error is that the sound cannot be read
// as it comes: what it is worth is found at the end, of all of it.
func (s *Session) decode(ctx context.Context) error {
	defer s.in.close()
	var from io.Reader = s.in
	if s.start.Stored > 0 {
		at := s.start.skip()
		if at > 0 {
			at += wavHeader
		}
		before := s.start.Before(ctx, at)
		defer before.Close()
		from = io.MultiReader(until{ctx, before}, atEnd{s.caughtUp}, s.in)
	}
	out := &samples{session: s}
	if !s.start.Raw {
		return audio.DecodeStream(ctx, from, out)
	}
	if s.start.skip() == 0 {
		if _, err := io.CopyN(io.Discard, from, wavHeader); err != nil {
			return err
		}
	}
	_, err := io.Copy(out, from)
	return err
}

const wavHeader = 44

// until reads until ctx ends, however much there is.
type until struct {
	ctx context.Context
	io.Reader
}

func (u until) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.Reader.Read(p)
}

// atEnd does something where reading comes to it.
type atEnd struct{ do func() }

func (a atEnd) Read([]byte) (int, error) {
	a.do()
	return 0, io.EOF
}

func (s *Session) caughtUp() {
	s.mu.Lock()
	s.before = false
	s.mu.Unlock()
	s.wake()
}

// samples takes decoded sound.
type samples struct {
	session *Session
	half    []byte // of a sample
}

func (o *samples) Write(p []byte) (int, error) {
	n := len(p)
	if len(o.half) > 0 {
		p = append(o.half, p...)
	}
	whole := len(p) &^ 1
	o.session.sound(p[:whole])
	o.half = append([]byte(nil), p[whole:]...)
	return n, nil
}

func (s *Session) sound(pcm []byte) {
	s.mu.Lock()
	if s.pieces != nil {
		s.pieces.write(pcm, !s.before)
	}
	s.hearing.write(pcm)
	s.hearing.leaveOut(s.heardBefore())
	s.mu.Unlock()
	s.wake()
}

// heardBefore is up to which byte the connection before this one heard it. The
// caller holds mu.
func (s *Session) heardBefore() int64 {
	end := s.hearing.end()
	switch {
	case s.start.Heard != nil && s.before:
		return max(bytesAt(*s.start.Heard), end-backlog)
	case s.start.Heard != nil:
		return bytesAt(*s.start.Heard)
	case s.before:
		return end
	}
	return 0
}

func (s *Session) wake() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// engineRest is how long an engine that failed is left alone.
const engineRest = 2 * time.Second

// recognize looks at the window whenever that could say something new, and
// once more when the sound has ended.
func (s *Session) recognize(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.changed:
		case <-s.decoded:
			return s.lastLook(ctx)
		}
		for s.due() && ctx.Err() == nil {
			if err := s.look(ctx); err != nil {
				rest(ctx, engineRest)
			}
		}
	}
}

// lastLook confirms what was heard: nothing comes that could change it.
func (s *Session) lastLook(ctx context.Context) error {
	s.mu.Lock()
	news := s.hearing.news()
	s.mu.Unlock()
	var err error
	if news {
		err = s.look(ctx)
	}
	s.mu.Lock()
	confirmed := s.hearing.flush(seconds(s.hearing.end()))
	s.mu.Unlock()
	if len(confirmed) > 0 {
		s.start.Words(confirmed, nil)
	}
	return err
}

func rest(ctx context.Context, time_ time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(time_):
	}
}

func (s *Session) due() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.before && s.hearing.due(s.hearing.doubt())
}

// look has the window recognised as it is when the engine is free.
func (s *Session) look(ctx context.Context) error {
	done, err := s.room.turn(ctx, s)
	if err != nil {
		return err
	}
	s.mu.Lock()
	start, upTo := s.hearing.start, s.hearing.end()
	pcm := append([]byte(nil), s.hearing.pcm[:min(len(s.hearing.pcm), most)]...)
	upTo = min(upTo, start+int64(len(pcm)))
	s.mu.Unlock()
	segments, err := transcribe.Recognize(ctx, s.engine, speech.Piece{PCM: pcm, Language: s.start.Language, Urgent: true}, start)
	done(len(segments) > 0)
	if err != nil {
		s.passOver(start, upTo)
		return err
	}
	var heard []talkit.Word
	for _, segment := range segments {
		heard = append(heard, segment.Words...)
	}
	s.mu.Lock()
	confirmed, tentative := s.hearing.heard(heard, upTo)
	s.mu.Unlock()
	s.start.Words(confirmed, tentative)
	return nil
}

// passOver keeps a window that the engine fails at from being tried for ever.
func (s *Session) passOver(start, upTo int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if upTo-start >= long {
		s.hearing.cut(upTo)
	}
	s.hearing.decoded = max(s.hearing.decoded, upTo)
}
