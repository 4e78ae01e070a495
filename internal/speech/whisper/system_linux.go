package whisper

import (
	"bytes"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// dieWithUs makes a process end when we do, whatever ends us, and leaves a
// Ctrl-C in our terminal to us.
func dieWithUs() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

// confine takes from a process what it needs not and could do harm by: it
// writes no file, not even its own memory when it crashes, so it can fill no
// disk; and where memory runs out the kernel ends it before it ends us. Where
// that is refused it goes on as it is.
func confine(pid int) {
	none := unix.Rlimit{}
	_ = unix.Prlimit(pid, unix.RLIMIT_FSIZE, &none, nil)
	_ = unix.Prlimit(pid, unix.RLIMIT_CORE, &none, nil)
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/oom_score_adj", pid), []byte("500"), 0)
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
