package audio

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// isolation makes the child die with us, whatever kills us, and gives it a
// process group of its own: a Ctrl-C in our terminal is for us to handle, and
// must not make a good file look bad.
func isolation() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

// restrict sets the limits of a running child. It may write to its pipes
// only: files stay at no bytes.
func restrict(pid int, limit limits) error {
	seconds := uint64(limit.cpu.Seconds())
	for resource, r := range map[int]unix.Rlimit{
		unix.RLIMIT_AS:    {Cur: limit.memory, Max: limit.memory},
		unix.RLIMIT_CPU:   {Cur: seconds, Max: seconds + 5},
		unix.RLIMIT_FSIZE: {},
		unix.RLIMIT_CORE:  {},
	} {
		err := unix.Prlimit(pid, resource, &r, nil)
		if errors.Is(err, unix.ESRCH) {
			return nil // already at its end
		}
		if err != nil {
			return err
		}
	}
	return nil
}
