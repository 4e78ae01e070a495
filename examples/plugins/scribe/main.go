// Command scribe is a plugin that writes out what its users dictate: a line
// for each new Transcript.
//
// A webhook only tells it where to look. What it prints comes from the list,
// after the last id it printed, so a webhook that comes twice or not at all
// neither repeats nor loses a line.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"time"

	"talkit/client"
)

// lookEvery finds what no webhook told of.
const lookEvery = time.Minute

// scribe is one plugin with all of its installations.
type scribe struct {
	url, secretKey, webhookSecret string
	seen                          *cursors
	look                          chan string // UUIDs of installations that have news
}

func main() {
	log.SetFlags(0)
	url := flag.String("url", "http://127.0.0.1:8080", "the Talkit server")
	listen := flag.String("listen", "127.0.0.1:3000", "where webhooks come to")
	state := flag.String("state", "scribe.json", "remembers what was printed")
	flag.Parse()
	seen, err := openCursors(*state, flag.Args())
	if err != nil {
		log.Fatal(err)
	}
	s := &scribe{*url, os.Getenv("SECRET_KEY"), os.Getenv("WEBHOOK_SECRET"), seen, make(chan string, 100)}
	if s.secretKey == "" || s.webhookSecret == "" {
		log.Fatal("SECRET_KEY and WEBHOOK_SECRET must be set, see README.md")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	go s.follow(ctx)
	http.HandleFunc("POST /webhook", s.receive)
	server := &http.Server{Addr: *listen, ReadTimeout: time.Minute}
	context.AfterFunc(ctx, func() { server.Close() })
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
}

// receive answers at once and leaves the work to follow: an answer that takes
// more than 15 seconds counts as a failure.
func (s *scribe) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	event, err := client.VerifyWebhook(s.webhookSecret, r.Header, body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	log.Printf("verified webhook %s %s", event.ID, event.Type)
	if event.PluginInstallationUUID == nil { // a test
		return
	}
	select {
	case s.look <- *event.PluginInstallationUUID:
	default:
		http.Error(w, "too much at once, come again", http.StatusServiceUnavailable)
	}
}

// follow prints what is new, until ctx ends.
func (s *scribe) follow(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	s.readAll(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case uuid := <-s.look:
			s.read(ctx, uuid)
		case <-tick.C:
			s.readAll(ctx)
		}
	}
}

func (s *scribe) readAll(ctx context.Context) {
	for _, uuid := range s.seen.installations() {
		s.read(ctx, uuid)
	}
}

// read prints what is new for one installation. It keeps its place after each
// Transcript, so after a crash one may be printed twice, and none is left out.
func (s *scribe) read(ctx context.Context, uuid string) {
	talkit := client.New(s.url, client.Installation(uuid, s.secretKey))
	for t, err := range talkit.AllTranscripts(ctx, s.seen.last(uuid)) {
		if err == nil {
			fmt.Printf("transcript %s  %s\n", t.ID, t.Text)
			err = s.seen.keep(uuid, t.ID)
		}
		if err != nil {
			log.Print(err)
			return
		}
	}
}
