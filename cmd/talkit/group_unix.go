//go:build unix

package main

import "syscall"

// ownGroup gives a child a process group of its own: a Ctrl-C in our terminal
// is for us to handle.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
