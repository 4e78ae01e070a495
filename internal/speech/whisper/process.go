package whisper

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"sync"
	"time"
)

var (
	errGone   = errors.New("the speech process has ended")
	errIdle   = errors.New("the speech process had nothing to do")
	errHung   = errors.New("the speech process took too long and was killed")
	errSilent = errors.New("the speech process stood still and was killed")
	errMemory = errors.New("the speech process outgrew its memory and was killed")
)

// A process shows each second that it runs. It is missed by the number of our
// own looks at it, not by the clock: where we stood still ourselves, or are out
// of breath like all of the machine, nothing came for another reason.
const (
	maxSilence = 40 // looks: 10 s

	// maxSilenceAtStart is longer: while a library comes from a slow disk Python
	// does nothing else.
	maxSilenceAtStart = 240
)

// process is one Python process and the calls that are in it.
type process struct {
	options Options
	memory  int64 // bytes
	cmd     *exec.Cmd
	lines   chan []byte   // to its standard input; has room for every slot
	ready   chan struct{} // closed when it takes calls
	gone    chan struct{} // closed when it is dead and its calls are answered
	words   tail          // the end of its standard error
	read    chan error    // whether its model's files are right, once they were read

	mu    sync.Mutex
	why   error // not nil once it has ended or is about to
	last  uint64
	since time.Time // when it was started, got ready or was last asked or answered
	calls map[uint64]*call

	says   bool   // that its model is loaded
	whole  bool   // its model's files are
	silent int    // how often in a row it was looked at and had said nothing
	device string // where it computes
}

// call is one request on its way.
type call struct {
	request  request
	since    time.Time
	took     time.Duration // of an answer
	release  func()        // gives its slot back
	answered chan struct{} // closed when answer or err is set
	answer   answer
	err      error
}

func (c *call) finish(a answer, err error) {
	c.answer, c.err = a, err
	c.release()
	close(c.answered)
}

// start begins a process that lives until life ends at the longest.
func start(life context.Context, program program, options Options) *process {
	p := &process{
		options: options,
		memory:  program.memory(),
		cmd:     program.command(),
		lines:   make(chan []byte, options.Workers),
		ready:   make(chan struct{}),
		gone:    make(chan struct{}),
		read:    make(chan error, 1),
		since:   time.Now(),
		calls:   map[uint64]*call{},
	}
	go p.run(life, program.verify)
	return p
}

// run is the life of the process.
func (p *process) run(life context.Context, verify func(context.Context) error) {
	defer close(p.gone)
	// The kernel sends the parent-death signal when the thread that started
	// the child ends, so that thread is kept until the child is gone.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	began := time.Now()
	in, out, err := p.start()
	if err != nil {
		p.stop(err)
		p.abandon()
		return
	}
	confine(p.cmd.Process.Pid)
	p.options.Log.Info("speech process started", "pid", p.cmd.Process.Pid, "model", p.options.Model)
	go p.check(life, verify)
	go p.watch(life)
	go p.write(in)
	p.listen(out)
	p.stop(errGone) // one that no longer speaks is of no use
	p.kill()
	err = p.cmd.Wait()
	p.explain(err)
	p.abandon()
	p.options.Log.Info("speech process ended", "pid", p.cmd.Process.Pid, "model", p.options.Model,
		"seconds", time.Since(began).Seconds(), "cause", p.cause().Error())
}

// check reads the model's files while Python starts and loads them, which takes
// longer. No call goes to the process before both are done.
func (p *process) check(life context.Context, verify func(context.Context) error) {
	err := verify(life)
	p.read <- err
	if err != nil {
		p.stop(err)
		p.kill()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.whole = true
	p.getReady()
}

// getReady lets calls in once all is right; the caller holds mu.
func (p *process) getReady() {
	if p.says && p.whole && !closed(p.ready) {
		p.since = time.Now()
		close(p.ready)
	}
}

func (p *process) start() (in io.WriteCloser, out io.ReadCloser, err error) {
	p.cmd.Stderr = &p.words
	p.cmd.SysProcAttr = dieWithUs()
	p.cmd.WaitDelay = time.Second
	if in, err = p.cmd.StdinPipe(); err != nil {
		return nil, nil, err
	}
	if out, err = p.cmd.StdoutPipe(); err != nil {
		return nil, nil, err
	}
	return in, out, p.cmd.Start()
}

// submit gives the process a call, or returns errGone if it takes none.
func (p *process) submit(c *call) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.why != nil {
		return errGone
	}
	p.last++
	c.request.ID = p.last
	line, err := json.Marshal(c.request)
	if err != nil {
		return fmt.Errorf("encode a piece: %w", err)
	}
	p.since, c.since = time.Now(), time.Now()
	p.calls[p.last] = c
	p.lines <- append(line, '\n')
	return nil
}

// write is apart from submit because a process that hangs reads nothing.
func (p *process) write(in io.WriteCloser) {
	defer func() { _ = in.Close() }()
	for {
		select {
		case line := <-p.lines:
			if _, err := in.Write(line); err != nil {
				return // it is dead; read sees that too
			}
		case <-p.gone:
			return
		}
	}
}

// listen takes answers until the process says no more. What is no answer is
// passed over: the call it may have been for ends by its timeout.
func (p *process) listen(out io.Reader) {
	lines := bufio.NewReaderSize(out, 64<<10)
	for {
		line, err := readLine(lines)
		if err != nil {
			return
		}
		var a answer
		if json.Unmarshal(line, &a) != nil {
			continue
		}
		p.accept(a)
	}
}

func (p *process) accept(a answer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.silent = 0
	if a.Ready && !p.says {
		p.says, p.device = true, a.Device
		p.options.Log.Info("speech model loaded", "model", p.options.Model, "device", a.Device)
		if a.Note != "" {
			p.options.Log.Warn("speech model is elsewhere than it could be", "model", p.options.Model, "device", a.Device, "reason", a.Note)
		}
		p.getReady()
	}
	if c, ok := p.calls[a.ID]; ok {
		p.since = time.Now()
		delete(p.calls, a.ID)
		c.took = time.Since(c.since)
		c.finish(a, a.failure())
	}
}

// watchPeriod is how often a process is looked at.
const watchPeriod = 250 * time.Millisecond

// watch ends the process when it has a reason to.
func (p *process) watch(life context.Context) {
	ticker := time.NewTicker(watchPeriod)
	defer ticker.Stop()
	for {
		select {
		case <-p.gone:
			return
		case <-life.Done():
			p.stop(errEnded)
			p.kill()
			return
		case <-ticker.C:
			if err := p.fault(); err != nil {
				p.stop(err)
				p.kill()
				return
			}
		}
	}
}

// fault is why the process must end, or nil.
func (p *process) fault() error {
	if resident(p.cmd.Process.Pid) > p.memory {
		return errMemory
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.silent++
	if p.silent > maxSilenceAtStart || p.silent > maxSilence && closed(p.ready) {
		return errSilent
	}
	if len(p.calls) == 0 {
		switch quiet := time.Since(p.since); {
		case closed(p.ready) && quiet > p.options.Idle:
			p.why = errIdle // under the lock: from here on it takes no call
			return errIdle
		case !closed(p.ready) && quiet > p.options.Timeout:
			return errHung
		}
	}
	for _, c := range p.calls {
		if time.Since(c.since) > p.options.Timeout {
			return errHung
		}
	}
	return nil
}

// stay begins the time anew after which a process without work is stopped.
func (p *process) stay() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if closed(p.ready) && len(p.calls) == 0 {
		p.since = time.Now()
	}
}

// stop says why the process ends, once; it takes no calls from then on.
func (p *process) stop(why error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.why == nil {
		p.why = why
	}
}

func (p *process) kill() { _ = p.cmd.Process.Kill() }

// explain adds what the process said to an end that nobody here wanted.
//
// What it says of a damaged model is of little help, so that is waited for.
func (p *process) explain(err error) {
	damage := <-p.read
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.why == errGone && damage != nil {
		p.why = damage
	} else if p.why == errGone {
		p.why = fmt.Errorf("%w: %v: %s", errGone, err, p.words.lastLine())
	}
}

// abandon answers the calls that will get no answer.
func (p *process) abandon() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, c := range p.calls {
		delete(p.calls, id)
		c.finish(answer{}, p.why)
	}
}

func (p *process) ended() bool { return p.cause() != nil }

func (p *process) cause() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.why
}

func closed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
