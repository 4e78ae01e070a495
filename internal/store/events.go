package store

import (
	"context"
	"strings"

	"talkit"
)

// AddEvent sets e's id: the plugin's counter is taken first, so that ids of
// one plugin become visible in order.
func (tx *Tx) AddEvent(ctx context.Context, e *talkit.Event) error {
	if err := tx.count(ctx, eventsOfPlugin, e.PluginID, 1); err != nil {
		return err
	}
	var err error
	e.ID, err = tx.insert(ctx, `INSERT INTO events (key, type, plugin_id, installation_id, installation_uuid, user_id, transcript_id, created_on)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, e.Key, e.Type, e.PluginID, e.InstallationID, e.InstallationUUID, e.UserID, e.TranscriptID, e.CreatedOn)
	return err
}

// AddDelivery sets d's id.
func (tx *Tx) AddDelivery(ctx context.Context, d *talkit.Delivery) error {
	if err := tx.count(ctx, deliveriesOfWebhook, d.WebhookID, 1); err != nil {
		return err
	}
	var err error
	d.ID, err = tx.insert(ctx, `INSERT INTO deliveries (event_id, webhook_id, status, next_attempt_on, created_on, updated_on)
		VALUES (?, ?, ?, ?, ?, ?)`, d.EventID, d.WebhookID, d.Status, d.NextAttemptOn, d.CreatedOn, d.UpdatedOn)
	return err
}

// EventDelivery is a delivery with its event and the attempts made.
type EventDelivery struct {
	talkit.Delivery
	Event    talkit.Event     `db:"event"`
	Attempts []talkit.Attempt `db:"-"`
}

const eventDeliverySelect = `SELECT d.id, d.event_id, d.webhook_id, d.status, d.reason, d.attempts, d.next_attempt_on, d.created_on, d.updated_on,
	e.id AS "event.id", e.key AS "event.key", e.type AS "event.type"
	FROM deliveries d JOIN events e ON e.id = d.event_id`

// Deliveries reads a part of a webhook's deliveries, with their attempts but
// without the attempts' bodies.
func (q queries) Deliveries(ctx context.Context, webhookID int64, p talkit.Page) (talkit.List[EventDelivery], error) {
	total, err := q.total(ctx, deliveriesOfWebhook, webhookID)
	if err != nil {
		return talkit.List[EventDelivery]{}, err
	}
	list, err := listed[EventDelivery](ctx, q, p, total, eventDeliverySelect+" WHERE d.webhook_id = ?", "d.id", webhookID)
	if err != nil {
		return list, err
	}
	return list, q.addAttempts(ctx, list.Items)
}

// addAttempts gives deliveries their attempts, without bodies.
func (q queries) addAttempts(ctx context.Context, list []EventDelivery) error {
	if len(list) == 0 {
		return nil
	}
	ids := make([]any, len(list))
	byID := map[int64]*EventDelivery{}
	for i := range list {
		ids[i] = list[i].ID
		byID[list[i].ID] = &list[i]
	}
	attempts, err := many[talkit.Attempt](ctx, q, `SELECT id, delivery_id, number, status_code, error, duration_us, created_on FROM attempts
		WHERE delivery_id IN (?`+strings.Repeat(", ?", len(ids)-1)+`) ORDER BY delivery_id, number`, ids...)
	for _, a := range attempts {
		d := byID[a.DeliveryID]
		d.Attempts = append(d.Attempts, a)
	}
	return err
}

// Delivery reads one delivery of a webhook, with all of its attempts.
func (q queries) Delivery(ctx context.Context, webhookID, id int64) (EventDelivery, error) {
	d, err := one[EventDelivery](ctx, q, "delivery", eventDeliverySelect+" WHERE d.webhook_id = ? AND d.id = ?", webhookID, id)
	if err != nil {
		return d, err
	}
	d.Attempts, err = many[talkit.Attempt](ctx, q, `SELECT id, delivery_id, number, status_code, error, duration_us, request_body, response_body,
		created_on FROM attempts WHERE delivery_id = ? ORDER BY number`, id)
	return d, err
}

// EventsOfPlugin reads a part of what happened to a plugin's installations,
// each with what decides what may be shown of it.
func (q queries) EventsOfPlugin(ctx context.Context, pluginID int64, p talkit.Page) (talkit.List[DueDelivery], error) {
	items, more, err := page[DueDelivery](ctx, q, p, `SELECT `+eventColumns+`, `+installationOfEvent+`
		FROM events e LEFT JOIN installations i ON i.id = e.installation_id LEFT JOIN users u ON u.id = i.user_id
		WHERE e.plugin_id = ?`, "e.id", pluginID)
	if err != nil {
		return talkit.List[DueDelivery]{}, err
	}
	total, err := q.total(ctx, eventsOfPlugin, pluginID)
	return talkit.List[DueDelivery]{Items: items, HasMore: more, Total: total}, err
}

const (
	eventColumns = `e.id AS "event.id", e.key AS "event.key", e.type AS "event.type", e.plugin_id AS "event.plugin_id",
		e.installation_id AS "event.installation_id", e.installation_uuid AS "event.installation_uuid", e.user_id AS "event.user_id",
		e.transcript_id AS "event.transcript_id", e.created_on AS "event.created_on"`

	// installationOfEvent is what is left of the installation i of user u.
	installationOfEvent = `COALESCE(i.id, 0) AS "installation.id", COALESCE(i.uuid, '') AS "installation.uuid",
		COALESCE(i.plugin_id, 0) AS "installation.plugin_id", COALESCE(i.user_id, 0) AS "installation.user_id",
		COALESCE(i.permissions, '{}') AS "installation.permissions", COALESCE(i.disabled, FALSE) AS "installation.disabled",
		COALESCE(i.created_on, 0) AS "installation.created_on", COALESCE(i.updated_on, 0) AS "installation.updated_on",
		COALESCE(u.id, 0) AS "user.id", COALESCE(u.first_name, '') AS "user.first_name", COALESCE(u.last_name, '') AS "user.last_name",
		COALESCE(u.disabled, FALSE) AS "user.disabled"`
)

// DueDelivery is all that decides what is sent, and whether.
type DueDelivery struct {
	Delivery         talkit.Delivery     `db:"delivery"`
	Event            talkit.Event        `db:"event"`
	Webhook          talkit.Webhook      `db:"webhook"`
	PluginDisabled   bool                `db:"plugin_disabled"`
	Installation     talkit.Installation `db:"installation"` // its ID is 0 when it is gone
	User             talkit.User         `db:"user"`         // who installed it: id, names and whether they are disabled
	DeveloperID      int64               `db:"developer_id"`
	DeveloperBlocked bool                `db:"developer_blocked"`
}

// DueDelivery reads all of that at once.
func (q queries) DueDelivery(ctx context.Context, id int64) (DueDelivery, error) {
	return one[DueDelivery](ctx, q, "delivery", `SELECT d.id AS "delivery.id", d.event_id AS "delivery.event_id", d.webhook_id AS "delivery.webhook_id",
		d.status AS "delivery.status", d.attempts AS "delivery.attempts", d.next_attempt_on AS "delivery.next_attempt_on", d.created_on AS "delivery.created_on",
		`+eventColumns+`,
		w.id AS "webhook.id", w.plugin_id AS "webhook.plugin_id", w.uri AS "webhook.uri", w.disabled AS "webhook.disabled",
		w.secret AS "webhook.secret", w.old_secret AS "webhook.old_secret", w.old_secret_until AS "webhook.old_secret_until",
		w.failing_since AS "webhook.failing_since",
		p.disabled AS plugin_disabled, p.user_id AS developer_id, v.disabled AS developer_blocked,
		`+installationOfEvent+`
		FROM deliveries d JOIN events e ON e.id = d.event_id JOIN webhooks w ON w.id = d.webhook_id
		JOIN plugins p ON p.id = w.plugin_id JOIN users v ON v.id = p.user_id
		LEFT JOIN installations i ON i.id = e.installation_id LEFT JOIN users u ON u.id = i.user_id
		WHERE d.id = ?`, id)
}

// FinishAttempt keeps an attempt and what it made of its delivery. It returns
// false when another job made that attempt: then nothing is changed. What the
// attempt was about may have been erased meanwhile: then no body is kept.
func (tx *Tx) FinishAttempt(ctx context.Context, d talkit.Delivery, a talkit.Attempt, about *int64) (bool, error) {
	n, err := tx.exec(ctx, `UPDATE deliveries SET status = ?, reason = ?, attempts = ?, next_attempt_on = ?, updated_on = ?
		WHERE id = ? AND attempts = ? AND status = 'pending'`, d.Status, d.Reason, a.Number, d.NextAttemptOn, d.UpdatedOn, d.ID, a.Number-1)
	if err != nil || n == 0 {
		return false, err
	}
	erased, err := tx.erased(ctx, about)
	if err != nil {
		return false, err
	}
	if erased {
		a.RequestBody, a.ResponseBody = "", ""
	}
	_, err = tx.exec(ctx, `INSERT INTO attempts (delivery_id, number, status_code, error, duration_us, request_body, response_body, created_on)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, d.ID, a.Number, a.StatusCode, a.Error, a.DurationUS, a.RequestBody, a.ResponseBody, a.CreatedOn)
	return true, err
}

// erased tells whether a transcript was withdrawn or deleted. On PostgreSQL it
// waits for those who are at it.
func (tx *Tx) erased(ctx context.Context, transcriptID *int64) (bool, error) {
	if transcriptID == nil {
		return false, nil
	}
	query := "SELECT disabled FROM transcripts WHERE id = ?"
	if tx.dialect == Postgres {
		query += " FOR SHARE"
	}
	disabled, err := one[bool](ctx, tx.queries, "transcript", query, *transcriptID)
	if talkit.IsNotFound(err) {
		return true, nil
	}
	return disabled, err
}

// EndDelivery settles a pending delivery without an attempt.
func (tx *Tx) EndDelivery(ctx context.Context, id int64, status talkit.DeliveryStatus, reason string, now talkit.Time) error {
	_, err := tx.exec(ctx, `UPDATE deliveries SET status = ?, reason = ?, next_attempt_on = 0, updated_on = ?
		WHERE id = ? AND status = 'pending'`, status, reason, now, id)
	return err
}

// ReopenDelivery makes a delivery pending, whatever became of it.
func (tx *Tx) ReopenDelivery(ctx context.Context, webhookID, id int64, now talkit.Time) error {
	return tx.change(ctx, "delivery", `UPDATE deliveries SET status = 'pending', reason = '', next_attempt_on = ?, updated_on = ?
		WHERE webhook_id = ? AND id = ?`, now, now, webhookID, id)
}

// EraseLoggedBodies empties what attempts about a transcript kept of it.
func (tx *Tx) EraseLoggedBodies(ctx context.Context, transcriptID int64) error {
	_, err := tx.exec(ctx, `UPDATE attempts SET request_body = '', response_body = '' WHERE delivery_id IN
		(SELECT d.id FROM deliveries d JOIN events e ON e.id = d.event_id WHERE e.transcript_id = ?)`, transcriptID)
	return err
}
