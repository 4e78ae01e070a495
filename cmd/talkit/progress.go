package main

import (
	"fmt"
	"io"
	"os"

	"github.com/cheggaaa/pb/v3"
	"golang.org/x/term"
)

// onTerminal tells whether a person watches what is written to w.
func onTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// stepBar shows a work of several steps: a bar on a terminal, else a line a step.
type stepBar struct {
	out  io.Writer
	step string
	bar  *pb.ProgressBar
}

// show is called with how far a step is, in bytes; total is 0 where that is unknown.
func (s *stepBar) show(step string, done, total int64) {
	if step != s.step {
		s.begin(step)
	}
	if s.bar != nil {
		s.bar.SetTotal(total).SetCurrent(done)
	}
}

func (s *stepBar) begin(step string) {
	s.end()
	s.step = step
	if !onTerminal(s.out) {
		fmt.Fprintln(s.out, step)
		return
	}
	s.bar = pb.New64(0).Set(pb.Bytes, true).Set("prefix", step+" ").SetWriter(s.out).Start()
}

func (s *stepBar) end() {
	if s.bar != nil {
		s.bar.Finish()
		s.bar = nil
	}
}

// soundBar shows how much of a file's sound is done, on a terminal alone.
type soundBar struct{ bar *pb.ProgressBar }

func newSoundBar(out io.Writer, name string) *soundBar {
	if !onTerminal(out) {
		return &soundBar{}
	}
	return &soundBar{pb.New64(0).Set("prefix", name+" ").SetTemplateString(`{{string . "prefix"}}{{bar .}} {{percent .}} {{rtime . "%s left"}}`).SetWriter(out).Start()}
}

func (s *soundBar) show(done, total float64) {
	if s.bar != nil {
		s.bar.SetTotal(int64(total * 1000)).SetCurrent(int64(done * 1000))
	}
}

func (s *soundBar) end() {
	if s.bar != nil {
		s.bar.Finish()
	}
}
