package app

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"time"

	"talkit"
	"talkit/internal/auth"
	"talkit/internal/store"
	"talkit/wire"
)

const (
	answerPurpose = "kept_answer"
	answerLease   = time.Minute // how long a request that died holds its key
	answerRenewal = 20 * time.Second
	maxAnswerKey  = 255
)

// KeptAnswer is an answer to a request with an Idempotency-Key.
type KeptAnswer struct {
	Status  int               `json:"-"`
	Headers map[string]string `json:"headers"`
	Body    []byte            `json:"body"`
}

// OnceOnly is a request with an Idempotency-Key: either the first, which runs
// until Keep or Drop, or one whose answer is there already.
type OnceOnly struct {
	app    *App
	answer store.Answer
	stop   func()

	write func(result any) (KeptAnswer, error)
	kept  bool
}

// Once begins a request for the owner of a credential. A key that another
// request is using right now is a Conflict.
func (a *App) Once(ctx context.Context, who talkit.Caller, method, path, key string) (*OnceOnly, error) {
	if err := checkAnswerKey(key); err != nil {
		return nil, err
	}
	now := talkit.Now()
	answer := store.Answer{Owner: ownerOf(who), Method: method, Path: path, Key: key, Token: auth.NewID(),
		LeasedUntil: now.Add(answerLease), CreatedOn: now}
	var mine bool
	err := a.DB.InTx(ctx, func(tx *store.Tx) (err error) {
		mine, err = tx.ReserveAnswer(ctx, answer, now.Add(-keptAnswers))
		return err
	})
	if err != nil {
		return nil, err
	}
	once := &OnceOnly{app: a, answer: answer}
	if mine {
		once.renew(context.WithoutCancel(ctx))
		return once, nil
	}
	if once.answer, err = a.DB.Answer(ctx, answer); err == nil && once.answer.Status == 0 {
		err = talkit.Errorf(talkit.Conflict, "A request with this Idempotency-Key is still running. Ask again when it is done.")
	}
	return once, err
}

func checkAnswerKey(key string) error {
	if len(key) > maxAnswerKey {
		return talkit.InvalidField("header.Idempotency-Key", "must have at most %d characters", maxAnswerKey)
	}
	for _, c := range []byte(key) {
		if c < ' ' || c > '~' {
			return talkit.InvalidField("header.Idempotency-Key", "must be printable ASCII")
		}
	}
	return nil
}

// ownerOf names whose credential it was: keys of one person share their answers.
func ownerOf(who talkit.Caller) string {
	if who.Kind == talkit.CallerInstallation {
		return fmt.Sprintf("%s %d", who.Kind, who.Installation.ID)
	}
	return fmt.Sprintf("%s %d", who.Kind, who.UserID)
}

func (o *OnceOnly) renew(ctx context.Context) {
	ctx, o.stop = context.WithCancel(ctx)
	go func() {
		tick := time.NewTicker(answerRenewal)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				renewed := o.answer
				renewed.LeasedUntil = talkit.Now().Add(answerLease)
				if err := o.app.DB.InTx(ctx, func(tx *store.Tx) error { return tx.RenewAnswer(ctx, renewed) }); err != nil && ctx.Err() == nil {
					o.app.Log.Warn("Idempotency-Key not renewed", "error", err)
				}
			}
		}
	}()
}

// Answered tells whether the answer is there already.
func (o *OnceOnly) Answered() bool { return o.answer.Status != 0 }

// Repeat gives the answer again, to a request of the same content. What it
// showed may have been erased since: the request is not done again even so.
func (o *OnceOnly) Repeat(fingerprint []byte) (KeptAnswer, error) {
	if o.answer.Sealed == nil {
		return KeptAnswer{}, talkit.Errorf(talkit.NotFound,
			"The recording that this request made was deleted since. Use a new Idempotency-Key to send it again.")
	}
	if subtle.ConstantTimeCompare(fingerprint, o.answer.Fingerprint) != 1 {
		return KeptAnswer{}, talkit.Errorf(talkit.Invalid,
			"This Idempotency-Key was used for a request with other content. Use a new key for a new request.")
	}
	kept := KeptAnswer{Status: o.answer.Status}
	plain, err := o.app.Sealer.Open(answerPurpose, o.place(), o.answer.Sealed)
	if err != nil {
		return kept, fmt.Errorf("kept answer: %w", err)
	}
	return kept, json.Unmarshal(plain, &kept)
}

func (o *OnceOnly) place() string {
	return fmt.Sprintf("kept_answers/%s/%s/%s/%s/%s", o.answer.Owner, o.answer.Method, o.answer.Path, o.answer.Key, o.answer.Token)
}

type onceKey struct{}

// Within gives the first request to the use case that it is about, which keeps
// the answer in the transaction that has the effect: so a crash between the
// two cannot make a repetition do it again. write makes the answer of what
// the use case returns.
func (o *OnceOnly) Within(ctx context.Context, fingerprint []byte, write func(result any) (KeptAnswer, error)) context.Context {
	o.answer.Fingerprint, o.write = fingerprint, write
	return context.WithValue(ctx, onceKey{}, o)
}

// keepAnswer is what a use case calls at the end of its transaction, with what
// it is about to return.
func keepAnswer(ctx context.Context, tx *store.Tx, result any) error {
	o, ok := ctx.Value(onceKey{}).(*OnceOnly)
	if !ok {
		return nil
	}
	answer, err := o.write(result)
	if err != nil {
		return err
	}
	if err := o.seal(answer); err != nil {
		return err
	}
	if r, ok := result.(wire.Recording); ok {
		o.answer.RecordingID = r.ID
	}
	tx.AfterCommit(func() { o.kept = true })
	err = tx.KeepAnswer(ctx, o.answer)
	if talkit.IsNotFound(err) { // the lease was lost while nothing ran here
		return talkit.Errorf(talkit.Conflict, "Another request with this Idempotency-Key has taken over. Ask again when it is done.")
	}
	return err
}

func (o *OnceOnly) seal(answer KeptAnswer) error {
	plain, err := json.Marshal(answer)
	o.answer.Status = answer.Status
	o.answer.Sealed = o.app.Sealer.Seal(answerPurpose, o.place(), plain)
	return err
}

// Keep ends the first request with its answer, if that was not kept already.
func (o *OnceOnly) Keep(ctx context.Context, fingerprint []byte, answer KeptAnswer) error {
	defer o.stop()
	if o.kept {
		return nil
	}
	o.answer.Fingerprint = fingerprint
	if err := o.seal(answer); err != nil {
		return err
	}
	return o.app.DB.InTx(ctx, func(tx *store.Tx) error { return tx.KeepAnswer(ctx, o.answer) })
}

// Drop ends the first request without an answer to keep: its key is free.
func (o *OnceOnly) Drop(ctx context.Context) error {
	defer o.stop()
	if o.kept {
		return nil
	}
	return o.app.DB.InTx(ctx, func(tx *store.Tx) error { return tx.DropAnswer(ctx, o.answer) })
}
