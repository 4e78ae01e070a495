package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// exportSchemaPath is where the schema of export.json is published.
const exportSchemaPath = "/schemas/export.json"

// ExportSchema is the JSON Schema 2020-12 of export.json, made from the same
// types as the OpenAPI document and from its schemas, with what they refer to.
func (a *API) ExportSchema() ([]byte, error) {
	newest, _, err := a.Documents()
	if err != nil {
		return nil, err
	}
	var document struct {
		Components struct {
			Schemas map[string]json.RawMessage `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(newest, &document); err != nil {
		return nil, err
	}
	return jsonSchema("Export", a.App.Wire.URL+exportSchemaPath, document.Components.Schemas)
}

// componentRef is how the schemas of an OpenAPI document refer to each other.
const componentRef = `"#/components/schemas/`

// jsonSchema makes one of them a document that stands alone.
func jsonSchema(name, id string, schemas map[string]json.RawMessage) ([]byte, error) {
	root, ok := schemas[name]
	if !ok {
		return nil, fmt.Errorf("there is no schema %s", name)
	}
	definitions := map[string]any{}
	define(string(root), schemas, definitions)
	head, err := json.Marshal(map[string]any{"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": id,
		"title": "export.json of a Talkit Transcript", "$defs": definitions})
	if err != nil {
		return nil, err
	}
	// The members of the schema itself keep their order, which is that of its type.
	whole := strings.TrimSuffix(string(head), "}") + "," + strings.TrimPrefix(strings.TrimSpace(string(root)), "{")
	var out bytes.Buffer
	err = json.Indent(&out, []byte(strings.ReplaceAll(whole, componentRef, `"#/$defs/`)+"\n"), "", "  ")
	return out.Bytes(), err
}

// define adds the schemas that one refers to, and those that they do.
func define(schema string, schemas map[string]json.RawMessage, definitions map[string]any) {
	for _, after := range strings.Split(schema, componentRef)[1:] {
		name, _, _ := strings.Cut(after, `"`)
		if _, known := definitions[name]; !known {
			definitions[name] = schemas[name]
			define(string(schemas[name]), schemas, definitions)
		}
	}
}
