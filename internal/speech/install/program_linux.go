package install

import "syscall"

// dieWithUs makes a program end when we do, however that is, and puts it and
// its children into a group of their own.
func dieWithUs() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

func killGroup(pid int) error { return syscall.Kill(-pid, syscall.SIGKILL) }
