package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"talkit/wire"
)

// list measures what a page of 20 costs an installation, by how many
// transcripts there are, where the page begins, and how long the texts are.
func (b *bench) list(ctx context.Context) error {
	few, err := b.listOf(ctx, b.Few, 100)
	if err != nil {
		return err
	}
	if _, err := b.listOf(ctx, b.Few, 500); err != nil {
		return err
	}
	many, err := b.listOf(ctx, b.Rows, 100)
	if err != nil {
		return err
	}
	b.add(fmt.Sprintf("cost with %d against %d, first page", b.Rows, b.Few), few.first/many.first, "×", goal{most: 1.2})
	b.add(fmt.Sprintf("cost of the last page against the first, %d", b.Rows), many.first/many.last, "×", goal{most: 1.2})
	return nil
}

// rates are requests a second.
type rates struct{ first, last float64 }

func (b *bench) listOf(ctx context.Context, count, words int) (r rates, err error) {
	data, err := b.folder()
	if err != nil {
		return r, err
	}
	p, err := b.open(ctx, data)
	if err != nil {
		return r, err
	}
	defer p.parts.Close()
	b.Say(fmt.Sprintf("list: making %d transcripts of %d words", count, words))
	began := time.Now()
	if err := p.addTranscripts(ctx, count, words); err != nil {
		return r, err
	}
	b.Say(fmt.Sprintf("list: made in %.0f s", time.Since(began).Seconds()))
	if err := p.parts.Close(); err != nil {
		return r, err
	}
	c, err := b.serve(ctx, data)
	if err != nil {
		return r, err
	}
	r, err = b.bothEnds(ctx, c, p, count, words)
	return r, errors.Join(err, c.stop())
}

// bothEnds takes turns, so that what disturbs the machine disturbs both.
func (b *bench) bothEnds(ctx context.Context, c *child, p people, count, words int) (r rates, err error) {
	pages := map[string]string{"first": "", "last": fmt.Sprintf("?after_id=%d", max(0, count-pageSize))}
	all, before := map[string]asked{}, processorTime(c.Process.Pid)
	for range 2 {
		for _, end := range []string{"first", "last"} {
			if err := b.checkPage(ctx, c, p, pages[end], count); err != nil {
				return r, err
			}
			l, err := b.ask(ctx, c.address, "/transcripts"+pages[end], p.token())
			if err != nil {
				return r, err
			}
			all[end] = all[end].plus(l)
		}
	}
	spent, lists := processorTime(c.Process.Pid)-before, len(all["first"].times)+len(all["last"].times)
	goals := map[int]goal{100: {least: 5000}}
	for _, end := range []string{"first", "last"} {
		name := fmt.Sprintf("%d transcripts of %d words, %s page", count, words, end)
		b.add(name, all[end].rate(), "lists/s", goals[words])
		b.add(name+", p99", millis(all[end].percentile(99)), "ms", goal{})
	}
	b.add(fmt.Sprintf("%d transcripts of %d words, the server's processor time a list", count, words), millis(spent)/float64(lists), "ms", goal{})
	return rates{all["first"].rate(), all["last"].rate()}, nil
}

// pageSize is what a page has when nothing is said.
const pageSize = 20

// checkPage makes sure that what is measured is what is meant.
func (b *bench) checkPage(ctx context.Context, c *child, p people, query string, count int) error {
	body, err := get(ctx, c.address, "/transcripts"+query, p.token())
	if err != nil {
		return err
	}
	var list wire.List[wire.Transcript]
	if err := json.Unmarshal(body, &list); err != nil {
		return err
	}
	if len(list.Data) != min(pageSize, count) || list.TotalCount != int64(count) || list.HasMore != (query == "" && count > pageSize) || list.Data[0].Audio == nil {
		return fmt.Errorf("a page has %d of %d transcripts", len(list.Data), list.TotalCount)
	}
	return nil
}
