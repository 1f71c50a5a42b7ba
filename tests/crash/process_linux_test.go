package crash

import "syscall"

// canKill says whether a process can be killed at any moment and never
// outlives the test.
const canKill = true

// bound makes the kernel kill the child when the test dies.
func bound() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
