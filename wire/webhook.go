package wire

import "talkit"

// PluginWebhook is an address of a plugin that is told of events.
type PluginWebhook struct {
	ID             int64    `json:"id"`
	URI            string   `json:"uri"`
	PluginID       int64    `json:"plugin_id"`
	Events         []string `json:"events" nullable:"false"`
	Disabled       bool     `json:"disabled"`
	DisabledReason *string  `json:"disabled_reason" doc:"Why the server disabled it; null when it did not"`
	CreatedOn      string   `json:"created_on"`
	UpdatedOn      string   `json:"updated_on"`
}

// PluginWebhookWithSecret is shown once, at creation and when rotated.
type PluginWebhookWithSecret struct {
	PluginWebhook
	Secret string `json:"secret" doc:"whsec_ and the standard base64 of 24 random bytes; shown only here"`
}

// PluginWebhook shows w without its secret.
func (Maker) PluginWebhook(w talkit.Webhook) PluginWebhook {
	events := make([]string, len(w.Events))
	for i, e := range w.Events {
		events[i] = string(e)
	}
	return PluginWebhook{
		ID: w.ID, URI: w.URI, PluginID: w.PluginID, Events: events, Disabled: w.Disabled,
		DisabledReason: optional(w.DisabledReason), CreatedOn: w.CreatedOn.String(), UpdatedOn: w.UpdatedOn.String(),
	}
}

// Delivery is one event on its way to one webhook.
type Delivery struct {
	ID            int64     `json:"id"`
	WebhookID     int64     `json:"webhook_id"`
	EventID       string    `json:"event_id" doc:"The id in the body, and the webhook-id header of every attempt"`
	EventType     string    `json:"event_type"`
	Status        string    `json:"status" enum:"pending,succeeded,failed,cancelled"`
	Reason        *string   `json:"reason" doc:"Why it was given up or cancelled"`
	NextAttemptOn *string   `json:"next_attempt_on"`
	Attempts      []Attempt `json:"attempts" nullable:"false"`
	CreatedOn     string    `json:"created_on"`
	UpdatedOn     string    `json:"updated_on"`
}

// Attempt is one request made for a delivery, and what became of it.
type Attempt struct {
	Number       int     `json:"number" doc:"From 1"`
	StatusCode   *int    `json:"status_code" doc:"null when nothing answered"`
	Error        *string `json:"error" doc:"Why the attempt failed"`
	Duration     float64 `json:"duration" doc:"Seconds"`
	RequestBody  string  `json:"request_body" doc:"The first 16 KiB"`
	ResponseBody string  `json:"response_body" doc:"The first 16 KiB"`
	CreatedOn    string  `json:"created_on"`
}

// Delivery shows d, the event it carries and the attempts made so far.
func (m Maker) Delivery(d talkit.Delivery, event talkit.Event, attempts []talkit.Attempt) Delivery {
	shown := Delivery{
		ID: d.ID, WebhookID: d.WebhookID, EventID: event.Key, EventType: string(event.Type),
		Status: string(d.Status), Reason: optional(d.Reason), NextAttemptOn: optionalTime(d.NextAttemptOn),
		Attempts: make([]Attempt, len(attempts)), CreatedOn: d.CreatedOn.String(), UpdatedOn: d.UpdatedOn.String(),
	}
	for i, a := range attempts {
		shown.Attempts[i] = m.attempt(a)
	}
	return shown
}

func (Maker) attempt(a talkit.Attempt) Attempt {
	return Attempt{
		Number: a.Number, StatusCode: optional(a.StatusCode), Error: optional(a.Error),
		Duration:    talkit.RoundMillis(float64(a.DurationUS) / 1e6),
		RequestBody: a.RequestBody, ResponseBody: a.ResponseBody, CreatedOn: a.CreatedOn.String(),
	}
}

// Event is the body of a webhook.
type Event struct {
	ID                     string  `json:"id"`
	Type                   string  `json:"type"`
	CreatedOn              string  `json:"created_on"`
	PluginInstallationUUID *string `json:"plugin_installation_uuid" doc:"null for test.completed"`
	Data                   any     `json:"data"`
}

// PluginEvent is an event in a plugin's list of them.
type PluginEvent struct {
	ID                     int64   `json:"id" doc:"Its place in the list"`
	EventID                string  `json:"event_id" doc:"The id that webhooks carry"`
	Type                   string  `json:"type"`
	PluginInstallationUUID *string `json:"plugin_installation_uuid" doc:"null for test.completed"`
	Data                   any     `json:"data" doc:"As a webhook would carry it now; null when it may not be read, or is gone"`
	CreatedOn              string  `json:"created_on"`
}

// PluginEvent shows e with what it carries, nil for nothing.
func (Maker) PluginEvent(e talkit.Event, data any) PluginEvent {
	return PluginEvent{ID: e.ID, EventID: e.Key, Type: string(e.Type), PluginInstallationUUID: optional(e.InstallationUUID), Data: data,
		CreatedOn: e.CreatedOn.String()}
}

// Test is the data of test.completed.
type Test struct {
	PluginID  int64  `json:"plugin_id"`
	WebhookID int64  `json:"webhook_id"`
	Message   string `json:"message"`
}

// Event shows e with what it carries.
func (Maker) Event(e talkit.Event, data any) Event {
	return Event{
		ID: e.Key, Type: string(e.Type), CreatedOn: e.CreatedOn.String(),
		PluginInstallationUUID: optional(e.InstallationUUID), Data: data,
	}
}
