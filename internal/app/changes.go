package app

import "sync"

// Changes tells those who watch a recording, or all those of a person, in this
// process to look again. It says nothing of what changed: the row does.
type Changes struct {
	mu       sync.Mutex
	watchers map[watched]map[chan struct{}]bool
}

// watched is one recording, or all of a person's.
type watched struct{ recordingID, userID int64 }

// NewChanges makes a hub.
func NewChanges() *Changes { return &Changes{watchers: map[watched]map[chan struct{}]bool{}} }

// Watch gives a channel that holds a token after each change of a recording,
// until stop.
func (c *Changes) Watch(recordingID int64) (look <-chan struct{}, stop func()) {
	return c.watch(watched{recordingID: recordingID})
}

// WatchAll is Watch for all recordings of a person.
func (c *Changes) WatchAll(userID int64) (look <-chan struct{}, stop func()) {
	return c.watch(watched{userID: userID})
}

func (c *Changes) watch(what watched) (look <-chan struct{}, stop func()) {
	mine := make(chan struct{}, 1)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.watchers[what] == nil {
		c.watchers[what] = map[chan struct{}]bool{}
	}
	c.watchers[what][mine] = true
	return mine, func() { c.forget(what, mine) }
}

func (c *Changes) forget(what watched, mine chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.watchers[what], mine)
	if len(c.watchers[what]) == 0 {
		delete(c.watchers, what)
	}
}

// notify is called after each change of a user's recording, the first one and
// the last one too.
func (c *Changes) notify(userID, recordingID int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, what := range []watched{{recordingID: recordingID}, {userID: userID}} {
		for watcher := range c.watchers[what] {
			select {
			case watcher <- struct{}{}:
			default: // it has a token already
			}
		}
	}
}
