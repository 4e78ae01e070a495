package api

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"talkit"
	"talkit/wire"
)

// eventData is what each type of event carries.
var eventData = map[talkit.EventType]reflect.Type{
	talkit.TranscriptCompleted: reflect.TypeFor[wire.Transcript](),
	talkit.TranscriptUpdated:   reflect.TypeFor[wire.Transcript](),
	talkit.TranscriptDisabled:  reflect.TypeFor[wire.Transcript](),
	talkit.InstallationCreated: reflect.TypeFor[wire.PluginInstallation](),
	talkit.InstallationDeleted: reflect.TypeFor[wire.PluginInstallation](),
	talkit.TestCompleted:       reflect.TypeFor[wire.Test](),
}

// documentWebhooks describes the requests that plugins receive.
func (a *API) documentWebhooks() {
	doc := a.huma.OpenAPI()
	doc.Webhooks = map[string]*huma.PathItem{}
	for _, name := range talkit.AllEventTypes {
		data := doc.Components.Schemas.Schema(eventData[name], true, "")
		doc.Webhooks[string(name)] = &huma.PathItem{Post: &huma.Operation{
			Tags: []string{tagWebhook}, OperationID: string(name), Summary: string(name),
			Description: "Signed in X-Connect-It-Token, and in webhook-id, webhook-timestamp and webhook-signature as Standard Webhooks says",
			RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: eventSchema(name, data)}}},
			Responses:   map[string]*huma.Response{"2XX": {Description: "Received. Anything else is sent again; 410 disables the webhook"}},
		}}
	}
}

func eventSchema(name talkit.EventType, data *huma.Schema) *huma.Schema {
	text := &huma.Schema{Type: "string"}
	return &huma.Schema{Type: "object", Required: []string{"id", "type", "created_on", "plugin_installation_uuid", "data"},
		Properties: map[string]*huma.Schema{
			"id": text, "type": {Type: "string", Enum: []any{string(name)}}, "created_on": text,
			"plugin_installation_uuid": {Type: "string", Nullable: true, Description: "null for test.completed"}, "data": data,
		}}
}
