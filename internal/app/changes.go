package app

import "sync"

// Changes tells those who watch a recording in this process to look again. It
// says nothing of what changed: the row does.
type Changes struct {
	mu       sync.Mutex
	watchers map[int64]map[chan struct{}]bool
}

// NewChanges makes a hub.
func NewChanges() *Changes { return &Changes{watchers: map[int64]map[chan struct{}]bool{}} }

// Watch gives a channel that holds a token after each change, until stop.
func (c *Changes) Watch(recordingID int64) (look <-chan struct{}, stop func()) {
	mine := make(chan struct{}, 1)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.watchers[recordingID] == nil {
		c.watchers[recordingID] = map[chan struct{}]bool{}
	}
	c.watchers[recordingID][mine] = true
	return mine, func() { c.forget(recordingID, mine) }
}

func (c *Changes) forget(recordingID int64, mine chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.watchers[recordingID], mine)
	if len(c.watchers[recordingID]) == 0 {
		delete(c.watchers, recordingID)
	}
}

func (c *Changes) notify(recordingID int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for watcher := range c.watchers[recordingID] {
		select {
		case watcher <- struct{}{}:
		default: // it has a token already
		}
	}
}
