package server

import (
	"cmp"
	"log/slog"
	"runtime"
	"strings"
	"sync"

	"talkit"
	"talkit/internal/config"
	"talkit/internal/speech"
	"talkit/internal/speech/install"
	"talkit/internal/speech/manual"
	"talkit/internal/speech/openai"
	"talkit/internal/speech/whisper"
)

// NewEngines are the speech engines of the settings.
func NewEngines(c config.Config, log *slog.Logger) *speech.Engines {
	m := newMaker(c, log)
	m.cores = speech.NewCores(runtime.NumCPU())
	return speech.NewEngines(standardModel(c), m.engine)
}

// standardModel is what recordings are recognised with unless another is
// asked for; "" where there is no model.
func standardModel(c config.Config) string {
	switch c.EngineName() {
	case "manual":
		return ""
	case "openai":
		return cmp.Or(c.OpenAIModel, openai.DefaultModel)
	}
	return c.Model
}

// speechWorkers is how many pieces are recognised at the same time.
func speechWorkers(c config.Config) int {
	if c.EngineName() == "openai" {
		return int(c.OpenAIWorkers)
	}
	return runtime.NumCPU()
}

// NewEngine is the speech engine of the settings with a model, "" for the one
// that the settings name. That one, and the one for live words, may be missing
// still: the work waits until they are installed. Another must be there.
func NewEngine(c config.Config, log *slog.Logger, model string) (speech.Engine, error) {
	return newMaker(c, log).engine(model)
}

// maker makes engines, and has what they share.
type maker struct {
	config.Config
	log       *slog.Logger
	cores     *speech.Cores                  // nil where there is one engine alone
	elsewhere func() (*openai.Server, error) // of the settings; one for all models
}

func newMaker(c config.Config, log *slog.Logger) *maker {
	return &maker{Config: c, log: log, elsewhere: sync.OnceValues(func() (*openai.Server, error) {
		return openai.New(openai.Options{URL: string(c.OpenAIURL), Key: string(c.OpenAIKey), Workers: int(c.OpenAIWorkers), Log: log})
	})}
}

func (m *maker) engine(model string) (speech.Engine, error) {
	c := m.Config
	switch {
	case c.Engine == "manual" && model == "":
		return manual.New(), nil
	case c.Engine == "manual":
		return nil, talkit.Errorf(talkit.Invalid, "No model can be chosen: on this server a person writes the texts.")
	case model == "":
		model = standardModel(c)
	}
	if c.EngineName() == "openai" && (model == standardModel(c) || model != c.LiveModel) { // words while one speaks come from this machine
		return m.openai(model)
	}
	if model != c.Model && model != c.LiveModel {
		if err := installed(c.Engines, model); err != nil {
			return nil, err
		}
	}
	o := whisper.Options{Dir: c.Engines, Model: model, Workers: runtime.NumCPU(), Nice: batchNice, Cores: m.cores, Log: m.log}
	if model == c.LiveModel && model != standardModel(c) {
		o.Threads, o.Nice, o.Ahead = min(2, o.Workers), 0, true
		o.Workers = max(1, o.Workers/2)
	}
	return whisper.New(o), nil
}

// batchNice has the text of recordings stand back behind words for somebody who
// is speaking, and behind the server itself. On a machine that does nothing
// else it costs nothing.
const batchNice = 10

// openai is the engine of a model that another server has. Whether it has one
// other than the one of the settings, that server says.
func (m *maker) openai(model string) (speech.Engine, error) {
	server, err := m.elsewhere()
	if err != nil {
		return nil, err
	}
	if model != standardModel(m.Config) {
		if err := server.HasModel(model); err != nil {
			return nil, err
		}
	}
	return server.Engine(model), nil
}

// installed tells whether a model is in dir, or which are.
func installed(dir, model string) error {
	models, err := install.List(dir)
	if err != nil {
		return err
	}
	var whole []string
	for _, m := range models {
		if m.Whole && m.Name == model {
			return nil
		}
		if m.Whole {
			whole = append(whole, m.Name)
		}
	}
	if len(whole) == 0 {
		return talkit.Errorf(talkit.Invalid, "This model is not installed on this server, and no other is either.")
	}
	return talkit.Errorf(talkit.Invalid, "This model is not installed on this server. There is %s.", strings.Join(whole, ", "))
}
