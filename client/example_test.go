package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"time"

	"talkit/client"
)

// A plugin reads what is new since it last looked.
func ExampleClient_AllTranscripts() {
	ctx := context.Background()
	talkit := client.New("https://talkit.example", client.Installation("0b8f6f0e-8f0a-4c37-9a55-1d5f4f1f5c11", "the value of a secret key"))

	lastSeen := "" // kept by the plugin from one run to the next
	for transcript, err := range talkit.AllTranscripts(ctx, lastSeen) {
		if err != nil {
			log.Print(err)
			return
		}
		fmt.Println(transcript.Name)
		lastSeen = transcript.ID
	}
}

// A developer finds the installations of a plugin, and is told when to wait.
func ExampleClient_AllInstallations() {
	ctx := context.Background()
	talkit := client.New("https://talkit.example", client.DeveloperKey("a developer key"))

	for installation, err := range talkit.AllInstallations(ctx, 1) {
		if problem, ok := errors.AsType[*client.Error](err); ok && problem.Status == http.StatusTooManyRequests {
			time.Sleep(problem.RetryAfter)
			return
		} else if err != nil {
			log.Print(err)
			return
		}
		fmt.Println(installation.UUID)
	}
}

// A receiver of webhooks. It answers soon and works afterwards: an answer that
// takes longer than 15 seconds counts as a failure, and the event comes again.
func ExampleVerifyWebhook() {
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" // shown when the webhook was made
	http.HandleFunc("POST /webhook", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		event, err := client.VerifyWebhook(secret, r.Header, body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		if transcript, err := event.Transcript(); err == nil {
			fmt.Println(event.ID, transcript.Name)
		}
	})
}

// Any HTTP client can call the API with a token.
func ExampleToken() {
	token := client.Token("0b8f6f0e-8f0a-4c37-9a55-1d5f4f1f5c11", "the value of a secret key", time.Unix(1764000000, 0), time.Hour)
	fmt.Println("Authorization: Bearer " + token[:36] + "…")
	// Output: Authorization: Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9…
}
