package api

import (
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"talkit/internal/app"
	"talkit/wire"
)

// document is the OpenAPI document before its operations.
func document() huma.Config {
	config := huma.DefaultConfig("Talkit API", "1.0.0")
	config.Info.Description = "This is the Open API specification for the Mobile Assistant API. " +
		"It is generated from the codebase and is the source of truth for the API."
	config.DocsPath, config.OpenAPIPath, config.SchemasPath = "", "", "" // served by documents.go
	config.CreateHooks = nil
	config.RejectUnknownQueryParameters = true
	config.Formats = map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat}
	config.Tags = tags
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		string(app.InstallationJWT): {Type: "http", Scheme: "bearer", BearerFormat: "JWT",
			Description: "Made by the plugin's own server: HS256 with a Plugin Secret Key; claims iat, exp (an hour later at most) and plugin_installation_uuid."},
		string(app.DeveloperKey): {Type: "http", Scheme: "bearer", Description: "Names a developer; made in the developer portal or with talkit key create."},
		string(app.UserKey):      {Type: "http", Scheme: "bearer", Description: "A person's own key for the command line and scripts. The pages of this server show the cookie of their session instead."},
	}
	return config
}

// jsonFormat writes long answers a little at a time.
var jsonFormat = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		if long, ok := v.(wire.Stream); ok {
			return long.StreamJSON(w)
		}
		return huma.DefaultJSONFormat.Marshal(w, v)
	},
	Unmarshal: huma.DefaultJSONFormat.Unmarshal,
}

const (
	tagUser         = "User"
	tagTranscript   = "Transcript"
	tagPlugin       = "Plugin"
	tagInstallation = "Plugin Installation"
	tagWebhook      = "Plugin Webhook"
	tagRecording    = "Recording"
	tagCRM          = "CRM Integration"
	tagOpenAI       = "Transcription"
	tagVocabulary   = "Vocabulary"
)

var tags = []*huma.Tag{
	{Name: tagUser, Description: "A User is a customer of Mobile Assistant, and is the primary entity in the system."},
	{Name: tagTranscript, Description: "A Transcript is a text representation of an audio recording submitted by a User."},
	{Name: tagPlugin, Description: "A Plugin is an integration that can be installed by a User, and is the method you'll use to integrate with Mobile Assistant."},
	{Name: tagInstallation, Description: "A Plugin Installation is an instance of a Plugin that has been installed by a User, and permits you to access the User's data on their behalf."},
	{Name: tagWebhook, Description: "A Webhook is an endpoint that can be used to trigger events when a Plugin Installation receives an event."},
	{Name: tagRecording, Description: "A Recording is sound that a User or a Plugin Installation submitted, and how far its Transcript has come."},
	{Name: tagCRM, Description: "A CRM Integration is a customer system under which a User files notes."},
	{Name: tagOpenAI, Description: "A Transcription is sound turned into text at once, kept nowhere, as the clients of OpenAI know it: their base URL is this server's with /v1, their key a person's own."},
	{Name: tagVocabulary, Description: "A Vocabulary is what a User says that an engine does not know how to write; beside it, how they speak."},
}

// operation begins one; what else it has is set on it.
func operation(method, path, tag, summary, description string, schemes ...app.Scheme) huma.Operation {
	op := huma.Operation{Method: method, Path: path, Tags: []string{tag}, Summary: summary, Description: description,
		OperationID: operationID(summary)}
	for _, scheme := range schemes {
		op.Security = append(op.Security, map[string][]string{string(scheme): {}})
	}
	return op
}

func operationID(summary string) string {
	return strings.ToLower(strings.ReplaceAll(summary, " ", "-"))
}

// complete adds what the operations have in common.
func complete(op huma.Operation) huma.Operation {
	if op.MaxBodyBytes == 0 {
		op.MaxBodyBytes = maxJSON
	}
	op.BodyReadTimeout = bodyTime
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	if op.Method == http.MethodPost {
		op.Parameters = append(op.Parameters, &huma.Param{Name: "Idempotency-Key", In: "header",
			Description: "Makes it safe to send the request again: within 24 hours the same key gives the same answer.",
			Schema:      &huma.Schema{Type: "string", MaxLength: ptr(255)}})
	}
	return op
}

func ptr[T any](v T) *T { return &v }

// conflicts names statuses that an operation can give beside those that all share.
func conflicts(op huma.Operation, statuses ...int) huma.Operation {
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	for _, status := range statuses {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status)}
	}
	return op
}

// finish makes the document of a registered operation say all that it can answer.
func finish(doc *huma.OpenAPI, op huma.Operation) {
	documented := operationAt(doc, op.Method, op.Path)
	problems, mediaType := doc.Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem"), "application/problem+json"
	documented.Responses["default"] = &huma.Response{Description: "A problem (RFC 9457)"}
	if strings.HasPrefix(op.Path, openAIRoot) {
		problems, mediaType = doc.Components.Schemas.Schema(reflect.TypeFor[OpenAIProblem](), true, "OpenAIProblem"), "application/json"
		documented.Responses["default"].Description = "A problem, in OpenAI's form"
	}
	for status, response := range documented.Responses {
		if response.Headers == nil {
			response.Headers = map[string]*huma.Param{}
		}
		maps.Copy(response.Headers, everyAnswer)
		if op.Method == http.MethodPost {
			maps.Copy(response.Headers, everyPost)
		}
		if code, err := strconv.Atoi(status); err != nil || code >= 400 {
			response.Content = map[string]*huma.MediaType{mediaType: {Schema: problems}}
			maps.Copy(response.Headers, everyProblem)
		}
	}
	for _, p := range documented.Parameters {
		if p.Schema.Type == "integer" {
			p.Schema.Title, p.Schema.Format, p.Schema.Minimum, p.Schema.Description = p.Name, "", nil, ""
		}
	}
	places := []string{"path", "query", "header"}
	slices.SortStableFunc(documented.Parameters, func(a, b *huma.Param) int {
		return slices.Index(places, a.In) - slices.Index(places, b.In)
	})
}

// What answers carry, whatever the operation.
var (
	everyAnswer = headers("X-Request-Id", "Names this request in the server's log", "Cache-Control", "no-store",
		"X-Content-Type-Options", "nosniff", "Referrer-Policy", "no-referrer")
	everyPost    = headers("Idempotency-Replayed", "true when this answer was given before")
	everyProblem = headers("WWW-Authenticate", "With 401 (RFC 6750)", "Retry-After", "With 503: seconds")
)

// headers documents response headers, each named with its words.
func headers(namesAndWords ...string) map[string]*huma.Param {
	documented := map[string]*huma.Param{}
	for pair := range slices.Chunk(namesAndWords, 2) {
		documented[pair[0]] = &huma.Param{Description: pair[1], Schema: &huma.Schema{Type: "string"}}
	}
	return documented
}

func operationAt(doc *huma.OpenAPI, method, path string) *huma.Operation {
	item := doc.Paths[path]
	switch method {
	case http.MethodPost:
		return item.Post
	case http.MethodPut:
		return item.Put
	case http.MethodPatch:
		return item.Patch
	case http.MethodDelete:
		return item.Delete
	case http.MethodHead:
		return item.Head
	case http.MethodOptions:
		return item.Options
	}
	return item.Get
}

// binary documents an answer that is not JSON.
func binary(description string, contentTypes ...string) *huma.Response {
	content := map[string]*huma.MediaType{}
	for _, contentType := range contentTypes {
		content[contentType] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
	}
	return &huma.Response{Description: description, Content: content}
}

// text documents an answer of plain text.
func text(description, contentType string) *huma.Response {
	return &huma.Response{Description: description, Content: map[string]*huma.MediaType{contentType: {Schema: &huma.Schema{Type: "string"}}}}
}
