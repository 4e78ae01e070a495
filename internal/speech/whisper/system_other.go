//go:build unix && !linux

package whisper

import "syscall"

// dieWithUs leaves a Ctrl-C in our terminal to us. The worker sees by the end
// of its standard input that we are gone.
func dieWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// resident is not known here: the process goes unwatched.
func resident(int) int64 { return 0 }

// confine does nothing here.
func confine(int) {}
