package api

import (
	"context"
	"net/http"
	"time"

	"talkit"
	"talkit/internal/app"
	"talkit/wire"
)

// WebhookPath names a webhook of a plugin.
type WebhookPath struct {
	PluginPath
	WebhookID int64 `path:"webhook_id" json:"-" doc:"The ID of the Plugin Webhook"`
}

// DeliveryPath names a delivery to a webhook.
type DeliveryPath struct {
	WebhookPath
	DeliveryID int64 `path:"delivery_id" json:"-" doc:"The ID of the Delivery"`
}

type webhookBody struct {
	URI    string            `json:"uri" maxLength:"2000" doc:"An https address; http only where the operator allows it"`
	Events talkit.EventTypes `json:"events,omitempty" nullable:"false" doc:"The types it is told of; transcript.completed alone if left out"`
}

type webhookChange struct {
	URI      *string           `json:"uri,omitempty" maxLength:"2000"`
	Events   talkit.EventTypes `json:"events,omitempty" nullable:"false"`
	Disabled *bool             `json:"disabled,omitempty" doc:"Enabling it again forgets why it was disabled"`
}

type rotationBody struct {
	OverlapSeconds *int64 `json:"overlap_seconds,omitempty" minimum:"0" maximum:"604800" doc:"How long the old secret signs as well; 86400 if left out, 0 ends it at once"`
}

const webhooksPath = "/plugins/{id}/webhooks"

func (a *API) webhookRoutes() {
	type list struct {
		PluginPath
		PageOf
	}
	op := operation(http.MethodGet, webhooksPath, tagWebhook, "List Webhooks for a Plugin",
		"Lists Webhooks for the Plugin selected by ID", app.DeveloperKey)
	register(a, described(op, "The maximum number of Plugin Webhook to return", "The ID of the last Plugin Webhooks from the previous page"),
		func(ctx context.Context, who talkit.Caller, in *list) (*out[wire.List[wire.PluginWebhook]], error) {
			return answer(a.App.ListWebhooks(ctx, who, in.ID, in.page()))
		})
	type create struct {
		PluginPath
		Body webhookBody
	}
	register(a, created(conflicts(operation(http.MethodPost, webhooksPath, tagWebhook, "Create a Plugin Webhook",
		"Create a Webhook for the Plugin selected by ID; its secret is shown here alone", app.DeveloperKey), 409)),
		func(ctx context.Context, who talkit.Caller, in *create) (*out[wire.PluginWebhookWithSecret], error) {
			return answer(a.App.CreateWebhook(ctx, who, in.ID, in.Body.URI, in.Body.Events))
		})
	events := operation(http.MethodGet, "/plugins/{id}/events", tagWebhook, "List Events of a Plugin",
		"List what happened to the Plugin's installations, each with what a Webhook would carry now", app.DeveloperKey)
	register(a, described(events, "The maximum number of Events to return", "The ID of the last Event from the previous page"),
		func(ctx context.Context, who talkit.Caller, in *list) (*out[wire.List[wire.PluginEvent]], error) {
			return answer(a.App.ListEvents(ctx, who, in.ID, in.page()))
		})
	a.oneWebhookRoutes()
	a.deliveryRoutes()
}

func (a *API) oneWebhookRoutes() {
	const path = webhooksPath + "/{webhook_id}"
	register(a, operation(http.MethodGet, path, tagWebhook, "Get a Plugin Webhook", "Get a Webhook by ID", app.DeveloperKey),
		func(ctx context.Context, who talkit.Caller, in *WebhookPath) (*out[wire.PluginWebhook], error) {
			return answer(a.App.FetchWebhook(ctx, who, in.ID, in.WebhookID))
		})
	type change struct {
		WebhookPath
		Body webhookChange
	}
	register(a, operation(http.MethodPatch, path, tagWebhook, "Change a Plugin Webhook", "Change what is named, leave the rest", app.DeveloperKey),
		func(ctx context.Context, who talkit.Caller, in *change) (*out[wire.PluginWebhook], error) {
			return answer(a.App.ChangeWebhook(ctx, who, in.ID, in.WebhookID,
				app.WebhookChange{URI: in.Body.URI, Events: in.Body.Events, Disabled: in.Body.Disabled}))
		})
	register(a, operation(http.MethodDelete, path, tagWebhook, "Delete a Plugin Webhook", "Delete a Webhook with its deliveries", app.DeveloperKey),
		func(ctx context.Context, who talkit.Caller, in *WebhookPath) (*empty, error) {
			return done(a.App.DeleteWebhook(ctx, who, in.ID, in.WebhookID))
		})
	type rotate struct {
		WebhookPath
		Body *rotationBody `required:"false"`
	}
	register(a, operation(http.MethodPost, path+"/rotate_secret", tagWebhook, "Rotate the Secret of a Plugin Webhook",
		"Give a Webhook a new secret, shown here alone", app.DeveloperKey),
		func(ctx context.Context, who talkit.Caller, in *rotate) (*out[wire.PluginWebhookWithSecret], error) {
			overlap := app.DefaultOverlap
			if in.Body != nil && in.Body.OverlapSeconds != nil {
				overlap = time.Duration(*in.Body.OverlapSeconds) * time.Second
			}
			return answer(a.App.RotateWebhookSecret(ctx, who, in.ID, in.WebhookID, overlap))
		})
	test := conflicts(operation(http.MethodPost, path+"/test", tagWebhook, "Test a Plugin Webhook",
		"Send test.completed to a Webhook, subscribed or not", app.DeveloperKey), 409)
	test.DefaultStatus = http.StatusAccepted
	register(a, test, func(ctx context.Context, who talkit.Caller, in *WebhookPath) (*out[wire.Delivery], error) {
		return answer(a.App.TestWebhook(ctx, who, in.ID, in.WebhookID))
	})
}

func (a *API) deliveryRoutes() {
	const path = webhooksPath + "/{webhook_id}/deliveries"
	type list struct {
		WebhookPath
		PageOf
	}
	op := operation(http.MethodGet, path, tagWebhook, "List Deliveries of a Plugin Webhook",
		"List what was sent to a Webhook and what became of it; the attempts come without bodies", app.DeveloperKey)
	register(a, described(op, "The maximum number of Deliveries to return", "The ID of the last Delivery from the previous page"),
		func(ctx context.Context, who talkit.Caller, in *list) (*out[wire.List[wire.Delivery]], error) {
			return answer(a.App.ListDeliveries(ctx, who, in.ID, in.WebhookID, in.page()))
		})
	register(a, operation(http.MethodGet, path+"/{delivery_id}", tagWebhook, "Get a Delivery",
		"Get a Delivery with every attempt, what was sent and what was answered", app.DeveloperKey),
		func(ctx context.Context, who talkit.Caller, in *DeliveryPath) (*out[wire.Delivery], error) {
			return answer(a.App.FetchDelivery(ctx, who, in.ID, in.WebhookID, in.DeliveryID))
		})
	again := conflicts(operation(http.MethodPost, path+"/{delivery_id}/redeliver", tagWebhook, "Redeliver a Delivery",
		"Try a Delivery again now, whatever became of it", app.DeveloperKey), 409)
	again.DefaultStatus = http.StatusAccepted
	register(a, again, func(ctx context.Context, who talkit.Caller, in *DeliveryPath) (*out[wire.Delivery], error) {
		return answer(a.App.Redeliver(ctx, who, in.ID, in.WebhookID, in.DeliveryID))
	})
}
