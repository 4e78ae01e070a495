package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/live"
	"talkit/wire"
)

// dictation is one connection. Its goroutines read, store, write and watch;
// whichever has a reason to end it says so, and the first is heard.
type dictation struct {
	api    *API
	r      *http.Request // of the handshake
	conn   *line
	who    talkit.Caller
	upload *app.LiveUpload
	words  *live.Session
	in     *portions
	out    *outbox
	why    chan error   // has room for one: the reason to end
	heard  atomic.Int64 // when sound came last, Unix nanoseconds
}

// Reasons to end that are no errors.
var (
	errEnd       = errors.New("api: the dictation is at its end")
	errLiveStop  = errors.New("api: the server stops")
	errTakenOver = errors.New("api: another request goes on with the upload")
)

// dictate takes a connection from its first message to its close.
func (a *API) dictate(r *http.Request, conn *websocket.Conn, who talkit.Caller) {
	d := &dictation{api: a, r: r, conn: newLine(conn), who: who, in: newPortions(), out: newOutbox(), why: make(chan error, 1)}
	d.heard.Store(time.Now().UnixNano())
	d.close(safely(d.run))
}

// safely makes an error of a panic, which outside of a request's own goroutine
// would end the server with all that others dictate.
func safely(do func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return do()
}

// end says why the dictation is to end.
func (d *dictation) end(why error) {
	select {
	case d.why <- why:
	default:
	}
}

// run returns why the dictation ended, nil if the client was told all.
func (d *dictation) run() error {
	ctx := d.r.Context()
	start, err := d.first()
	if err != nil {
		return err
	}
	d.upload, err = d.api.openUpload(ctx, d.who, start, func() { d.end(errTakenOver) })
	if err != nil {
		return err
	}
	defer d.upload.Release()
	if d.upload.Whole() { // its end was cut off
		if err := d.started(&live.Refusal{Reason: live.Ended, Detail: "The dictation has ended."}); err != nil {
			return err
		}
		d.in.close()
		go d.read()
		return d.finish(ctx, func() {})
	}
	var refusal *live.Refusal
	d.words, refusal = d.openWords(ctx, start)
	defer d.words.Close()
	if err := d.started(refusal); err != nil {
		return err
	}
	return d.hear(ctx)
}

// first waits for the first message, or the stop.
func (d *dictation) first() (wire.LiveStart, error) {
	var start wire.LiveStart
	read := make(chan error, 1)
	go func() {
		read <- safely(func() (err error) {
			start, err = readStart(d.conn)
			return err
		})
	}()
	select {
	case err := <-read:
		return start, err
	case <-d.api.lives.ending:
		return wire.LiveStart{}, errLiveStop
	}
}

// started tells the client where to go on, and why no words will come if so.
func (d *dictation) started(refusal *live.Refusal) error {
	m := wire.LiveStarted{Type: "started", Upload: d.upload.ID, Offset: d.upload.Offset, Live: refusal == nil}
	if refusal != nil {
		m.Reason, m.Detail = &refusal.Reason, refusal.Detail
	}
	return sendAll(d.conn, m)
}

// openWords begins to hear, from where the upload is.
func (d *dictation) openWords(ctx context.Context, s wire.LiveStart) (*live.Session, *live.Refusal) {
	raw, _ := isRaw(s.ContentType) // openUpload checked it
	language := d.upload.Language
	if language == "" {
		language, _ = d.api.App.OwnLanguage(ctx, d.upload.UserID) // words are no reason to fail
	}
	start := live.Start{Person: d.upload.UserID, Raw: raw, Language: language, Stored: d.upload.Offset, Before: d.upload.Sound, Heard: s.Heard, Words: d.out.addWords}
	if hints, err := d.upload.Hints(ctx); err == nil {
		start.Hints, start.Early = hints, d.keepEarly(hints)
	}
	return d.api.Live.Open(ctx, start)
}

// keepEarly keeps what was heard in a piece already. Where it is lost, the
// piece is recognised with the recording.
func (d *dictation) keepEarly(hints []string) func(context.Context, []byte, talkit.EarlyPiece) {
	return func(ctx context.Context, pcm []byte, p talkit.EarlyPiece) {
		if err := d.upload.KeepEarly(ctx, pcm, hints, p); err != nil {
			d.api.Door.Log.InfoContext(ctx, "a piece that was heard early is lost", "error", err)
		}
	}
}

// hear has sound come in until there is a reason to end.
func (d *dictation) hear(ctx context.Context) error {
	stop := make(chan struct{})
	stored, written := make(chan error, 1), make(chan error, 1)
	go d.read()
	go func() {
		if err := safely(func() error { return d.watch(ctx, stop) }); err != nil {
			d.end(err)
		}
	}()
	go func() {
		err := safely(func() error { return d.store(ctx) })
		if err != nil {
			d.end(err)
			d.in.close()
		}
		stored <- err
	}()
	go func() {
		err := safely(func() error { return d.out.send(d.conn, stop) })
		if err != nil {
			d.end(err)
		}
		written <- err
	}()
	why := <-d.why
	d.in.close()
	failed := <-stored // nothing that came is given up, whatever the reason
	if failed == nil && errors.Is(why, errEnd) {
		return d.finish(ctx, func() {
			d.words.Finish(lastWords)
			close(stop)
			<-written // where nobody is there any more, the recording is made all the same
		})
	}
	d.upload.Release() // who waits for it need not wait for the words
	close(stop)
	if unsaid := <-written; failed == nil && unsaid != nil {
		return unsaid
	}
	return cmp.Or(failed, why) // a fault also where nobody is left to be told: the log is
}

// read takes messages until the connection ends: also when nobody wants them
// any more, to see the client close it.
func (d *dictation) read() { d.end(safely(d.takeAll)) }

func (d *dictation) takeAll() error {
	for {
		kind, content, err := d.conn.next()
		if err != nil {
			return gone(err)
		}
		if err := d.take(kind, content); err != nil {
			d.end(err)
			d.in.close() // what comes after an end belongs to nothing
		}
	}
}

// take does what a message wants. The error is why the dictation is to end.
func (d *dictation) take(kind websocket.MessageType, content []byte) error {
	if kind != websocket.MessageBinary {
		if err := readMessage(content, "end", new(wire.LiveEnd)); err != nil {
			return err
		}
		return errEnd
	}
	if len(content) == 0 {
		return nil
	}
	d.heard.Store(time.Now().UnixNano())
	wanted := false
	d.conn.hold(func() { wanted = d.in.add(content) })
	if wanted {
		d.words.Write(content)
	}
	return nil
}

// store puts sound where it is safe, and has the client told so.
func (d *dictation) store(ctx context.Context) error {
	for {
		portion, err := d.in.next()
		if err != nil { // the end
			return nil
		}
		if err := d.upload.Append(ctx, portion); err != nil {
			return err
		}
		d.out.setStored(d.upload.Offset)
	}
}

// watch waits until the client, the time or the permission is gone.
func (d *dictation) watch(ctx context.Context, stop <-chan struct{}) error {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return nil
		case <-d.api.lives.ending:
			return errLiveStop
		case <-tick.C:
		}
		if err := d.check(ctx); err != nil {
			return err
		}
	}
}

func (d *dictation) check(ctx context.Context) error {
	who, err := d.api.caller(d.r, liveSchemes)
	if err == nil {
		err = d.api.App.MaySubmit(who)
	}
	switch {
	case err != nil:
		return err
	case time.Since(d.upload.CreatedOn.Std()) > liveTime:
		return errEnd
	case time.Since(time.Unix(0, d.heard.Load())) > idleLive:
		return newProblem(ctx, requestTimeout, "No sound came for a quarter of an hour. What came until then is kept: start again with the upload to go on.")
	}
	if err := d.conn.alive(ctx, pingEvery, pongTime); err != nil {
		return gone(err)
	}
	return nil
}

// finish makes a recording of what was dictated, and tells the client, after
// what is to come before.
func (d *dictation) finish(ctx context.Context, before func()) error {
	said := make(chan struct{})
	go func() {
		defer close(said)
		before()
	}()
	r, err := d.upload.End(ctx)
	<-said
	if err != nil {
		return err
	}
	if err := sendAll(d.conn, wire.LiveRecording{Type: "recording", Recording: r}); err != nil {
		return err
	}
	d.conn.Close(websocket.StatusNormalClosure, "")
	return nil
}

// close tells the client why the dictation ended, if somebody is there.
func (d *dictation) close(why error) {
	_, away := errors.AsType[goneError](why)
	switch {
	case why == nil, away:
		return
	case errors.Is(why, errLiveStop):
		d.conn.Close(websocket.StatusServiceRestart, "The server stops. Go on with the upload.")
		return
	case errors.Is(why, errTakenOver):
		why = talkit.Errorf(talkit.Locked, "Another request goes on with this upload. What came until then is kept.").Because(why)
	}
	p := problem(d.r.Context(), why)
	note(d.r.Context(), p)
	if p.Status == http.StatusInternalServerError {
		d.api.Door.Log.ErrorContext(d.r.Context(), "dictation failed", "error", why)
	}
	closeWith(d.conn, p)
}
