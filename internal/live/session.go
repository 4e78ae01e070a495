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
	Raw      bool          // WAV with a header of 44 bytes, as the server writes it, and not a file to be decoded
	Language string        // ISO 639-1; "" where it is not known
	Before   io.ReadCloser // what is stored of the sound already, nil for nothing

	// Words hears of new confirmed words and of those that are tentative now,
	// one call at a time.
	Words func(confirmed, tentative []talkit.Word)

	// Early, if set, keeps what the full model heard in a piece that is over, so
	// that it need not be heard again. It may be called after Close.
	Early func(ctx context.Context, pcm []byte, p talkit.EarlyPiece)
}

// Session is one dictation.
type Session struct {
	room    *Room
	start   Start
	engine  speech.Engine // nil where no words come
	in      *pipe
	cancel  context.CancelFunc
	ended   sync.WaitGroup
	changed chan struct{}
	pieces  *pieces // nil where none is heard early

	mu      sync.Mutex
	hearing hearing
	before  bool // what was stored before is still being decoded
}

// Open begins a session. refusal is nil if words will come.
func (r *Room) Open(ctx context.Context, start Start) (s *Session, refusal *Refusal) {
	s = &Session{room: r, start: start, in: newPipe(), changed: make(chan struct{}, 1), before: start.Before != nil}
	s.engine, refusal = r.admit(ctx, s, start.Language)
	if r != nil && r.options.Full != nil && start.Early != nil {
		s.pieces = newPieces(start)
	}
	if s.idle() {
		if start.Before != nil {
			start.Before.Close()
		}
		return s, refusal
	}
	ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	s.ended.Go(func() { s.decode(ctx) })
	if s.pieces != nil {
		go s.pieces.recognize(r.options)
	}
	if s.engine != nil {
		s.ended.Go(func() { s.recognize(ctx) })
	}
	return s, refusal
}

// idle tells whether nothing is heard at all, as of no session.
func (s *Session) idle() bool { return s == nil || s.engine == nil && s.pieces == nil }

// Write takes sound as it came from the client. It never waits.
func (s *Session) Write(sound []byte) {
	if !s.idle() {
		s.in.write(sound)
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

// decode makes samples of what comes. Sound that cannot be read gives no words;
// what it is worth is found at the end, of all of it.
func (s *Session) decode(ctx context.Context) {
	defer s.in.close()
	var from io.Reader = s.in
	if s.start.Before != nil {
		defer s.start.Before.Close()
		from = io.MultiReader(s.start.Before, atEnd{s.caughtUp}, s.in)
	}
	out := &samples{session: s}
	var err error
	if s.start.Raw {
		_, err = io.CopyN(io.Discard, from, wavHeader)
		if err == nil {
			_, err = io.Copy(out, from)
		}
	} else {
		err = audio.DecodeStream(ctx, from, out)
	}
	if err != nil && ctx.Err() == nil {
		s.room.options.Log.InfoContext(ctx, "no live words: the sound cannot be read as it comes", "error", err)
	}
}

const wavHeader = 44

// atEnd does something where reading comes to it.
type atEnd struct{ do func() }

func (a atEnd) Read([]byte) (int, error) {
	a.do()
	return 0, io.EOF
}

func (s *Session) caughtUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = false
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
	if s.before { // the connection before this one heard it
		s.hearing.cut(s.hearing.end())
		s.hearing.settled = seconds(s.hearing.end())
	}
	s.mu.Unlock()
	s.wake()
}

func (s *Session) wake() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// engineRest is how long an engine that failed is left alone.
const engineRest = 2 * time.Second

// recognize decodes the window whenever it could say something new.
func (s *Session) recognize(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.changed:
		}
		for s.due() && ctx.Err() == nil {
			if err := s.look(ctx); err != nil {
				rest(ctx, engineRest)
			}
		}
	}
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
	return s.hearing.due(s.hearing.doubt())
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
	done()
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
