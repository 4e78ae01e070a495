package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"talkit"
	"talkit/internal/dictate"
	"talkit/wire"
)

type dictateCmd struct {
	From     string            `arg:"" optional:"" help:"- for sound on standard input, in any format that ffmpeg reads; the microphone if left out."`
	Server   string            `env:"TALKIT_SERVER" default:"http://127.0.0.1:8080" placeholder:"URL" help:"Address of the server (${default})."`
	Key      string            `env:"TALKIT_USER_KEY" help:"A user key; better in the environment, as others see the arguments of a command."`
	Name     string            `help:"Title of the note; made of its first words if left out."`
	Type     string            `enum:"note,meeting,task,letter" default:"note" help:"note, meeting, task or letter (${default})."`
	Language string            `help:"ISO 639-1, like en; your own or detected if left out."`
	Metadata map[string]string `placeholder:"KEY=VALUE" help:"Pairs that plugins get with the text."`
	PCM      bool              `name:"pcm" help:"Standard input is plain samples: 16 kHz, one channel, signed 16 bit, little endian."`
	Device   string            `help:"Which microphone, as the program that records names it; the usual one if left out."`
	Final    bool              `help:"Print the final text alone, not the words as they are spoken."`
	NoWait   bool              `help:"Do not wait for the final text."`
	JSON     bool              `name:"json" help:"Print one JSON document: the recording, what was heard live, and the final text."`
}

// dictated is what --json prints.
type dictated struct {
	Recording wire.Recording `json:"recording"`
	Heard     string         `json:"heard"`
	Text      *string        `json:"text"` // null with --no-wait
}

// Run dictates. The first Ctrl-C ends the dictation, the second gives up.
func (d *dictateCmd) Run(c *command) error {
	if err := d.check(); err != nil {
		return err
	}
	ctx, giveUp := context.WithCancel(context.WithoutCancel(c))
	defer giveUp()
	hearing, endHearing := context.WithCancel(ctx)
	defer endHearing()
	go onSignals(ctx, endHearing, giveUp)

	sound, err := dictate.NewSound()
	if err != nil {
		return err
	}
	server := &dictate.Server{URL: d.Server, Key: d.Key, HTTP: &http.Client{}}
	view := d.view(c)
	recording, err := d.speak(ctx, hearing, &dictate.Dictation{Server: server, Sound: sound}, view)
	view.end()
	if err != nil {
		return d.kept(c, sound, err)
	}
	sound.Remove()
	return errors.Join(d.finish(ctx, c, server, recording, view), view.broke)
}

func (d *dictateCmd) check() error {
	switch {
	case d.Key == "":
		return talkit.Errorf(talkit.Invalid, "Who dictates? Give a user key in TALKIT_USER_KEY. One is made by “talkit key create --kind user”, or in the settings of the pages.")
	case d.From != "" && d.From != "-":
		return talkit.Errorf(talkit.Invalid, "Only - can be named, for standard input: talkit dictate - < %s", d.From)
	case d.PCM && d.From == "":
		return talkit.Errorf(talkit.Invalid, "--pcm is about standard input: name it with -")
	case !strings.HasPrefix(d.Server, "http://") && !strings.HasPrefix(d.Server, "https://"):
		return talkit.Errorf(talkit.Invalid, "The address of a server begins with https:// or http://, and %q does not.", d.Server)
	}
	return nil
}

// onSignals calls first at the first signal to end, and second at the second.
func onSignals(ctx context.Context, first, second func()) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	for _, then := range []func(){first, second} {
		select {
		case <-signals:
			then()
		case <-ctx.Done():
			return
		}
	}
}

// speak sends what is heard until it ends. Nothing is heard before the server
// listens, so that nobody speaks in vain.
func (d *dictateCmd) speak(ctx, hearing context.Context, it *dictate.Dictation, view *dictateView) (wire.Recording, error) {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	listening := false
	it.Start = dictate.Start{Name: d.Name, Kind: d.Type, Language: d.Language, Metadata: d.Metadata}
	it.Started = func(s dictate.Started) {
		view.started(s)
		if listening {
			return
		}
		listening = true
		go func() {
			if err := d.listen(hearing, it.Sound, view); err != nil && it.Sound.Size() == 0 {
				fail(err)
			} else if err != nil {
				view.broken(err)
			}
			it.Sound.End()
		}()
	}
	it.Words, it.Lost, it.Made = view.words, view.lost, view.made
	recording, err := it.Run(ctx)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	return recording, err
}

// listen copies sound until it ends or is to.
func (d *dictateCmd) listen(ctx context.Context, to io.Writer, view *dictateView) error {
	switch {
	case d.From == "":
		return microphone{device: d.Device, ready: func() { view.tell("Speak. Ctrl-C ends it.") }}.record(ctx, to)
	case d.PCM:
		return copyUntil(ctx, to, os.Stdin)
	}
	return decodeInput(ctx, to)
}

// kept says where the sound is that no server has.
func (d *dictateCmd) kept(c *command, sound *dictate.Sound, cause error) error {
	if errors.Is(cause, context.Canceled) {
		cause = errors.New("given up")
	}
	if sound.Size() == 0 {
		sound.Remove()
		return cause
	}
	path, err := sound.Keep()
	if err == nil {
		fmt.Fprintf(c.errors, "What was said is kept in %s\n", path)
	}
	return errors.Join(cause, err)
}

// finish waits for the final text and prints it.
func (d *dictateCmd) finish(ctx context.Context, c *command, server *dictate.Server, r wire.Recording, view *dictateView) error {
	document := dictated{Recording: r, Heard: view.heard}
	if !d.NoWait {
		now, text, err := server.Text(ctx, r, func(words string) { view.tell(words) })
		if errors.Is(err, context.Canceled) {
			return fmt.Errorf("not waited for: the text of recording %d comes on the server", r.ID)
		}
		if err != nil {
			return err
		}
		document.Recording, document.Text = now, &text
	}
	switch {
	case d.JSON:
		return c.printJSON(document)
	case document.Text == nil:
		view.tell(fmt.Sprintf("Recording %d is made.", r.ID))
	case *document.Text != "":
		view.part()
		fmt.Fprintln(c.out, *document.Text)
	}
	return nil
}
