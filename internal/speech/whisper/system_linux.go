package whisper

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
)

// dieWithUs makes a process end when we do, whatever ends us, and leaves a
// Ctrl-C in our terminal to us.
func dieWithUs() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

// resident is how much memory a process takes, in bytes: the second number of
// proc_pid_statm(5), in pages. It is 0 for a process that is gone.
func resident(pid int) int64 {
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	var size, pages int64
	if _, err := fmt.Fscan(bytes.NewReader(statm), &size, &pages); err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}
