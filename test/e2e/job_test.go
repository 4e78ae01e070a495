package e2e_test

import (
	"testing"
)

func theMainJob(t *testing.T, w *world) {
	hook := receive(t, nil)
	made := w.newWebhook(hook.URL, "transcript.completed", "transcript.updated", "transcript.disabled")
	r := w.dictate("Call Anna about the " + canary + ". Then lunch.")
	first := hook.next("transcript.completed")
	hook.verified(first, made.Secret)
	_ = r
}
