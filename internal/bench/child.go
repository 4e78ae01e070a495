package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// child is talkit serve in a process of its own.
type child struct {
	*exec.Cmd
	address string // host:port
	took    time.Duration
	ended   chan error
}

// startTime and stopTime bound what should take milliseconds.
const (
	startTime = 30 * time.Second
	stopTime  = 30 * time.Second
)

// serve starts talkit on a data folder and waits for its first answer.
func (b *bench) serve(ctx context.Context, data string, flags ...string) (*child, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	flags = append([]string{"serve", "--listen", address, "--data", data, "--engines", b.Engines, "--model", b.Model,
		"--webhook-allow", "127.0.0.0/8", "--log", "json"}, flags...)
	c := &child{Cmd: exec.Command(b.Binary, flags...), address: address, ended: make(chan error, 1)}
	c.Env = environment()
	log, err := os.OpenFile(filepath.Join(data, "server.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	c.Stderr = log
	began := time.Now()
	if err := c.Start(); err != nil {
		return nil, err
	}
	go func() { c.ended <- c.Wait() }()
	err = c.answers(ctx)
	c.took = time.Since(began)
	if err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return c, nil
}

// environment is what a child needs: settings of this shell are not its own.
func environment() []string {
	var env []string
	for _, setting := range os.Environ() {
		if !strings.HasPrefix(setting, "TALKIT_") {
			env = append(env, setting)
		}
	}
	return env
}

// freeAddress is a port of loopback that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// answers waits for the first answer.
func (c *child) answers(ctx context.Context) error {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: startTime}
	for deadline := time.Now().Add(startTime); ; time.Sleep(500 * time.Microsecond) {
		response, err := client.Get("http://" + c.address + "/healthz")
		if err == nil {
			io.Copy(io.Discard, response.Body)
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
			err = errors.New(response.Status)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the server did not answer in %s: %w", startTime, err)
		}
		select {
		case err := <-c.ended:
			c.ended <- err
			return fmt.Errorf("the server ended: %w; its server.log says why", err)
		default:
		}
	}
}

// stop ends the child and waits until it is gone.
func (c *child) stop() error {
	c.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-c.ended:
		return err
	case <-time.After(stopTime):
		c.Process.Kill()
		<-c.ended
		return errors.New("the server did not stop in time and was killed")
	}
}
