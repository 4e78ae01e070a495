package app

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"talkit"
	"talkit/internal/auth"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// told is in all that a person said, and nowhere once they are erased.
const told = "kanarienvogel"

// account is a person with one of everything.
type account struct {
	person talkit.User
	who    talkit.Caller
	key    string
}

func newAccount(t *testing.T, a *App, db *store.DB) account {
	t.Helper()
	ctx, rows := t.Context(), storetest.RowsOf(t, db)
	var err error
	if a.Sealer, err = auth.NewSealer("a key of thirty-two characters ok"); err != nil {
		t.Fatal(err)
	}
	u, err := a.CreateUser(ctx, talkit.Operator, NewUser{Email: told + fmt.Sprint(int64(talkit.Now())) + "@example.org",
		FirstName: told, LastName: told, Developer: true})
	if err != nil {
		t.Fatal(err)
	}
	own := account{person: u, who: talkit.Caller{Kind: talkit.CallerUser, UserID: u.ID, Person: u}}
	if own.key, err = a.CreateKey(ctx, talkit.Operator, u, talkit.UserKey, told); err != nil {
		t.Fatal(err)
	}
	other := rows.User()
	plugin := rows.Plugin(other)
	hook := rows.Webhook(plugin)
	want(t)(a.Install(ctx, talkit.Operator, plugin.ID, u))
	for range 25 { // more than a batch
		own.dictate(t, a, rows, plugin, hook)
	}
	name := told
	made, err := a.CreatePlugin(ctx, talkit.Caller{Kind: talkit.CallerDeveloper, UserID: u.ID}, PluginChange{Name: &name, Description: &name})
	if err != nil {
		t.Fatal(err)
	}
	want(t)(a.Install(ctx, talkit.Operator, made.ID, other))
	want(t)(a.BeginUpload(ctx, own.who, NewUpload{Recording: talkit.Recording{Name: told, Type: talkit.Note}, Length: talkit.UnknownLength, Described: told}))
	return own
}

// dictate releases a text that was told to a webhook, whose log kept it.
func (own account) dictate(t *testing.T, a *App, rows storetest.Rows, plugin talkit.Plugin, hook talkit.Webhook) {
	t.Helper()
	ctx := t.Context()
	r := storetest.NewRecording(own.person)
	r.Name, r.Metadata = told, talkit.Metadata{"k": told}
	key := fmt.Sprint("k", int64(talkit.Now()))
	rows.Do(func(tx *store.Tx) error {
		if err := tx.AddRecording(ctx, &r); err != nil {
			return err
		}
		v := talkit.Revision{RecordingID: r.ID, Text: told, Segments: talkit.Segments{{Text: told}}, CreatedOn: talkit.Now()}
		if err := tx.AddRevision(ctx, &v); err != nil {
			return err
		}
		tr := newTranscript(r, v, nil)
		if err := tx.AddTranscript(ctx, &tr); err != nil {
			return err
		}
		r.TranscriptID, r.Status = &tr.ID, talkit.RecordingCompleted
		if err := tx.SetRecording(ctx, r); err != nil {
			return err
		}
		e := talkit.Event{Key: newEventKey(), Type: talkit.TranscriptCompleted, PluginID: plugin.ID, TranscriptID: &tr.ID, CreatedOn: talkit.Now()}
		if err := tx.AddEvent(ctx, &e); err != nil {
			return err
		}
		d := talkit.Delivery{EventID: e.ID, WebhookID: hook.ID, Status: talkit.DeliveryPending}
		if err := tx.AddDelivery(ctx, &d); err != nil {
			return err
		}
		_, err := tx.FinishAttempt(ctx, d, talkit.Attempt{DeliveryID: d.ID, Number: 1, RequestBody: told, ResponseBody: told}, nil)
		if err != nil {
			return err
		}
		kept := store.Answer{Owner: ownerOf(own.who), Method: "POST", Path: "/recordings", Key: key, Token: "t", CreatedOn: talkit.Now()}
		if _, err := tx.ReserveAnswer(ctx, kept, 0); err != nil {
			return err
		}
		kept.Status, kept.Sealed, kept.RecordingID = 202, []byte(told), r.ID
		return tx.KeepAnswer(ctx, kept)
	})
}

// TestDeletedAccount: at once nothing opens it, and step by step nothing is left.
func TestDeletedAccount(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, ctx := testApp(t, db), t.Context()
		own := newAccount(t, a, db)
		accepted := []Scheme{UserKey}
		if _, err := a.Authenticate(ctx, own.key, accepted, ""); err != nil {
			t.Fatal(err)
		}
		if found := whereIs(t, db, told); len(found) < 9 {
			t.Fatalf("what the person said is in %q alone: this test would not see it go", found)
		}
		if err := a.DeleteAccount(ctx, own.who); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Authenticate(ctx, own.key, accepted, ""); talkit.KindOf(err) != talkit.Unauthenticated {
			t.Errorf("its key still opens it: %v", err)
		}
		no := false
		if _, err := a.ChangeUser(ctx, talkit.Operator, own.person.Email, UserChange{Disabled: &no}); talkit.KindOf(err) != talkit.Conflict {
			t.Errorf("let in again: %v", err)
		}
		if err := a.DeleteUser(ctx, talkit.Operator, own.person.ID); err != nil {
			t.Errorf("deleted twice: %v", err)
		}
		late := talkit.Recording{Name: told, Type: talkit.Note}
		if _, err := a.submitLate(t, own.who, late); talkit.KindOf(err) != talkit.Unauthenticated {
			t.Errorf("a submission that had begun before: %v", err)
		}

		steps := 0
		for done := false; !done; steps++ {
			var both sync.WaitGroup // a job can run twice at the same time
			both.Go(func() { a.EraseSome(ctx, own.person.ID) })
			both.Go(func() {
				var err error
				if done, err = a.EraseSome(ctx, own.person.ID); err != nil {
					t.Error(err)
				}
			})
			both.Wait()
			if steps > 100 {
				t.Fatal("it does not end")
			}
		}
		if steps < 3 {
			t.Errorf("all in %d steps", steps)
		}
		if found := whereIs(t, db, told); len(found) > 0 {
			t.Errorf("what the person said is still in %q", found)
		}
		if loose, err := db.LooseBlobs(ctx, talkit.Now(), 100); err != nil || len(loose) < 25 {
			t.Errorf("to be swept: %d, %v", len(loose), err)
		}
		if again, err := a.CreateUser(ctx, talkit.Operator, NewUser{Email: own.person.Email}); err != nil || again.ID == own.person.ID {
			t.Errorf("the address is not free: %+v, %v", again, err)
		}
	})
}

func (a *App) submitLate(t *testing.T, who talkit.Caller, r talkit.Recording) (any, error) {
	a.Probe = func(context.Context, string) (talkit.Audio, error) {
		return talkit.Audio{ContentType: "audio/wav"}, nil
	}
	u, err := a.StoreUpload(t.Context(), strings.NewReader("sound"))
	if err != nil {
		t.Fatal(err)
	}
	return a.Submit(t.Context(), who, r, u)
}

// whereIs looks for text in every row of every table.
func whereIs(t *testing.T, db *store.DB, text string) (tables []string) {
	t.Helper()
	list := "SELECT name FROM sqlite_master WHERE type = 'table'"
	if db.Dialect == store.Postgres {
		list = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
	}
	for _, row := range allRows(t, db, list) {
		name := fmt.Sprint(row[0])
		for _, row := range allRows(t, db, `SELECT * FROM "`+name+`"`) {
			if strings.Contains(fmt.Sprintf("%s", row), text) {
				tables = append(tables, name)
				break
			}
		}
	}
	return tables
}

func allRows(t *testing.T, db *store.DB, query string) (all [][]any) {
	t.Helper()
	rows, err := db.Writer().QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		all = append(all, row)
	}
	return all
}

// TestLastOperator: somebody always runs the server, whoever leaves at the
// same moment.
func TestLastOperator(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, ctx := testApp(t, db), t.Context()
		yes, no := true, false
		var operators []talkit.User
		for i := range 4 {
			u, err := a.CreateUser(ctx, talkit.Operator, NewUser{Email: fmt.Sprintf("op%d@example.org", i), Admin: true})
			if err != nil {
				t.Fatal(err)
			}
			operators = append(operators, u)
		}
		var all sync.WaitGroup
		errs := make([]error, len(operators))
		for i, u := range operators {
			all.Go(func() {
				switch i % 3 {
				case 0:
					_, errs[i] = a.ChangeUser(ctx, talkit.Operator, u.Email, UserChange{Disabled: &yes})
				case 1:
					_, errs[i] = a.ChangeUser(ctx, talkit.Operator, u.Email, UserChange{Admin: &no})
				default:
					errs[i] = a.DeleteAccount(ctx, talkit.Caller{Kind: talkit.CallerUser, UserID: u.ID, Person: u})
				}
			})
		}
		all.Wait()
		stayed := 0
		for _, err := range errs {
			if err != nil {
				stayed++
			}
			if err != nil && talkit.KindOf(err) != talkit.Conflict {
				t.Error(err)
			}
		}
		if stayed != 1 {
			t.Errorf("%d of 4 stayed: %v", stayed, errs)
		}
		person := storetest.RowsOf(t, db).User()
		if err := a.DeleteUser(ctx, talkit.Caller{Kind: talkit.CallerUser, UserID: person.ID, Person: person}, operators[0].ID); talkit.KindOf(err) != talkit.Forbidden {
			t.Errorf("deleted by somebody else: %v", err)
		}
	})
}
