//go:build !linux

package e2e_test

import "syscall"

func killWithUs() *syscall.SysProcAttr { return nil }
