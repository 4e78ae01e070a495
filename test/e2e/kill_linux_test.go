package e2e_test

import "syscall"

// killWithUs ends a child when the test dies without ending it: by a timeout,
// or by a kill of its own.
func killWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
