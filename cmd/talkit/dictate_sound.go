package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"talkit"
)

// copyUntil copies sound until it ends or ctx does.
func copyUntil(ctx context.Context, to io.Writer, from io.Reader) error {
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(to, from)
		ended <- err
	}()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done(): // a read of standard input cannot be broken off; the process ends soon
		return nil
	}
}

// samples are the options for 16 kHz mono s16le on ffmpeg's standard output,
// without delay.
var samples = []string{"-vn", "-sn", "-dn", "-ac", "1", "-ar", fmt.Sprint(talkit.SampleRate), "-flush_packets", "1", "-f", "s16le", "pipe:1"}

// decodeInput decodes what comes on standard input. A file there is opened as
// one, because some formats have their index at the end.
func decodeInput(ctx context.Context, to io.Writer) error {
	input := "pipe:0"
	if info, err := os.Stdin.Stat(); err == nil && info.Mode().IsRegular() {
		input = "file:/dev/stdin"
	}
	args := append([]string{"-hide_banner", "-loglevel", "error", "-nostats", "-protocol_whitelist", "file,pipe", "-format_whitelist", "wav,mp3,mov,matroska,ogg,flac,aac,aiff,amr,caf,asf,w64,au", "-i", input, "-map", "0:a:0"}, samples...)
	return child{"ffmpeg", args, os.Stdin}.record(ctx, to, func() {})
}

// child is a program whose standard output is sound.
type child struct {
	program string
	args    []string
	input   *os.File
}

// record copies what the program gives until it ends or ctx does. begun is
// called when the first of it comes.
func (c child) record(ctx context.Context, to io.Writer, begun func()) error {
	if _, err := exec.LookPath(c.program); err != nil {
		return fmt.Errorf("%s: not installed", c.program)
	}
	cmd := exec.CommandContext(ctx, c.program, c.args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // so that it hands on what it holds
	cmd.WaitDelay = 2 * time.Second
	first := &firstWrite{to: to, begun: begun}
	var words strings.Builder
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = first, &words, ownGroup()
	if c.input != nil {
		cmd.Stdin = c.input
	}
	err := cmd.Run()
	if ctx.Err() != nil {
		return nil
	}
	if _, failed := errors.AsType[*exec.ExitError](err); failed {
		said := strings.TrimSpace(words.String())
		if at := strings.LastIndexByte(said, '\n'); at >= 0 {
			said = said[at+1:]
		}
		return fmt.Errorf("%s: %s", c.program, said)
	}
	return err
}

// firstWrite tells when the first is written.
type firstWrite struct {
	to    io.Writer
	begun func()
}

func (f *firstWrite) Write(p []byte) (int, error) {
	if f.begun != nil {
		f.begun()
		f.begun = nil
	}
	return f.to.Write(p)
}

// microphone records from the microphone, with the first program that can.
type microphone struct {
	device string
	ready  func() // called when it hears
}

func (m microphone) record(ctx context.Context, to io.Writer) error {
	var tried []string
	for _, program := range m.programs() {
		heard := false
		err := program.record(ctx, to, func() {
			heard = true
			m.ready()
		})
		if err == nil || heard || ctx.Err() != nil {
			return err
		}
		tried = append(tried, err.Error())
	}
	return talkit.Errorf(talkit.Unavailable, "No microphone can be heard. Tried: %s. Install ffmpeg, arecord (“sudo apt install alsa-utils”) or parec (“sudo apt install pulseaudio-utils”), "+
		"plug a microphone in, or name it with --device; or send sound on standard input: talkit dictate -", strings.Join(tried, "; "))
}

// programs are those that record on this system, the best first.
func (m microphone) programs() []child {
	name := func(usual string) string {
		if m.device != "" {
			return m.device
		}
		return usual
	}
	ffmpeg := func(system, device string) child {
		return child{"ffmpeg", append([]string{"-hide_banner", "-loglevel", "error", "-nostats", "-nostdin", "-f", system, "-i", device}, samples...), nil}
	}
	switch runtime.GOOS {
	case "darwin":
		return []child{ffmpeg("avfoundation", ":"+name("default"))}
	case "windows":
		return []child{ffmpeg("dshow", "audio="+name("default"))}
	}
	rate := fmt.Sprint(talkit.SampleRate)
	parec := []string{"--format=s16le", "--channels=1", "--rate=" + rate, "--latency-msec=100", "--raw"}
	if m.device != "" {
		parec = append(parec, "--device="+m.device)
	}
	return []child{
		{"parec", parec, nil},
		{"arecord", []string{"-q", "-t", "raw", "-f", "S16_LE", "-c", "1", "-r", rate, "-D", name("default")}, nil},
		ffmpeg("pulse", name("default")),
		ffmpeg("alsa", name("default")),
	}
}
