package app

import (
	"encoding/json"
	"testing"

	"talkit"
	"talkit/internal/auth"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
	"talkit/wire"
)

// TestAnswerIsKeptWithItsEffect: a server that dies right after the commit,
// before it answered, has the answer for whoever asks again.
func TestAnswerIsKeptWithItsEffect(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, ctx := testApp(t, db), t.Context()
		var err error
		if a.Sealer, err = auth.NewSealer("a key of thirty-two characters ok"); err != nil {
			t.Fatal(err)
		}
		rows := storetest.RowsOf(t, db)
		developer := rows.User()
		p := rows.Plugin(developer)
		who := talkit.Caller{Kind: talkit.CallerDeveloper, UserID: developer.ID}
		write := func(result any) (KeptAnswer, error) {
			body, err := json.Marshal(result)
			return KeptAnswer{Status: 201, Body: body}, err
		}
		begin := func() *OnceOnly {
			once, err := a.Once(ctx, who, "POST", "/keys", "k1")
			if err != nil {
				t.Fatal(err)
			}
			return once
		}

		first := begin()
		made, err := a.CreateSecretKey(first.Within(ctx, []byte("content"), write), who, p.ID, "")
		if err != nil {
			t.Fatal(err)
		}
		first.stop() // it died here

		again := begin()
		if !again.Answered() {
			t.Fatal("the answer is not there")
		}
		answer, err := again.Repeat([]byte("content"))
		if err != nil {
			t.Fatal(err)
		}
		var repeated wire.PluginSecretKey
		if err := json.Unmarshal(answer.Body, &repeated); err != nil || repeated != made || answer.Status != 201 {
			t.Errorf("%d %+v, %v; made %+v", answer.Status, repeated, err, made)
		}
		if _, err := again.Repeat([]byte("other content")); talkit.KindOf(err) != talkit.Invalid {
			t.Errorf("other content: %v", err)
		}
		if err := first.Drop(ctx); err != nil || !begin().Answered() {
			t.Errorf("a kept answer was dropped: %v", err)
		}
	})
}

// TestAnswerOfAnotherRun: who lost the key to another request has no effect.
func TestAnswerOfAnotherRun(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, ctx := testApp(t, db), t.Context()
		a.Sealer, _ = auth.NewSealer("a key of thirty-two characters ok")
		developer := storetest.RowsOf(t, db).User()
		who := talkit.Caller{Kind: talkit.CallerDeveloper, UserID: developer.ID}
		once, err := a.Once(ctx, who, "POST", "/plugins", "k1")
		if err != nil {
			t.Fatal(err)
		}
		within := once.Within(ctx, nil, func(any) (KeptAnswer, error) { return KeptAnswer{Status: 201}, nil })
		if err := once.Drop(ctx); err != nil {
			t.Fatal(err)
		}
		name := "lost"
		if _, err := a.CreatePlugin(within, who, PluginChange{Name: &name}); talkit.KindOf(err) != talkit.Conflict {
			t.Errorf("%v", err)
		}
		if list, err := a.ListPlugins(ctx, who, talkit.Page{Limit: 1}); err != nil || list.TotalCount != 0 {
			t.Errorf("%+v, %v", list, err)
		}
	})
}
