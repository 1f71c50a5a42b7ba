//go:build !linux

package crash

import "syscall"

const canKill = false

func bound() *syscall.SysProcAttr { return nil }
