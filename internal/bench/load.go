package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// asked is what came of asking for a while: how long each answer took.
type asked struct {
	times []time.Duration
	took  time.Duration
}

func (a asked) rate() float64 { return float64(len(a.times)) / a.took.Seconds() }

// plus joins two.
func (a asked) plus(other asked) asked {
	return asked{append(a.times, other.times...), a.took + other.took}
}

func (a asked) percentile(p int) time.Duration { return percentile(a.times, p) }

// percentile sorts times.
func percentile(times []time.Duration, p int) time.Duration {
	slices.Sort(times)
	return times[(len(times)-1)*p/100]
}

// ask has all clients ask for one page, each again as soon as it has its answer.
func (b *bench) ask(ctx context.Context, address, path, token string) (asked, error) {
	clients := make([]asked, b.Clients)
	var over atomic.Bool
	defer time.AfterFunc(b.For, func() { over.Store(true) }).Stop()
	began := time.Now()
	group, ctx := errgroup.WithContext(ctx)
	for i := range clients {
		group.Go(func() (err error) {
			clients[i].times, err = keepAsking(ctx, address, path, token, &over)
			return err
		})
	}
	err := group.Wait()
	all := asked{took: time.Since(began)}
	for _, c := range clients {
		all.times = append(all.times, c.times...)
	}
	return all, err
}

// keepAsking is one client. It writes its request as it is and reads no more
// than it must, as it takes its time from the same cores as the server.
func keepAsking(ctx context.Context, address, path, token string, over *atomic.Bool) (times []time.Duration, err error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	request := []byte(fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n", path, address, token))
	answers := bufio.NewReaderSize(conn, 64<<10)
	for !over.Load() && ctx.Err() == nil {
		began := time.Now()
		conn.SetDeadline(began.Add(10 * time.Second))
		if _, err := conn.Write(request); err != nil {
			return nil, err
		}
		response, err := http.ReadResponse(answers, nil)
		if err != nil {
			return nil, err
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			return nil, err
		}
		if response.StatusCode != http.StatusOK {
			return nil, errors.New("the server answered " + response.Status)
		}
		times = append(times, time.Since(began))
	}
	return times, ctx.Err()
}

// get reads one answer.
func get(ctx context.Context, address, path, token string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, errors.New("the server answered " + response.Status)
	}
	return io.ReadAll(response.Body)
}
