package api

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"talkit"
)

const uploadMetadata = "header.Upload-Metadata"

// described is what the client wrote of the upload, in one line.
func (u *uploadRequest) described() string {
	return strings.Join(u.r.Header.Values("Upload-Metadata"), ",")
}

// uploadFields reads Upload-Metadata: pairs of a key and a value in base64.
// The keys that are fields of POST /recordings mean the same here; of others,
// such as filename and filetype, clients like to send many.
func uploadFields(described string) (talkit.Recording, error) {
	s := submission{Fields: map[string]string{}}
	for pair := range strings.SplitSeq(described, ",") {
		key, encoded, _ := strings.Cut(strings.TrimSpace(pair), " ")
		value, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || !isASCII(key) || (key == "" && described != "") {
			return talkit.Recording{}, talkit.InvalidField(uploadMetadata, "must be pairs of a key and a value in base64, between commas")
		}
		if _, twice := s.Fields[key]; twice {
			return talkit.Recording{}, talkit.InvalidField(uploadMetadata, "has a key twice")
		}
		s.Fields[key] = string(value)
	}
	if err := s.checkFields(); err != nil {
		return talkit.Recording{}, inUploadMetadata(err)
	}
	return s.recording(), nil
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

// inUploadMetadata says of a field where it stands in this protocol.
func inUploadMetadata(err error) error {
	e, ok := errors.AsType[*talkit.Error](err)
	if !ok || len(e.Fields) == 0 {
		return err
	}
	moved := *e
	moved.Fields = slices.Clone(e.Fields)
	for i, f := range moved.Fields {
		there := strings.Replace(f.Location, "body", uploadMetadata, 1)
		moved.Fields[i].Location, moved.Message = there, strings.Replace(moved.Message, f.Location, there, 1)
	}
	return &moved
}
