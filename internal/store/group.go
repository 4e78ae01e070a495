package store

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
)

// group commits the work of many callers in one transaction. Committing is
// what costs on SQLite, where each is synced to the disk: while one group is
// being committed the next one gathers, so nobody waits for company.
type group struct {
	db      *DB
	mu      sync.Mutex
	waiting []*grouped
	busy    bool
}

type grouped struct {
	f    func(tx *Tx) error
	done chan error
}

// maxGroup bounds how long a group holds the writer.
const maxGroup = 200

// InGroup is InTx for small independent changes that come in crowds. On
// PostgreSQL, which groups commits itself, it is InTx. Like there, f may be run again.
func (db *DB) InGroup(ctx context.Context, f func(tx *Tx) error) error {
	if db.Dialect == Postgres {
		return db.InTx(ctx, f)
	}
	return db.group.do(ctx, f)
}

func (g *group) do(ctx context.Context, f func(tx *Tx) error) error {
	mine := &grouped{withoutPanic(f), make(chan error, 1)}
	g.mu.Lock()
	g.waiting = append(g.waiting, mine)
	lead := !g.busy
	g.busy = true
	g.mu.Unlock()
	if lead {
		go g.commitAll(context.WithoutCancel(ctx))
	}
	select {
	case err := <-mine.done:
		return err
	case <-ctx.Done():
		return ctx.Err() // it may still be committed, as after a lost answer of any database
	}
}

// withoutPanic makes an error of a panic: it would end the process, as no
// caller stands above it here who could recover.
func withoutPanic(f func(tx *Tx) error) func(tx *Tx) error {
	return func(tx *Tx) (err error) {
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("panic in a transaction: %v\n%s", r, debug.Stack())
			}
		}()
		return f(tx)
	}
}

func (g *group) commitAll(ctx context.Context) {
	for {
		members := g.take()
		if members == nil {
			return
		}
		g.commit(ctx, members)
	}
}

func (g *group) take() []*grouped {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.waiting), maxGroup)
	if n == 0 {
		g.busy = false
		return nil
	}
	members := g.waiting[:n:n]
	g.waiting = g.waiting[n:]
	return members
}

// commit does all in one transaction, and where that fails each in its own,
// so that one member's error is its own alone.
func (g *group) commit(ctx context.Context, members []*grouped) {
	err := g.db.InTx(ctx, func(tx *Tx) error {
		for _, m := range members {
			if err := m.f(tx); err != nil {
				return err
			}
		}
		return nil
	})
	for _, m := range members {
		if err != nil {
			m.done <- g.db.InTx(ctx, m.f)
		} else {
			m.done <- nil
		}
	}
}
