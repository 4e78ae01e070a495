package talkit

// Event is something that happened to an installation. It keeps ids, never
// text: what a webhook carries is made at each attempt from what is there and
// permitted then.
type Event struct {
	ID             int64     `db:"id"`
	Key            string    `db:"key"` // "evt_…", unique across servers; the webhook-id
	Type           EventType `db:"type"`
	PluginID       int64     `db:"plugin_id"`
	InstallationID *int64    `db:"installation_id"` // nil for test.completed
	// InstallationUUID outlives the installation, for plugin_installation.deleted.
	InstallationUUID string `db:"installation_uuid"`
	UserID           *int64 `db:"user_id"`
	TranscriptID     *int64 `db:"transcript_id"`
	CreatedOn        Time   `db:"created_on"`
}

// DeliveryStatus is how far a delivery has come.
type DeliveryStatus string

// The states of a delivery.
const (
	DeliveryPending   DeliveryStatus = "pending"   // will be tried, or tried again
	DeliverySucceeded DeliveryStatus = "succeeded" // answered with 2xx
	DeliveryFailed    DeliveryStatus = "failed"    // given up
	DeliveryCancelled DeliveryStatus = "cancelled" // may no longer be sent
)

// Delivery is one event on its way to one webhook.
type Delivery struct {
	ID            int64          `db:"id"`
	EventID       int64          `db:"event_id"`
	WebhookID     int64          `db:"webhook_id"`
	Status        DeliveryStatus `db:"status"`
	Reason        string         `db:"reason"` // why it was cancelled or given up
	Attempts      int            `db:"attempts"`
	NextAttemptOn Time           `db:"next_attempt_on"` // zero when none is due
	CreatedOn     Time           `db:"created_on"`
	UpdatedOn     Time           `db:"updated_on"`
}

// Attempt is one request made for a delivery, and what became of it.
type Attempt struct {
	ID           int64  `db:"id"`
	DeliveryID   int64  `db:"delivery_id"`
	Number       int    `db:"number"`      // from 1
	StatusCode   int    `db:"status_code"` // 0 when nothing answered
	Error        string `db:"error"`       // why nothing answered, in words for the developer
	DurationUS   int64  `db:"duration_us"`
	RequestBody  string `db:"request_body"`  // the first MaxLoggedBody bytes
	ResponseBody string `db:"response_body"` // likewise
	CreatedOn    Time   `db:"created_on"`
}

// MaxLoggedBody is how much of each body an attempt keeps, in bytes.
const MaxLoggedBody = 16 << 10
