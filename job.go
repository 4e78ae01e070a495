package talkit

// Job is a kind of work with its arguments. Kind names it in the queue.
type Job interface{ Kind() string }

// PrepareJob decodes a recording for a run and splits it into pieces. It names
// none: its worker takes up the one it had claimed, or claims the fairest next.
type PrepareJob struct{}

// PieceJob recognises one piece. It names none: its worker takes up the one it
// had claimed, or claims the fairest next.
type PieceJob struct{}

// FinishJob joins the pieces of a run into a text and publishes it.
type FinishJob struct {
	RunID int64 `json:"run_id"`
}

// DeliverJob sends one event to one webhook.
type DeliverJob struct {
	DeliveryID int64 `json:"delivery_id"`
	WebhookID  int64 `json:"webhook_id"`
}

// EraseJob erases all that a deleted person has, and then the person.
type EraseJob struct {
	UserID int64 `json:"user_id"`
}

// SweepJob clears away what is no longer needed: expired answers kept for
// Idempotency-Key, blobs nobody refers to.
type SweepJob struct{}

// MailJob writes a letter to a person and sends it. What is secret in one is
// made then, so that none is in the queue.
type MailJob struct {
	Letter  string `json:"letter"`   // MailInvitation, …
	UserID  int64  `json:"user_id"`  // to whom; nobody is written to who is not there
	ThingID int64  `json:"thing_id"` // for a webhook's letter that, for the others who had it written
}

// Kind implements Job.
func (PrepareJob) Kind() string { return "prepare" }

// Kind implements Job.
func (PieceJob) Kind() string { return "piece" }

// Kind implements Job.
func (FinishJob) Kind() string { return "finish" }

// Kind implements Job.
func (DeliverJob) Kind() string { return "deliver" }

// Kind implements Job.
func (EraseJob) Kind() string { return "erase" }

// Kind implements Job.
func (SweepJob) Kind() string { return "sweep" }

// Kind implements Job.
func (MailJob) Kind() string { return "mail" }
