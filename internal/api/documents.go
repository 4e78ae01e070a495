package api

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	swagger "github.com/swaggest/swgui/v5/static"
)

// serveDocuments serves the OpenAPI documents and the page that shows them,
// all from this host.
func (a *API) serveDocuments() error {
	a.documentWebhooks()
	a.shapeAnswers()
	// They are written when somebody first asks for one: that takes longer than
	// all the rest of the start.
	written := sync.OnceValue(func() (d documents) {
		d.newest, d.older, d.err = a.Documents()
		return d
	})
	a.serveWritten("/openapi.json", "application/json", func() ([]byte, error) { return written().newest, written().err })
	a.serveWritten("/openapi-3.0.json", "application/json", func() ([]byte, error) { return written().older, written().err })
	a.serveWritten(exportSchemaPath, "application/schema+json", sync.OnceValues(a.ExportSchema))
	return a.serveDocs()
}

// documents are the OpenAPI documents, 3.1 and 3.0.
type documents struct {
	newest, older []byte
	err           error
}

//go:embed docs
var docs embed.FS

func (a *API) serveDocs() error {
	for path, name := range map[string]string{"/docs": "index.html", "/docs/init.js": "init.js", "/docs/docs.css": "docs.css"} {
		content, err := fs.ReadFile(docs, "docs/"+name)
		if err != nil {
			return err
		}
		kinds := map[string]string{"html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"}
		a.serveBytes(path, kinds[name[strings.LastIndex(name, ".")+1:]], content)
	}
	for name, contentType := range swaggerFiles {
		packed, err := fs.ReadFile(swagger.FS, name+".gz")
		if err != nil {
			return err
		}
		a.serveAsset("/docs/assets/"+name, contentType, packed)
	}
	return nil
}

// swaggerFiles are those of Swagger UI that the page needs.
var swaggerFiles = map[string]string{"swagger-ui-bundle.js": "text/javascript; charset=utf-8", "swagger-ui.css": "text/css; charset=utf-8"}

// serveAsset serves a gzipped file, unpacked for those who do not take gzip.
func (a *API) serveAsset(path, contentType string, packed []byte) {
	a.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", contentType)
		h.Set("Cache-Control", "public, max-age=86400")
		h.Set("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			w.Write(packed)
			return
		}
		if plain, err := gzip.NewReader(bytes.NewReader(packed)); err == nil {
			io.Copy(w, plain)
		}
	})
}

func (a *API) serveBytes(path, contentType string, content []byte) {
	a.serveWritten(path, contentType, func() ([]byte, error) { return content, nil })
}

func (a *API) serveWritten(path, contentType string, write func() ([]byte, error)) {
	a.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
		content, err := write()
		if err != nil {
			p := problem(r.Context(), err)
			note(r.Context(), p)
			p.write(w)
			return
		}
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Security-Policy",
			"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'")
		w.Write(content)
	})
}

// shapeAnswers makes the schemas of answers say what huma's do not: objects
// that may be null, and that clients must bear new fields.
func (a *API) shapeAnswers() {
	schemas := a.huma.OpenAPI().Components.Schemas
	for name, schema := range schemas.Map() {
		goType := schemas.TypeFromRef("#/components/schemas/" + name)
		if strings.HasSuffix(goType.PkgPath(), "/wire") || goType == reflect.TypeFor[Problem]() {
			schema.AdditionalProperties = nil
		}
		for _, field := range fieldsOf(goType) {
			property := schema.Properties[jsonName(field)]
			if property != nil && property.Ref != "" && field.Type.Kind() == reflect.Pointer {
				schema.Properties[jsonName(field)] = &huma.Schema{Description: field.Tag.Get("doc"),
					AnyOf: []*huma.Schema{{Ref: property.Ref}, {Type: "null"}}}
			}
		}
	}
	// The reference page shows a Transcript's permissions as a bare object.
	for _, name := range []string{"Transcript", "Export"} {
		schemas.Map()[name].Properties["permissions"].AdditionalProperties = nil
	}
}

// Documents makes the OpenAPI 3.1 and 3.0 documents, indented, with the fields
// of each schema in the order of its Go type.
func (a *API) Documents() (newest, older []byte, err error) {
	doc := a.huma.OpenAPI()
	if newest, err = doc.MarshalJSON(); err != nil {
		return nil, nil, err
	}
	if older, err = doc.Downgrade(); err != nil {
		return nil, nil, err
	}
	if newest, err = a.arrange(newest, func(map[string]any) {}); err != nil {
		return nil, nil, err
	}
	older, err = a.arrange(older, func(tree map[string]any) {
		delete(tree, "webhooks") // 3.0 has none
		nullsOf30(tree)
	})
	return newest, older, err
}

// nullsOf30 writes "this object or null" as OpenAPI 3.0 does.
func nullsOf30(v any) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			nullsOf30(item)
		}
	case map[string]any:
		if anyOf, ok := v["anyOf"].([]any); ok && len(anyOf) == 2 && !isRef(anyOf[1]) {
			delete(v, "anyOf")
			v["allOf"], v["nullable"] = anyOf[:1], true
		}
		for _, item := range v {
			nullsOf30(item)
		}
	}
}

func isRef(schema any) bool {
	s, ok := schema.(map[string]any)
	return ok && s["$ref"] != nil
}

func (a *API) arrange(document []byte, change func(map[string]any)) ([]byte, error) {
	var tree map[string]any
	if err := json.Unmarshal(document, &tree); err != nil {
		return nil, err
	}
	change(tree)
	components := tree["components"].(map[string]any)
	schemas := components["schemas"].(map[string]any)
	for name, schema := range schemas {
		schema := schema.(map[string]any)
		if properties, ok := schema["properties"].(map[string]any); ok {
			goType := a.huma.OpenAPI().Components.Schemas.TypeFromRef("#/components/schemas/" + name)
			schema["properties"] = inOrder{properties, fieldNames(goType)}
		}
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(tree)
	return out.Bytes(), err
}

// inOrder is an object whose members are written in the order of names.
type inOrder struct {
	members map[string]any
	names   []string
}

// MarshalJSON implements json.Marshaler.
func (o inOrder) MarshalJSON() ([]byte, error) {
	names := o.names
	for name := range o.members {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	out := []byte{'{'}
	for _, name := range names {
		member, ok := o.members[name]
		if !ok {
			continue
		}
		value, err := json.Marshal(member)
		if err != nil {
			return nil, err
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, '"'), name...), '"', ':')
		out = append(out, value...)
	}
	return append(out, '}'), nil
}

// fieldsOf are the fields of a struct as JSON has them: those of embedded
// structs in their place.
func fieldsOf(t reflect.Type) []reflect.StructField {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	var fields []reflect.StructField
	for field := range t.Fields() {
		switch {
		case field.Anonymous:
			fields = append(fields, fieldsOf(field.Type)...)
		case field.IsExported() && jsonName(field) != "-":
			fields = append(fields, field)
		}
	}
	return fields
}

func fieldNames(t reflect.Type) []string {
	var names []string
	for _, field := range fieldsOf(t) {
		names = append(names, jsonName(field))
	}
	return names
}

func jsonName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	if name == "" {
		return field.Name
	}
	return name
}
