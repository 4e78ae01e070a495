package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"talkit"
)

// wordsSent is how long the texts are that webhooks carry.
const wordsSent = 100

// webhooks measures how fast a backlog drains, then how soon a single event
// arrives while they come steadily. All begins with a text that a person
// releases.
func (b *bench) webhooks(ctx context.Context) error {
	data, err := b.folder()
	if err != nil {
		return err
	}
	p, err := b.open(ctx, data)
	if err != nil {
		return err
	}
	defer p.parts.Close()
	r, err := listen()
	if err != nil {
		return err
	}
	defer r.Close()
	steady := int(float64(b.Rate) * b.For.Seconds())
	if err := p.addReviews(ctx, b.Backlog+steady, wordsSent); err != nil {
		return err
	}
	if _, err := p.parts.App.CreateWebhook(ctx, p.developer(), p.pluginID, r.uri(), nil); err != nil {
		return err
	}
	if err := b.publishBacklog(ctx, p); err != nil {
		return err
	}
	c, err := b.serve(ctx, data)
	if err != nil {
		return err
	}
	err = b.drain(ctx, c, p, r)
	if err == nil {
		err = b.steady(ctx, c, p, r, steady)
	}
	return errors.Join(err, c.stop())
}

// publishBacklog releases texts while nobody works.
func (b *bench) publishBacklog(ctx context.Context, p people) error {
	b.Say(fmt.Sprintf("webhooks: releasing %d transcripts", b.Backlog))
	began := time.Now()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(b.Clients)
	for id := range b.Backlog {
		group.Go(func() error {
			_, err := p.parts.App.Release(ctx, p.person(), int64(id+1))
			return err
		})
	}
	err := group.Wait()
	if err == nil {
		b.add("publishing, with event, delivery and job", float64(b.Backlog)/time.Since(began).Seconds(), "transcripts/s", goal{})
	}
	return err
}

// drainTime bounds the draining of a backlog.
const drainTime = 5 * time.Minute

// drain measures from the first receipt until every delivery is settled.
func (b *bench) drain(ctx context.Context, c *child, p people, r *receiver) error {
	ctx, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	if err := r.await(ctx, b.Backlog); err != nil {
		return err
	}
	if err := settled(ctx, p); err != nil {
		return err
	}
	took := time.Since(r.first())
	b.add(fmt.Sprintf("a backlog of %d drained, synchronous=FULL", b.Backlog), float64(b.Backlog)/took.Seconds(), "deliveries/s", goal{least: 3000})
	b.add("the server's processor time a delivery", millis(processorTime(c.Process.Pid))/float64(b.Backlog), "ms", goal{})
	b.add("of it received more than once", float64(r.repeated()), "", goal{})
	return nil
}

func settled(ctx context.Context, p people) error {
	for {
		var pending bool
		row := p.parts.DB.Writer().QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM deliveries WHERE status = 'pending')")
		if err := row.Scan(&pending); err != nil || !pending {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("deliveries are still pending: %w", ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// steady has texts released at a rate, and measures from each event's
// creation, within the transaction that commits it, to its receipt.
func (b *bench) steady(ctx context.Context, c *child, p people, r *receiver, count int) error {
	r.forget()
	next := time.NewTicker(time.Second / time.Duration(b.Rate))
	defer next.Stop()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: b.Clients * 4}, Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	group, inTime := errgroup.WithContext(ctx)
	for n := range count {
		<-next.C
		group.Go(func() error { return release(inTime, client, c.address, p.userKey, b.Backlog+n+1) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	inTime, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	if err := r.await(inTime, count); err != nil {
		return err
	}
	times, err := r.since(ctx, p)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%d/s, from the event's row, its commit included, to receipt", b.Rate)
	b.add(name+", p50", millis(percentile(times, 50)), "ms", goal{most: 5})
	b.add(name+", p99", millis(percentile(times, 99)), "ms", goal{})
	return nil
}

func release(ctx context.Context, client *http.Client, address, key string, id int) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, fmt.Sprintf("http://%s/recordings/%d/release", address, id), nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+key)
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New("the server answered " + response.Status)
	}
	return nil
}

// since is how long each event took from its row to its receipt.
func (r *receiver) since(ctx context.Context, p people) ([]time.Duration, error) {
	rows, err := p.parts.DB.Writer().QueryContext(ctx, "SELECT key, created_on FROM events")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var times []time.Duration
	for rows.Next() {
		var key string
		var made talkit.Time
		if err := rows.Scan(&key, &made); err != nil {
			return nil, err
		}
		if at, ok := r.at(key); ok {
			times = append(times, talkit.TimeOf(at).Sub(made))
		}
	}
	return times, rows.Err()
}
