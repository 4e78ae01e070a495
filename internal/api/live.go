package api

import (
	"context"
	"net/http"
	"time"

	"github.com/coder/websocket"
	"github.com/danielgtaylor/huma/v2"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/door"
)

// GET /recordings/live is a WebSocket (RFC 6455): sound goes in while it is
// spoken, words come out. docs/live.md has the protocol.
const livePath = "/recordings/live"

var liveSchemes = []app.Scheme{app.UserKey}

// maxLive is how many dictations a person can have open at the same time.
const maxLive = 10

func (a *API) liveRoute() {
	a.getOnly(livePath)
	a.mux.HandleFunc("GET "+livePath, a.serveLive)
	op := operation(http.MethodGet, livePath, tagRecording, "Dictate",
		"A WebSocket (RFC 6455): sound goes in while it is spoken, words come back. The sound is stored as it arrives, "+
			"in an upload that tus goes on with as well. docs/live.md has the messages", liveSchemes...)
	op.Parameters = []*huma.Param{
		needed(likely(header("Connection", "string", "Upgrade"), "Upgrade")),
		needed(likely(header("Upgrade", "string", "websocket"), "websocket")),
		needed(likely(header("Sec-WebSocket-Version", "string", "13"), "13")),
		needed(likely(header("Sec-WebSocket-Key", "string", "16 random bytes in base64"), "dGhlIHNhbXBsZSBub25jZQ==")),
		header("Origin", "string", "Of our own pages, where a session is shown"),
	}
	upgrade := []string{"Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Allow", "GET"}
	op.Responses = map[string]*huma.Response{
		"101": {Description: "The dictation begins", Headers: headers("Upgrade", "websocket", "Sec-WebSocket-Accept", "As RFC 6455 makes it of the key")},
		"426": {Description: http.StatusText(http.StatusUpgradeRequired), Headers: headers(upgrade...)},
	}
	op = complete(op)
	doc := a.huma.OpenAPI()
	doc.AddOperation(&op)
	finish(doc, op)
}

// serveLive shakes hands and has the dictation run its course.
func (a *API) serveLive(w http.ResponseWriter, r *http.Request) {
	who, err := a.liveCaller(r)
	if err != nil {
		refuseLive(w, r, problem(r.Context(), err))
		return
	}
	end, err := a.lives.begin(who.UserID, maxLive)
	if err != nil { // said before what else is wrong: browsers can only ask for it without a handshake
		refuseLive(w, r, problem(r.Context(), err))
		return
	}
	defer end()
	if p := upgradable(r); p != nil {
		refuseLive(w, r, p)
		return
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true}) // liveCaller looked at the Origin
	if err != nil {                                                                         // nobody is there any more
		note(r.Context(), talkit.Errorf(talkit.Malformed, "The connection broke before the dictation began.").Because(err))
		return
	}
	defer conn.CloseNow()
	a.dictate(r, conn, who)
}

func refuseLive(w http.ResponseWriter, r *http.Request, p *Problem) {
	note(r.Context(), p)
	p.write(w)
}

// liveCaller is who asks. A browser says in Origin whose page it is that asks:
// for a session it must be ours, and a page of another is refused in any case.
func (a *API) liveCaller(r *http.Request) (talkit.Caller, error) {
	who, err := a.caller(r, liveSchemes)
	if err != nil {
		return who, err
	}
	door.Of(r.Context()).Caller = who
	if err := a.checkOrigin(r); err != nil {
		return who, err
	}
	if err := a.App.MaySubmit(who); err != nil {
		return who, err
	}
	if r.URL.RawQuery != "" {
		return who, talkit.InvalidField("query", "must be empty here")
	}
	return who, nil
}

// checkOrigin looks at a handshake as at a request that changes something,
// which a GET is not to the protection of all the others.
func (a *API) checkOrigin(r *http.Request) error {
	changing := r.Clone(r.Context())
	changing.Method = http.MethodPost
	bySession := r.Header.Get("Authorization") == ""
	if bySession && r.Header.Get("Origin") == "" {
		return talkit.Errorf(talkit.Forbidden, "A session is for our own pages alone, and this handshake has no Origin. Use a user key elsewhere.")
	}
	if err := a.sameOrigin.Check(changing); err != nil {
		return talkit.Errorf(talkit.Forbidden, "Pages of others cannot dictate here.").Because(err)
	}
	return nil
}

// upgradable says what a handshake lacks.
func upgradable(r *http.Request) *Problem {
	has := func(name, token string) bool { return headerHasToken(r.Header.Values(name), token) }
	if r.Method == http.MethodGet && r.ProtoAtLeast(1, 1) && has("Connection", "upgrade") && has("Upgrade", "websocket") && r.Header.Get("Sec-WebSocket-Version") == "13" {
		if !isSocketKey(r.Header.Values("Sec-WebSocket-Key")) {
			return newProblem(r.Context(), talkit.Malformed, "Sec-WebSocket-Key must be 16 bytes in base64, once (RFC 6455).")
		}
		return nil
	}
	p := newProblem(r.Context(), upgradeRequired, "This address is a WebSocket: ask with Connection: Upgrade, Upgrade: websocket and Sec-WebSocket-Version: 13.")
	p.header.Set("Upgrade", "websocket")
	p.header.Set("Connection", "Upgrade")
	p.header.Set("Sec-WebSocket-Version", "13")
	return p
}

// EndLive ends all dictations, after what came of them is stored, and returns
// when they have ended: their clients go on with them on the server that follows.
// No other begins.
func (a *API) EndLive(ctx context.Context) {
	select {
	case <-a.lives.stop():
	case <-ctx.Done():
	}
}

// Times of a dictation.
const (
	startTime = 15 * time.Second // for the first message to come
	pingEvery = permitEvery
	pongTime  = 10 * time.Second
	idleLive  = 15 * time.Minute // without any sound: a person who paused
	lastWords = 2 * time.Second  // for the last words to be confirmed
	// liveTime is when the server ends a dictation by itself, while its upload
	// has still some time left.
	liveTime = talkit.UploadTime - 15*time.Minute
)
