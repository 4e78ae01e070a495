package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"talkit/internal/api"
	"talkit/internal/config"
	"talkit/internal/door"
	"talkit/internal/jobs"
	"talkit/internal/speech"
	"talkit/internal/store"
	"talkit/internal/web"
	"talkit/internal/webhook"
)

// Server is talkit serve, or talkit work.
type Server struct {
	*Parts
	listener net.Listener // nil when it only works
	http     *http.Server
	works    bool
	acme     *acmeCertificates // nil when certificates come from elsewhere
	checkup  *checkup
	engines  *speech.Engines
	endLive  func(context.Context) // ends dictations, which http.Server has let go of
	lock     *os.File
}

// Role says what a server does.
type Role struct{ Serve, Work bool }

// stopTime is how long requests and jobs may take to end after the stop.
const stopTime = 25 * time.Second

// New makes a server ready to run, listening already.
func New(ctx context.Context, c config.Config, role Role, log *slog.Logger) (s *Server, err error) {
	s = &Server{works: role.Work, engines: NewEngines(c, log)}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if role.Serve {
		if s.listener, err = net.Listen("tcp", c.Listen); err != nil {
			return s, fmt.Errorf("listen (TALKIT_LISTEN): %w", err)
		}
		if c.URL == "" {
			c.URL = c.URLFor(s.listener.Addr().String())
		}
	}
	if s.Parts, err = Open(ctx, c, log); err != nil {
		return s, err
	}
	s.useSpeech(s.engines)
	s.useWarmth()
	s.useEar()
	if err := s.App.Reseal(ctx); err != nil {
		return s, fmt.Errorf("open sealed secrets (TALKIT_SECRET_KEY): %w", err)
	}
	if err := s.lockWork(); err != nil {
		return s, err
	}
	return s, s.prepareHTTP()
}

func (s *Server) prepareHTTP() error {
	if s.listener == nil {
		return nil
	}
	handler, err := s.handler()
	if err != nil {
		return err
	}
	s.http = &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
		ErrorLog: errorLog(s.Log)}
	return s.prepareTLS()
}

// handler sends each request through its door.
func (s *Server) handler() (http.Handler, error) {
	front := door.Door{Log: s.Log, Proxies: proxies(s.Config.TrustedProxies)}
	operations, err := api.New(api.Options{App: s.App, Door: front, MaxUpload: int64(s.Config.MaxUpload), Ready: s.DB.Ping, Live: s.liveRoom()})
	if err != nil {
		return nil, err
	}
	s.endLive = operations.EndLive
	s.checkup = newCheckup(s.Parts)
	pages, err := web.New(web.Options{App: s.App, Door: front, MaxUpload: int64(s.Config.MaxUpload), Examine: s.checkup.findings, Models: s.models})
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if web.Owns(r.URL.Path) {
			pages.ServeHTTP(w, r)
			return
		}
		operations.ServeHTTP(w, r)
	}), nil
}

// lockWork makes sure that one process alone works a SQLite database: it takes
// up what a dead one left, which must not be what a living one is doing.
func (s *Server) lockWork() error {
	if !s.works || s.DB.Dialect != store.SQLite {
		return nil
	}
	path := filepath.Join(s.Config.Data, "work.lock")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		file.Close()
		return fmt.Errorf("another talkit works on %s already; stop it first, or start this one with talkit serve --no-work", s.Config.Data)
	}
	s.lock = file
	return nil
}

// proxies tells which remote addresses are believed.
type proxies config.Networks

// Trusts implements what the API asks.
func (p proxies) Trusts(remote string) bool {
	address, err := netip.ParseAddr(remote)
	return err == nil && config.Networks(p).Contains(address)
}

// URL is the server's public address.
func (s *Server) URL() string { return s.Config.URL }

// Addr is where it listens.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Run serves and works until ctx ends, then ends what is in hand.
func (s *Server) Run(ctx context.Context) error {
	defer s.Close()
	tuneMemory()
	parts, ctx := errgroup.WithContext(ctx)
	if s.http != nil {
		parts.Go(func() error { return s.runHTTP(ctx) })
		parts.Go(func() error { s.checkup.run(ctx); return nil })
	}
	if s.acme != nil {
		parts.Go(func() error { s.acme.run(ctx); return nil })
	}
	if s.works {
		parts.Go(func() error { return s.runWork(ctx) })
	}
	return parts.Wait()
}

func (s *Server) runHTTP(ctx context.Context) error {
	stopped := make(chan error, 1)
	streams, endStreams := context.WithCancel(context.WithoutCancel(ctx))
	s.http.BaseContext = func(net.Listener) context.Context { return streams }
	go func() {
		<-ctx.Done()
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		time.AfterFunc(stopTime/5, endStreams) // event streams would go on for ever
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			s.endLive(stopping)
		}()
		err := s.http.Shutdown(stopping) // at the same time: who comes back must find no server, not one that refuses
		<-ended
		stopped <- err
	}()
	err := s.serveHTTP()
	if !errors.Is(err, http.ErrServerClosed) {
		endStreams()
		return err
	}
	err = <-stopped
	endStreams()
	if errors.Is(err, context.DeadlineExceeded) {
		return s.http.Close()
	}
	return err
}

func (s *Server) serveHTTP() error {
	if s.http.TLSConfig != nil {
		return s.http.ServeTLS(s.listener, "", "")
	}
	return s.http.Serve(s.listener)
}

// runWork works the queue with an engine that outlives it: a piece in hand is
// finished first.
func (s *Server) runWork(ctx context.Context) error {
	engine, stopEngine := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() { ended <- s.engines.Run(engine) }()
	said := make(chan struct{})
	go func() {
		defer close(said)
		(&engineStates{engines: s.engines, keep: s.App.SetEngines, said: map[string]speech.Report{}, saidOn: map[string]time.Time{}}).run(engine)
	}()
	if err := s.App.RestartPace(ctx); err != nil {
		s.Log.WarnContext(ctx, "the time left of recordings may be told too long", "error", err)
	}
	sender := webhook.NewSender(webhook.Options{Allow: s.Config.WebhookAllow})
	defer sender.Close()
	work := &jobs.Work{App: s.App, Engines: s.engines, Sender: sender, Lanes: jobs.NewLanes(deliverWorkers), Log: s.Log}
	err := s.Queue.Run(ctx, work.Handlers())
	stopEngine()
	<-said
	return errors.Join(err, <-ended)
}

// Close frees all; Run does it at its end.
func (s *Server) Close() error {
	var errs []error
	if s.listener != nil {
		s.listener.Close() // closed by http.Server already, as a rule
	}
	if s.Parts != nil {
		errs = append(errs, s.Parts.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
		s.lock = nil
	}
	return errors.Join(errs...)
}
