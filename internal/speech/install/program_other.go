//go:build unix && !linux

package install

import "syscall"

// dieWithUs puts a program and its children into a group of their own; there
// is no parent-death signal here.
func dieWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func killGroup(pid int) error { return syscall.Kill(-pid, syscall.SIGKILL) }
