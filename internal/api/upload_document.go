package api

import (
	"maps"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// documentUploads describes what serveUploads answers.
func (a *API) documentUploads() {
	one := uploadsPath + "/{id}"
	a.documentUpload(uploadOperation(http.MethodOptions, uploadsPath, "Describe Uploads",
		"What of the tus protocol 1.0.0 this server speaks. It needs no credential"),
		answerWith(204, "It is in the headers", "Tus-Version", "The versions of the protocol", "Tus-Extension", "What of it beyond the core",
			"Tus-Max-Size", "The most bytes of an upload"))
	a.documentUpload(uploadOperation(http.MethodPost, uploadsPath, "Begin an Upload",
		"Send sound in as many requests as it takes, by the tus protocol 1.0.0 (https://tus.io). Its fields are those of a Recording; "+
			"the upload is its creator's alone, and unfinished it expires in 24 hours. The body may be the first sound, unless there is an Idempotency-Key",
		tusResumable, likely(header("Upload-Length", "integer", "The bytes of all the sound; either this or Upload-Defer-Length"), 1000),
		header("Upload-Defer-Length", "string", "1 while the length is not known; a later PATCH says it in Upload-Length"),
		header("Upload-Metadata", "string", "Pairs of a key and a value in base64, between commas: name, type, language and metadata as in "+
			"Submit a Recording; other keys, like filename and filetype, are given back and mean nothing")),
		answerWith(201, "Begun; with the last of the sound, submitted", "Location", "The address of the upload",
			"Upload-Offset", "How much of it is safe, if sound came with it", "Upload-Expires", expires, "Talkit-Recording", becomes))
	a.documentUpload(uploadOperation(http.MethodHead, one, "Look at an Upload",
		"How much of it is safe, and so where to go on. A request that appends to it at the time is ended", uploadPathID),
		answerWith(200, "It is in the headers", "Upload-Offset", "How much of it is safe", "Upload-Length", "The bytes of all the sound",
			"Upload-Defer-Length", "1 while the length is not known", "Upload-Metadata", "As it was sent", "Upload-Expires", expires, "Talkit-Recording", becomes))
	a.documentUpload(uploadOperation(http.MethodPatch, one, "Append to an Upload",
		"The body goes where the upload ends. What came of it before a connection broke is kept. With the last of the sound it becomes a Recording, "+
			"or is refused as Submit a Recording would, and then it is gone. "+overridden, uploadPathID, tusResumable,
		needed(likely(header("Upload-Offset", "integer", "Where the upload ends"), 0)),
		header("Upload-Length", "integer", "The bytes of all the sound, where that was not said yet")),
		answerWith(204, "Safe", "Upload-Offset", "How much of it is safe", "Upload-Expires", expires, "Talkit-Recording", becomes))
	a.documentUpload(uploadOperation(http.MethodDelete, one, "End an Upload", "What it became stays. "+overridden, uploadPathID, tusResumable),
		answerWith(204, "Gone"))
}

const (
	expires    = "When it is swept away; its Recording stays"
	becomes    = "The ID of the Recording, once it is one"
	overridden = "A client that can only POST names the method in X-HTTP-Method-Override"
)

var (
	tusResumable = needed(likely(header("Tus-Resumable", "string", "The version of the protocol"), tusVersion))
	uploadPathID = &huma.Param{Name: "id", In: "path", Required: true, Description: "The ID of the upload",
		Schema: &huma.Schema{Type: "string", MinLength: ptr(26), MaxLength: ptr(26)}}
)

// header documents a request header.
func header(name, kind, words string) *huma.Param {
	return &huma.Param{Name: name, In: "header", Description: words, Schema: &huma.Schema{Type: kind}}
}

// likely is a header with a value that makes a request that can be tried.
func likely(p *huma.Param, example any) *huma.Param {
	p.Example = example
	return p
}

// needed is one that no request goes without.
func needed(p *huma.Param) *huma.Param {
	p.Required = true
	return p
}

// uploadOperation begins one that serveUploads answers.
func uploadOperation(method, path, summary, description string, parameters ...*huma.Param) huma.Operation {
	op := operation(method, path, tagRecording, summary, description, uploadSchemes...)
	op.Parameters = parameters
	switch method {
	case http.MethodOptions:
		op.Security = nil
	case http.MethodPost, http.MethodPatch:
		op.RequestBody = &huma.RequestBody{Required: method == http.MethodPatch,
			Content: map[string]*huma.MediaType{"application/offset+octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}
	}
	return op
}

// answerWith documents an answer without content.
func answerWith(status int, description string, namesAndWords ...string) map[string]*huma.Response {
	return map[string]*huma.Response{formatInt(int64(status)): {Description: description, Headers: headers(namesAndWords...)}}
}

func (a *API) documentUpload(op huma.Operation, responses map[string]*huma.Response) {
	op.Responses = responses
	op = complete(op)
	doc := a.huma.OpenAPI()
	doc.AddOperation(&op)
	finish(doc, op)
	for _, response := range op.Responses {
		maps.Copy(response.Headers, headers("Tus-Resumable", tusVersion))
	}
	maps.Copy(op.Responses["default"].Headers, headers("Tus-Version", "With 412"))
}
