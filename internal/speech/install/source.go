package install

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"talkit"
)

// DefaultHub is where models are, unless the operator names another.
const DefaultHub = "https://huggingface.co"

// Source is where a model comes from. For the models of the catalogue the hub's
// address is all there is to choose; any other is installed on the operator's
// word, who gives the rest.
type Source struct {
	Hub        string // DefaultHub where it is ""
	Repository string // "owner/name" on the hub
	Revision   string // the commit, 40 hexadecimal digits
	SHA256     string // of its model.bin, 64 hexadecimal digits
}

// isNamed tells whether the operator named a repository.
func (s Source) isNamed() bool { return s.Repository != "" || s.Revision != "" || s.SHA256 != "" }

var (
	repositoryForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}$`)
	revisionForm   = regexp.MustCompile(`^[0-9a-f]{40}$`)
	sha256Form     = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// check refuses what cannot be a source.
func (s Source) check() error {
	hub, err := url.Parse(s.Hub)
	if err != nil || hub.Host == "" || hub.Scheme != "https" && hub.Scheme != "http" {
		return talkit.Errorf(talkit.Invalid, "The model hub's address %q is no http or https address (TALKIT_MODEL_HUB).", s.Hub)
	}
	if !s.isNamed() {
		return nil
	}
	switch {
	case !repositoryForm.MatchString(s.Repository):
		return talkit.Errorf(talkit.Invalid, "A repository of the model hub is named like Systran/faster-whisper-small (--repository).")
	case !revisionForm.MatchString(s.Revision):
		return talkit.Errorf(talkit.Invalid, "A revision is the 40 hexadecimal digits of a commit (--revision); a branch could change.")
	case s.SHA256 != "" && !sha256Form.MatchString(s.SHA256):
		return talkit.Errorf(talkit.Invalid, "The SHA-256 of model.bin is 64 hexadecimal digits (--sha256).")
	}
	return nil
}

// choose finds what a model is made of: in the catalogue, or at the hub where
// the operator named it.
func (s Source) choose(ctx context.Context, dir, model string) (weights, error) {
	w, listed := catalogue[model]
	switch {
	case !validName.MatchString(model):
		return w, talkit.Errorf(talkit.Invalid, "%q is not a name a model can have.", model)
	case listed && s.isNamed() && (s.Repository != w.repository || s.Revision != w.revision):
		return w, talkit.Errorf(talkit.Invalid, "Talkit knows the model %s as %s at %s. To install another, give it a name "+
			"of its own: --model %s-mine --repository … --revision … --sha256 ….", model, w.repository, w.revision, model)
	case listed:
		return w, nil
	case !s.isNamed():
		if own, ok := readManifest(dir, model); ok {
			return own, nil // installed by name and revision before: mend it
		}
		return w, unknownModel(dir, model)
	}
	if own, ok := readManifest(dir, model); ok && own.repository == s.Repository && own.revision == s.Revision && own.hash("model.bin") == s.SHA256 {
		return own, nil
	}
	return s.ask(ctx)
}

func (w weights) hash(name string) string {
	for _, f := range w.files {
		if f.name == name {
			return f.sha256
		}
	}
	return ""
}

// What a model can be made of. Nothing else is downloaded, whatever a
// repository has: no code, above all.
var modelFiles = []string{"model.bin", "config.json", "tokenizer.json", "vocabulary.txt", "vocabulary.json", "preprocessor_config.json"}

// manifestName is the file in a model's folder that says what the model is made
// of, where the catalogue does not.
const manifestName = "talkit.json"

type manifest struct {
	Repository string         `json:"repository"`
	Revision   string         `json:"revision"`
	Files      []manifestFile `json:"files"`
}

type manifestFile struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// readManifest tells what an operator's own model was when it was installed.
func readManifest(dir, model string) (w weights, ok bool) {
	content, err := os.ReadFile(filepath.Join(ModelDir(dir, model), manifestName))
	if err != nil {
		return w, false
	}
	var m manifest
	if json.Unmarshal(content, &m) != nil || len(m.Files) == 0 {
		return w, false
	}
	w.repository, w.revision = m.Repository, m.Revision
	for _, f := range m.Files {
		if !slices.Contains(modelFiles, f.Name) || !sha256Form.MatchString(f.SHA256) {
			return weights{}, false
		}
		w.files = append(w.files, file{name: f.Name, bytes: f.Bytes, sha256: f.SHA256})
	}
	return w, true
}

func writeManifest(folder string, w weights) error {
	m := manifest{Repository: w.repository, Revision: w.revision}
	for _, f := range w.files {
		m.Files = append(m.Files, manifestFile{f.name, f.bytes, f.sha256})
	}
	content, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, manifestName), append(content, '\n'), 0o644)
}

// known finds what a model must be like.
func known(dir, model string) (weights, bool) {
	if w, ok := catalogue[model]; ok {
		return w, true
	}
	return readManifest(dir, model)
}

// entry is one file in the hub's list of a revision. Large files are kept by
// Git LFS, which names them by their SHA-256; of small ones the list has Git's
// own hash alone.
type entry struct {
	Path string `json:"path"`
	Size int64  `json:"size"`
	OID  string `json:"oid"`
	LFS  *struct {
		OID  string `json:"oid"`
		Size int64  `json:"size"`
	} `json:"lfs"`
}

// maxSmallFile bounds the files that are read whole to find their SHA-256.
const maxSmallFile = 32 << 20

// ask finds what is in a repository that the catalogue does not have. The
// weights must be what the operator said they are; the small files are what the
// commit holds, by Git's hash.
func (s Source) ask(ctx context.Context) (w weights, err error) {
	client, err := newClient(s.Hub)
	if err != nil {
		return w, err
	}
	list, err := client.list(ctx, s.Repository, s.Revision)
	if err != nil {
		return w, err
	}
	w.repository, w.revision = s.Repository, s.Revision
	for _, name := range modelFiles {
		i := slices.IndexFunc(list, func(e entry) bool { return e.Path == name })
		if i < 0 {
			continue
		}
		f, err := client.describe(ctx, w, list[i])
		if err != nil {
			return w, err
		}
		w.files = append(w.files, f)
	}
	return w, s.judge(w)
}

// judge holds what the hub has to the operator's word.
func (s Source) judge(w weights) error {
	theirs := w.hash("model.bin")
	switch {
	case theirs == "" || w.hash("config.json") == "" || w.hash("tokenizer.json") == "":
		return talkit.Errorf(talkit.Invalid, "%s at %s is no model for CTranslate2: it must have model.bin, config.json and tokenizer.json.",
			s.Repository, s.Revision)
	case s.SHA256 == "":
		return talkit.Errorf(talkit.Invalid, "Talkit does not know this model, so it needs your word for it. The hub says that its model.bin "+
			"has the SHA-256 %s. If you know from elsewhere that this is right, add --sha256 %s.", theirs, theirs)
	case s.SHA256 != theirs:
		return talkit.Errorf(talkit.Invalid, "The hub says that model.bin has the SHA-256 %s, not %s as you gave it: nothing was installed.",
			theirs, s.SHA256)
	}
	return nil
}

func (c *client) describe(ctx context.Context, w weights, e entry) (file, error) {
	if e.LFS != nil {
		if !sha256Form.MatchString(e.LFS.OID) || e.LFS.Size <= 0 {
			return file{}, talkit.Errorf(talkit.Unavailable, "The model hub's list names %s without a SHA-256.", e.Path)
		}
		return file{name: e.Path, bytes: e.LFS.Size, sha256: e.LFS.OID}, nil
	}
	if e.Size > maxSmallFile {
		return file{}, talkit.Errorf(talkit.Unavailable, "%s is %d bytes long and not kept by Git LFS: there is no SHA-256 to hold it to.", e.Path, e.Size)
	}
	content, err := c.small(ctx, w, e)
	if err != nil {
		return file{}, err
	}
	if gitHash(content) != e.OID {
		return file{}, talkit.Errorf(talkit.Unavailable, "%s came with other content than the commit %s holds.", e.Path, w.revision)
	}
	return file{name: e.Path, bytes: e.Size, sha256: sum(content)}, nil
}

// hubAddress is where a file of a model is.
func hubAddress(hub string, w weights, name string) string {
	return fmt.Sprintf("%s/%s/resolve/%s/%s", strings.TrimSuffix(hub, "/"), w.repository, w.revision, name)
}
